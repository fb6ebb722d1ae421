from __future__ import annotations

import io
import struct
import zlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image
from pytest_httpserver import HTTPServer

from config.media_storage import in_folder
from listeners.contract import Photo
from listeners.exceptions import Malformed
from listeners.intake import store
from listeners.media import MOST_FAILURES, fetch_photos
from listeners.models import Media
from listeners.photo_files import keep_photo, thumbnail
from tests.factories import make_mention, make_source
from tests.listeners.posts import make_page, make_post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.STORAGES = settings.STORAGES | {"default": in_folder(tmp_path)}
    return tmp_path


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **options: Any
) -> bytes:
    packed = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(packed, kind, **options)
    return packed.getvalue()


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image


def waiting_photo(url: str, now: datetime) -> Media:
    mention = make_mention(now=now, source=make_source(now=now, network="demo_x"))
    return Media.objects.create(mention=mention, url=url, next_fetch_at=now)


def test_a_photo_is_fetched_once_and_kept_with_its_thumbnail(
    httpserver: HTTPServer, now: datetime, folder: Path
) -> None:
    httpserver.expect_request("/shoe").respond_with_data(picture(size=(2400, 1200)))
    media = waiting_photo(httpserver.url_for("/shoe"), now)
    assert [fetch_photos(now=now), fetch_photos(now=now)] == [1, 0]
    media.refresh_from_db()
    assert (media.width, media.height, media.error, media.next_fetch_at) == (1600, 800, "", None)
    assert opened(folder / media.file).size == (1600, 800)
    assert opened(folder / thumbnail(media.file)).size == (320, 160)
    assert len(httpserver.log) == 1


def test_a_photo_that_fails_is_tried_later_and_given_up_at_last(
    httpserver: HTTPServer, now: datetime
) -> None:
    httpserver.expect_request("/shoe").respond_with_data("", status=500)
    media = waiting_photo(httpserver.url_for("/shoe"), now)
    for attempt in range(1, MOST_FAILURES + 1):
        assert fetch_photos(now=now) == 1
        assert fetch_photos(now=now) == 0
        media.refresh_from_db()
        assert media.failures == attempt and "500" in media.error
        now = media.next_fetch_at or now + timedelta(days=1)
    assert media.next_fetch_at is None
    assert fetch_photos(now=now) == 0


def test_one_bad_photo_does_not_stop_the_others(httpserver: HTTPServer, now: datetime) -> None:
    httpserver.expect_request("/bad").respond_with_data(
        "<svg onload='alert(1)'/>", content_type="image/svg+xml"
    )
    httpserver.expect_request("/good").respond_with_data(picture())
    bad, good = (waiting_photo(httpserver.url_for(path), now) for path in ("/bad", "/good"))
    assert fetch_photos(now=now) == 2
    bad.refresh_from_db()
    good.refresh_from_db()
    assert "not a JPEG" in bad.error and good.file


def test_only_demo_networks_may_serve_photos_from_this_machine(httpserver: HTTPServer, now: datetime) -> None:
    media = Media.objects.create(
        mention=make_mention(now=now), url=httpserver.url_for("/"), next_fetch_at=now
    )
    fetch_photos(now=now)
    media.refresh_from_db()
    assert "not a public address" in media.error and not httpserver.log


def test_a_batch_is_no_larger_than_asked(httpserver: HTTPServer, now: datetime) -> None:
    httpserver.expect_request("/shoe").respond_with_data(picture())
    for _ in range(3):
        waiting_photo(httpserver.url_for("/shoe"), now)
    assert [fetch_photos(now=now, size=2), fetch_photos(now=now, size=2)] == [2, 1]


