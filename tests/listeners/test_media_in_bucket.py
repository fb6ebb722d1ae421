"""Photos in a bucket, on a server of this process that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from pytest_httpserver import HTTPServer

from config.environment import Environment
from listeners.contract import Photo
from listeners.exceptions import StorageFault
from listeners.intake import store
from listeners.media import LEASE, fetch_photos
from listeners.models import DiscardedFile, Media
from listeners.photo_files import keep_photo, read, thumbnail
from tests.factories import make_agent, make_source
from tests.listeners.posts import make_page, make_post
from tests.listeners.test_media import picture, waiting_photo
from tests.needs import need_module
from tests.responders.console.conftest import at_desk

pytestmark = pytest.mark.django_db(transaction=True)
REGION, DOWN = "eu-central-1", "s3://photos?endpoint=http://127.0.0.1:9&region=eu-central-1"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of a server that speaks S3."""
    for module in ("moto", "flask_cors"):
        need_module(module, extra="test")
    need_module("storages", extra="s3")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Any]:
    """An empty bucket in which photos are kept."""
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    where = {"LocationConstraint": REGION}
    bucket = boto3.resource("s3", endpoint_url=endpoint, region_name=REGION).Bucket("photos")
    bucket.create(CreateBucketConfiguration=where)
    keep_in(f"s3://photos/kulanz?endpoint={endpoint}&region={REGION}", settings)
    yield bucket
    bucket.objects.delete()
    bucket.delete()


def keep_in(url: str, settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {"default": Environment(media_url=url).media()}


def names(bucket: Any) -> set[str]:
    return {one.key for one in bucket.objects.all()}


def test_a_photo_and_its_thumbnail_are_kept_in_the_bucket_and_read_from_there(bucket: Any) -> None:
    photo = keep_photo(picture())
    assert names(bucket) == {f"kulanz/{photo.file}", f"kulanz/{thumbnail(photo.file)}"}
    assert read(photo.file).startswith(b"\xff\xd8") and len(read(photo.file)) > len(
        read(thumbnail(photo.file))
    )
    with pytest.raises(FileNotFoundError):
        read("ab/none.jpg")


def test_a_file_that_was_cut_short_by_a_crash_is_written_again(bucket: Any) -> None:
    photo = keep_photo(picture())
    whole = read(photo.file)
    bucket.put_object(Key=f"kulanz/{photo.file}", Body=whole[:50])
    keep_photo(picture())
    assert read(photo.file) == whole and len(names(bucket)) == 2


def test_the_console_hands_out_what_lies_in_the_bucket_to_those_who_serve_the_brand(
    bucket: Any, httpserver: HTTPServer, now: datetime, client: Client
) -> None:
    httpserver.expect_request("/shoe").respond_with_data(picture())
    media = waiting_photo(httpserver.url_for("/shoe"), now)
    fetch_photos(now=now)
    media.refresh_from_db()
    assert at_desk(make_agent()).get(f"/media/{media.file}").content == read(media.file)
    assert at_desk(make_agent(brands=["another"])).get(f"/media/{media.file}").status_code == 404
    assert client.get(f"/media/{media.file}").status_code == 302


def test_nobody_gets_a_photo_from_the_bucket_by_its_address_alone(bucket: Any) -> None:
    keep_photo(picture())
    assert not any(grant["Grantee"].get("URI") for one in bucket.objects.all() for grant in one.Acl().grants)


def test_while_the_storage_is_down_no_photo_is_given_up_and_all_come_once_it_is_back(
    bucket: Any, httpserver: HTTPServer, now: datetime, settings: Any
) -> None:
    httpserver.expect_request("/shoe").respond_with_data(picture())
    media, works = waiting_photo(httpserver.url_for("/shoe"), now), settings.STORAGES
    keep_in(DOWN, settings)
    for attempt in range(2):
        with pytest.raises(StorageFault, match="does not work"):
            fetch_photos(now=now + attempt * LEASE)
    media.refresh_from_db()
    assert (media.failures, media.file) == (0, "")
    settings.STORAGES = works
    fetch_photos(now=now + 2 * LEASE)
    media.refresh_from_db()
    assert media.file and default_storage.exists(media.file)


def test_photos_of_a_deleted_post_leave_a_storage_that_was_down_as_soon_as_it_is_back(
    bucket: Any, httpserver: HTTPServer, now: datetime, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    source = make_source(now=now, network="demo_x")
    httpserver.expect_request("/shoe").respond_with_data(picture())
    photo = Photo(url=httpserver.url_for("/shoe"))
    store(make_page(make_post("1", photos=(photo,))), source=source, now=now)
    fetch_photos(now=now)
    works = settings.STORAGES
    keep_in(DOWN, settings)
    store(make_page(make_post("1", deleted=True), cursor="b"), source=source, now=now)
    assert not Media.objects.exists() and DiscardedFile.objects.count() == 1
    assert "does not work" in caplog.text
    settings.STORAGES = works
    assert len(names(bucket)) == 2
    fetch_photos(now=now + timedelta(minutes=1))
    assert not names(bucket) and not DiscardedFile.objects.exists()
