from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs
from werkzeug import Request, Response

from listeners import alarms as alarming
from listeners import reaching
from listeners.alarms import CALM, alarm
from listeners.health import SourceHealth, health
from listeners.login.store import Login, locked
from listeners.models import Alarm, DeadLetter, Source
from tests.factories import make_source
from tests.listeners.test_health import WEEK, add_history

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SECRET = "pa55word"


class Chat:
    """A chat on a real server: what it was told, and whether it works."""

    def __init__(self, server: HTTPServer, path: str) -> None:
        self.told: list[dict[str, Any]] = []
        self.status = 200
        path = f"{path}/{SECRET}"
        self.url = f"json://someone:{SECRET}@localhost:{server.port}{path}"
        server.expect_request(path).respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        if self.status == 200:
            self.told.append(request.get_json())
        return Response(status=self.status)

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.told]


@pytest.fixture
def configure(settings: Any) -> Callable[..., None]:
    def set_to(**values: Any) -> None:
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=values)

    return set_to


@pytest.fixture
def chat(httpserver: HTTPServer, configure: Callable[..., None]) -> Chat:
    chat = Chat(httpserver, "/chat")
    configure(alarm_urls=[SecretStr(chat.url)])
    return chat


@pytest.fixture(autouse=True)
def no_address_is_repeated(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Read the whole log of each test, to its last detail."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.ERROR, logger="werkzeug")
    with capture_logs() as structured:
        yield
    assert SECRET not in caplog.text and SECRET not in str(structured)


@pytest.fixture
def refused(now: datetime) -> Source:
    """A source whose log-in was refused ten minutes ago."""
    return make_source(
        now=now - WEEK, slug="page", network="x", query="zehnschritt", state="disabled", failures=1,
        last_success_at=now - 10 * MINUTE, last_error="X refuses the keys. Make new ones.",
    )  # fmt: skip


def heal(source: Source, *, now: datetime) -> None:
    Source.objects.filter(pk=source.pk).update(
        state="active", failures=0, last_error="", last_success_at=now, next_fetch_at=now
    )


def test_a_refused_log_in_is_told_once_with_what_where_since_when_and_what_to_do(
    refused: Source, chat: Chat, now: datetime, configure: Callable[..., None]
) -> None:
    configure(console_url="https://care.example/")
    refused.gaps.create(reason="login", starts_at=now - 10 * MINUTE)
    assert [alarm(now=now + minute * MINUTE) for minute in range(3)] == [2, 0, 0]
    assert chat.titles == ["Kulanz – page: log-in refused"]
    assert chat.told[0]["message"].splitlines() == [
        "Source page on X for zehnschritt – zehnschritt",
        "The network refuses the log-in, so Kulanz no longer listens to this source.",
        "Since 2026-11-24 10:50 CET.",
        "X refuses the keys. Make new ones.",
        "Renew the log-in, then resume the source on the page Sources.",
        "https://care.example/sources",
    ]
    row = Alarm.objects.get()
    assert (row.kind, row.told_at, row.ended_at) == ("login", now, None)


def test_alarms_speak_german_where_kulanz_does(
    refused: Source, chat: Chat, now: datetime, settings: Any
) -> None:
    settings.LANGUAGE_CODE = "de"
    alarm(now=now)
    assert chat.titles == ["Kulanz – page: Anmeldung abgelehnt"]
    assert "Das Netzwerk lehnt die Anmeldung ab" in chat.told[0]["message"]


def test_what_is_over_for_five_minutes_is_told_once(refused: Source, chat: Chat, now: datetime) -> None:
    alarm(now=now)
    heal(refused, now=now + MINUTE)
    for minute in (1, 3, 6, 7):
        heal(refused, now=now + minute * MINUTE)
        alarm(now=now + minute * MINUTE)
    assert chat.titles == ["Kulanz – page: log-in refused", "Kulanz – page: over (log-in refused)"]
    assert "from 2026-11-24 10:50 CET to 2026-11-24 11:01 CET" in chat.told[1]["message"]
    assert Alarm.objects.get().end_told_at == now + 6 * MINUTE


def test_what_comes_back_within_five_minutes_is_the_same_alarm(
    refused: Source, chat: Chat, now: datetime
) -> None:
    for minute in range(10):
        Source.objects.update(state="disabled" if minute % 2 else "active", last_success_at=now)
        alarm(now=now + minute * MINUTE)
    assert len(chat.told) == 1 and Alarm.objects.count() == 1


def test_what_comes_back_later_is_a_new_alarm(refused: Source, chat: Chat, now: datetime) -> None:
    alarm(now=now)
    for at in (now + MINUTE, now + MINUTE + CALM):
        heal(refused, now=at)
        alarm(now=at)
    Source.objects.update(state="disabled")
    alarm(now=now + 10 * MINUTE)
    assert len(chat.told) == 3 and Alarm.objects.count() == 2


def test_a_chat_that_is_down_is_tried_later_and_later_and_stops_nothing(
    refused: Source, chat: Chat, now: datetime
) -> None:
    chat.status = 500
    tries = []
    for _ in range(4):
        alarm(now=now)
        row = Alarm.objects.get()
        tries.append((row.next_try_at - now).total_seconds())
        assert row.told_at is None
        now = row.next_try_at
    assert tries == [5, 10, 20, 40]
    chat.status = 200
    assert alarm(now=now) == 1
    assert len(chat.told) == 1 and Alarm.objects.get().told_at == now


def test_an_address_where_nobody_listens_is_a_failure_and_no_exception(
    refused: Source, configure: Callable[..., None], now: datetime
) -> None:
    configure(alarm_urls=[SecretStr(f"json://someone:{SECRET}@localhost:9/{SECRET}")])
    alarm(now=now)
    assert (Alarm.objects.get().told_at, Alarm.objects.get().failures) == (None, 1)


def test_while_one_chat_is_down_the_other_is_told_once(
    refused: Source, httpserver: HTTPServer, configure: Callable[..., None], now: datetime
) -> None:
    works, broken = Chat(httpserver, "/works"), Chat(httpserver, "/broken")
    configure(alarm_urls=[SecretStr(broken.url), SecretStr(works.url)])
    broken.status = 503
    for minute in range(3):
        alarm(now=now + minute * MINUTE)
    assert (len(works.told), len(broken.told)) == (1, 0)
    broken.status = 200
    alarm(now=now + 3 * MINUTE)
    assert (len(works.told), len(broken.told)) == (1, 1)
    assert SECRET not in str(Alarm.objects.values())


def test_what_was_over_before_anybody_could_be_told_is_one_message(
    refused: Source, chat: Chat, now: datetime
) -> None:
    chat.status = 500
    alarm(now=now)
    heal(refused, now=now + MINUTE)
    alarm(now=now + MINUTE)
    chat.status = 200
    alarm(now=now + MINUTE + CALM)
    assert chat.titles == ["Kulanz – page: over (log-in refused)"]
    assert Alarm.objects.get().told_at == Alarm.objects.get().end_told_at == now + MINUTE + CALM


def test_whoever_heard_of_an_end_that_was_none_hears_of_it_again(
    refused: Source, httpserver: HTTPServer, configure: Callable[..., None], now: datetime
) -> None:
    works, broken = Chat(httpserver, "/works"), Chat(httpserver, "/broken")
    configure(alarm_urls=[SecretStr(works.url), SecretStr(broken.url)])
    alarm(now=now)
    broken.status = 503
    for at in (now + MINUTE, now + MINUTE + CALM):
        heal(refused, now=at)
        alarm(now=at)
    Source.objects.update(state="disabled")
    alarm(now=now + 7 * MINUTE)
    begun, over = "Kulanz – page: log-in refused", "Kulanz – page: over (log-in refused)"
    assert works.titles == [begun, over, begun]
    broken.status = 200
    alarm(now=now + 9 * MINUTE)
    assert broken.titles == [begun, begun] and len(works.told) == 3


def test_without_addresses_alarms_stand_in_the_log(refused: Source, now: datetime) -> None:
    with capture_logs() as logs:
        alarm(now=now)
        alarm(now=now + MINUTE)
    assert [(line["event"], line["kind"], line["source"]) for line in logs] == [
        ("alarm_raised", "login", "page")
    ]
    assert Alarm.objects.get().told_at == now


def test_a_crash_between_telling_and_marking_tells_again(
    refused: Source, chat: Chat, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(reaching, "_reach", _killed_after_telling(reaching._reach))
        with pytest.raises(KeyboardInterrupt):
            alarm(now=now)
    row = Alarm.objects.get()
    Alarm.objects.update(reached=[])
    assert (row.told_at, len(chat.told)) == (None, 1)
    assert alarm(now=now + MINUTE) == 0, "another worker's for now"
    alarm(now=now + reaching.LEASE)
    assert len(chat.told) == 2 and Alarm.objects.get().told_at == now + reaching.LEASE


def _killed_after_telling(reach: Callable[..., bool]) -> Callable[..., bool]:
    def killed(*args: Any) -> bool:
        assert reach(*args)
        raise KeyboardInterrupt

    return killed


def test_faults_are_an_alarm_once_they_last_a_quarter_of_an_hour(chat: Chat, now: datetime) -> None:
    make_source(
        now=now - WEEK,
        slug="page",
        network="x",
        failures=3,
        last_success_at=now,
        last_error="X answered 500.",
    )
    for minute in range(17):
        alarm(now=now + minute * MINUTE)
    assert chat.titles == ["Kulanz – page: not listened to"]
    assert "X answered 500." in chat.told[0]["message"] and Alarm.objects.get().told_at == now + 15 * MINUTE


def test_a_source_that_nobody_asks_is_an_alarm_too(chat: Chat, now: datetime) -> None:
    make_source(now=now - WEEK, network="x", last_success_at=now - 20 * MINUTE)
    make_source(now=now - WEEK, network="x", last_success_at=now - 20 * MINUTE, state="paused")
    alarm(now=now)
    assert len(chat.told) == 1 and "whether kulanz run is running" in chat.told[0]["message"]


def test_a_network_that_is_asked_every_half_hour_may_miss_a_round(chat: Chat, now: datetime) -> None:
    source = make_source(now=now - WEEK, network="play", last_success_at=now - 40 * MINUTE, failures=1)
    alarm(now=now)
    assert not chat.told
    Source.objects.filter(pk=source.pk).update(last_success_at=now - 62 * MINUTE)
    alarm(now=now)
    assert len(chat.told) == 1


def test_a_silent_source_is_told_with_what_is_usual(chat: Chat, now: datetime) -> None:
    source = make_source(now=now - 10 * WEEK, slug="page", network="feed", last_success_at=now)
    add_history(source, 60, now=now)
    alarm(now=now)
    assert chat.titles == ["Kulanz – page: too silent"]
    assert "Posts in 1 hours: 0. At least 37 are usual" in chat.told[0]["message"]


def test_dead_letters_are_one_alarm_until_they_are_replayed(chat: Chat, now: datetime) -> None:
    source = make_source(now=now, slug="page")
    for minute in range(3):
        DeadLetter.objects.create(source=source, stage="listen", error="no text", at=now + minute * MINUTE)
        alarm(now=now + minute * MINUTE)
    assert chat.titles == ["Kulanz – page: dead letters"]
    assert (Alarm.objects.get().began_at, "work on: 1." in chat.told[0]["message"]) == (now, True)
    DeadLetter.objects.update(replayed_at=now)
    for minute in (3, 8):
        alarm(now=now + minute * MINUTE)
    assert chat.titles[1:] == ["Kulanz – page: over (dead letters)"]


def test_a_log_in_that_ends_within_a_week_is_told_with_its_last_day(
    chat: Chat, now: datetime, configure: Callable[..., None], tmp_path: Path
) -> None:
    configure(var=tmp_path)
    make_source(now=now, slug="page", network="facebook", last_success_at=now)
    with locked("page") as kept:
        kept.write(Login(ends_at=now + timedelta(days=8)))
    alarm(now=now)
    assert not chat.told
    Source.objects.update(last_success_at=now + timedelta(days=2))
    alarm(now=now + timedelta(days=2))
    assert chat.titles == ["Kulanz – page: log-in expires soon"]
    assert "expires on 2026-12-02 11:00 CET." in chat.told[0]["message"]


def test_a_source_that_cannot_be_judged_hides_no_other_sources_alarms(
    refused: Source, chat: Chat, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_source(now=now, slug="broken")

    def judged(source: Source, *, now: datetime) -> SourceHealth:
        if source.slug == "broken":
            raise RuntimeError("a bug")
        return health(source, now=now)

    monkeypatch.setattr(alarming, "health", judged)
    with capture_logs() as logs:
        alarm(now=now)
    assert chat.titles == ["Kulanz – page: log-in refused"]
    assert ("health_failed", "broken") in {(line["event"], line["source"]) for line in logs}
