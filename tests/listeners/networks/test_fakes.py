"""The stand-ins of real networks as part of the demo server: served, dialled, and open to a user's source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command

from listeners.listen import listen
from listeners.models import Mention, Source
from listeners.networks.demo import DemoServer, Dials, serve
from listeners.networks.demo.script import Author, Entry, Script
from listeners.networks.fakes import FAKES

SCRIPT = Script(
    {"kim": Author(network="x", name="Kim")},
    {"one": Entry(by="kim", at=-1, text="@zehnschritt Öse gerissen", photo="torn-eyelet")},
)


@pytest.fixture
def server(tmp_path: Path, now: datetime) -> Iterator[DemoServer]:
    with serve(tmp_path / "book.sqlite3", clock=lambda: now, script=SCRIPT) as server:
        yield server


@pytest.mark.parametrize("name", sorted(FAKES))
def test_each_stand_in_has_its_own_words_for_each_fault(server: DemoServer, name: str) -> None:
    vendor = FAKES[name](server.book, server.play, server.url, Dials(), server.play.clock())
    for fault in ("rate_limited", "not_accepted", "bad_gateway", "token_expired", "quota_used", "forbidden"):
        assert 400 <= vendor.fault(fault).status < 600


def test_an_outage_by_schedule_comes_and_goes(now: datetime) -> None:
    dials = Dials(outage_every_s=900, outage_lasts_s=60)
    start = datetime.fromtimestamp(now.timestamp() // 900 * 900, UTC)
    dark = [dials.dark(start + timedelta(seconds=seconds)) for seconds in (0, 59, 60, 899, 900)]
    assert dark == [True, True, False, False, True]


@pytest.mark.parametrize("path", ["/fakes", "/fakes/", "/fakes/none/2/tweets", "/fakes/x/1.1/statuses"])
def test_what_a_stand_in_lacks_is_not_found(server: DemoServer, path: str) -> None:
    answer = httpx.get(server.url + path, headers={"Authorization": "Bearer demo"})
    assert answer.status_code == 404


def test_a_message_of_the_story_stands_in_the_inbox_and_nowhere_else(tmp_path: Path, now: datetime) -> None:
    script = Script(
        SCRIPT.people, {"dm": Entry(by="kim", at=-1, text="@zehnschritt nur für euch", message=True)}
    )
    bearer = {"Authorization": "Bearer demo"}
    with serve(tmp_path / "book.sqlite3", clock=lambda: now, script=script) as server:
        paths = ("/fakes/x/2/dm_events", "/fakes/x/2/tweets/search/recent?query=zehnschritt", "/x/posts", "/")
        shown = [httpx.get(server.url + path, headers=bearer).text for path in paths]
    assert ["euch" in text for text in shown] == [True, False, False, False]


@pytest.mark.django_db
def test_a_source_is_pointed_at_a_stand_in_and_listens(
    server: DemoServer, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setenv("KULANZ_SECRET_TRY_X__TOKEN", "demo")
    call_command(
        "source", "add", "x", "zehnschritt", "--brand", "zehnschritt", "--slug", "try-x",
        "--set", f"base_url={server.url}/fakes/x", "--set", "timeout_s=5",
    )  # fmt: skip
    source = Source.objects.get(slug="try-x")
    assert source.settings == {"base_url": f"{server.url}/fakes/x", "timeout_s": 5}
    Source.objects.update(next_fetch_at=now)
    listen(now=now)
    source.refresh_from_db()
    assert source.last_error == ""
    assert Mention.objects.get().media.get().url == f"{server.url}/photos/torn-eyelet.jpg"


@pytest.mark.django_db
def test_a_setting_without_value_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises((CommandError, SystemExit)):
        call_command("source", "add", "x", "q", "--brand", "zehnschritt", "--set", "base_url")
