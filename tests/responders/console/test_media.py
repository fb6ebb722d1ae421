from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from config.media_storage import in_bucket, in_folder
from listeners.models import Media
from tests.factories import make_agent
from tests.responders.console.conftest import at_desk
from tests.responders.desk import make_case


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {"default": in_folder(tmp_path / "media")}


@pytest.fixture
def photo(now: datetime, db: None) -> Media:
    """A photo that lies in the storage."""
    default_storage.save("ab/shoe.jpg", ContentFile(b"\xff\xd8\xff\xe0 photo"))
    default_storage.save("ab/shoe.small.jpg", ContentFile(b"\xff\xd8\xff\xe0 small"))
    mention = make_case(now=now).latest_mention
    return Media.objects.create(mention=mention, url="https://n.example/shoe.jpg", file="ab/shoe.jpg")


def test_a_photo_is_served_to_the_team(photo: Media, desk: Client) -> None:
    answer = desk.get("/media/ab/shoe.jpg")
    assert answer.content == b"\xff\xd8\xff\xe0 photo"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "private" in answer.headers["Cache-Control"]


def test_its_thumbnail_is_served_beside_it(photo: Media, desk: Client) -> None:
    assert desk.get("/media/ab/shoe.small.jpg").content == b"\xff\xd8\xff\xe0 small"


@pytest.mark.parametrize("name", ["shoe.jpg", "shoe.small.jpg"])
def test_strangers_and_other_brands_get_no_photo(photo: Media, client: Client, name: str) -> None:
    assert client.get(f"/media/ab/{name}").status_code == 302
    assert at_desk(make_agent(brands=["another"])).get(f"/media/ab/{name}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["../kulanz.sqlite3", "..%2fsecret_key", "/etc/passwd", "ab/", "ab/none.jpg", "ab/none.small.jpg", "%00"],
)
def test_nothing_but_photos_is_served(photo: Media, desk: Client, path: str) -> None:
    assert desk.get(f"/media/{path}").status_code == 404


def test_a_photo_outside_the_folder_is_not_served_even_if_a_row_says_so(
    photo: Media, desk: Client, tmp_path: Path
) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    Media.objects.update(file="../secret.jpg")
    assert desk.get("/media/../secret.jpg").status_code == 404


def test_a_storage_that_is_down_is_said_to_be_and_no_browser_keeps_that(
    photo: Media, desk: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    settings.STORAGES = settings.STORAGES | {
        "default": in_bucket("s3://photos?endpoint=http://127.0.0.1:9&region=eu-central-1")
    }
    answer = desk.get("/media/ab/shoe.jpg")
    assert (answer.status_code, answer.content) == (503, b"")
    assert "no-store" in answer.headers["Cache-Control"]
