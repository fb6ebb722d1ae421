from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path

import pytest

from config.demo import cast, listen_to
from listeners.models import Source
from responders.models import Agent

pytestmark = pytest.mark.django_db


def test_the_demo_team_can_log_in_with_what_is_printed_also_on_the_second_start(tmp_path: Path) -> None:
    book = tmp_path / "logins.json"
    first = cast(book=book)
    assert cast(book=book) == first
    assert stat.S_IMODE(book.stat().st_mode) == 0o600
    assert {login.role for login in first} == {"care", "lead", "marketing", "ops"}
    for login in first:
        assert Agent.objects.get(username=login.username).check_password(login.password)


def test_a_second_start_moves_the_sources_to_the_new_address_and_keeps_their_cursors(now: datetime) -> None:
    listen_to("http://127.0.0.1:1", now=now)
    Source.objects.update(cursor="somewhere")
    before = Source.objects.count()
    listen_to("http://127.0.0.1:2", now=now)
    assert Source.objects.count() == before > 1
    assert {source.settings["base_url"] for source in Source.objects.all()} == {"http://127.0.0.1:2"}
    assert set(Source.objects.values_list("cursor", flat=True)) == {"somewhere"}
