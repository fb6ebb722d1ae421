from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from listeners.models import Media
from tests.factories import make_agent
from tests.responders.console.conftest import at_desk
from tests.responders.desk import make_case


@pytest.fixture
def photo(now: datetime, db: None) -> Media:
    """A photo that lies in the media folder."""
    root = Path(settings.MEDIA_ROOT)
    (root / "ab").mkdir(parents=True, exist_ok=True)
    (root / "ab" / "shoe.jpg").write_bytes(b"\xff\xd8\xff\xe0 photo")
    (root / "ab" / "shoe.small.jpg").write_bytes(b"\xff\xd8\xff\xe0 small")
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


def test_a_photo_outside_the_folder_is_not_served_even_if_a_row_says_so(photo: Media, desk: Client) -> None:
    secret = Path(settings.MEDIA_ROOT).parent / "secret.jpg"
    secret.write_bytes(b"secret")
    Media.objects.update(file="../secret.jpg")
    assert desk.get("/media/../secret.jpg").status_code == 404