def test_nothing_but_pixels_is_kept(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "a camera and its owner", 6
    photo = keep_photo(picture(exif=exif.tobytes(), comment=b"51.5, 13.4") + b"<script>alert(1)</script>")
    stored = (folder / photo.file).read_bytes()
    assert (photo.width, photo.height) == (300, 400), "turned upright as its metadata asked"
    assert b"camera" not in stored and b"51.5" not in stored and b"script" not in stored
    assert not opened(folder / photo.file).getexif()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_no_photo_tells_where_it_was_taken(kind: str, folder: Path) -> None:
    exif = Image.Exif()
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", (52.0, 31.0, 12.0)
    exif[ExifTags.Base.ImageDescription] = "at home"
    taken = picture(kind, exif=exif)
    assert Image.open(io.BytesIO(taken)).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    photo = keep_photo(taken)
    for name in (photo.file, thumbnail(photo.file)):
        assert not opened(folder / name).getexif() and b"at home" not in (folder / name).read_bytes()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_stands_as_the_camera_meant_it_before_that_is_forgotten(
    orientation: int, folder: Path
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    corner = Image.new("RGB", (400, 300), "white")
    corner.paste("black", (0, 0, 100, 100))
    packed = io.BytesIO()
    corner.save(packed, "PNG", exif=exif)
    photo = keep_photo(packed.getvalue())
    right, bottom = photo.width - 20, photo.height - 20
    places = {
        2: (right, 20),
        3: (right, bottom),
        4: (20, bottom),
        5: (20, 20),
        6: (right, 20),
        7: (right, bottom),
    }
    assert (photo.width, photo.height) == ((400, 300) if orientation < 5 else (300, 400))
    darkest = opened(folder / photo.file).convert("L").getpixel(places.get(orientation, (20, bottom)))
    assert isinstance(darkest, int) and darkest < 30


def test_of_an_animation_the_first_picture_is_kept(folder: Path) -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "blue", "green")]
    packed = io.BytesIO()
    frames[0].save(packed, "GIF", save_all=True, append_images=frames[1:])
    kept = opened(folder / keep_photo(packed.getvalue()).file)
    red, green, blue = kept.getpixel((30, 20))
    assert red > 200 and green < 60 and blue < 60 and getattr(kept, "n_frames", 1) == 1


@pytest.mark.parametrize(
    "content",
    [
        picture("PNG"),
        picture("PNG", mode="RGBA"),
        picture("PNG", mode="P"),
        picture("PNG", mode="1"),
        picture("GIF", mode="P"),
        picture("WEBP"),
        picture("JPEG", mode="CMYK"),
        picture("PNG", mode="I;16"),
        picture(size=(1, 1)),
    ],
)
def test_every_usual_kind_of_picture_is_taken(content: bytes, folder: Path) -> None:
    assert opened(folder / keep_photo(content).file).format == "JPEG"


def test_the_same_picture_is_one_file(folder: Path) -> None:
    assert keep_photo(picture()) == keep_photo(picture())
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2


def png_of(width: int, height: int, *more: tuple[bytes, bytes]) -> bytes:
    """A tiny file that says it is this large."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), *more, (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    packed = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def png_with_long_text(length: int) -> bytes:
    """A tiny picture with a text that unpacks to so many bytes."""
    return png_of(10, 10, (b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * length)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"\xef\xbb\xbf<?xml version='1.0'?><svg/>",
        png_with_long_text(80_000_000),
        b"GIF89a",
        picture()[:200],
        picture("PNG")[:60],
        png_of(10_000, 9_000),
        png_of(100_000, 100_000),
        b"\xff\xd8" + b"\xff" * 999,
        b"II*\0" + b"\0" * 99,
        b"%!PS-Adobe-3.0 EPSF-3.0",
    ],
)
def test_what_is_no_sound_picture_is_refused(content: bytes, folder: Path) -> None:
    with pytest.raises(Malformed):
        keep_photo(content)
    assert not list(folder.rglob("*.jpg"))


@pytest.mark.django_db(transaction=True)
def test_the_photos_of_a_deleted_post_leave_the_disk_unless_another_post_shows_them(
    httpserver: HTTPServer, now: datetime, folder: Path
) -> None:
    source = make_source(now=now, network="demo_x")
    httpserver.expect_request("/shoe").respond_with_data(picture())
    url = httpserver.url_for("/shoe")
    posts = [make_post(native_id, photos=(Photo(url=url),)) for native_id in ("1", "2")]
    store(make_page(*posts), source=source, now=now)
    fetch_photos(now=now)
    for native_id, files in (("1", 2), ("2", 0)):
        store(make_page(make_post(native_id, deleted=True)), source=source, now=now)
        assert len([path for path in folder.rglob("*") if path.is_file()]) == files
