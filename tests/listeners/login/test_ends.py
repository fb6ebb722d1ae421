from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from listeners.health import health
from listeners.login.store import Login, locked
from listeners.models import Alarm, Source
from listeners.troubles import troubles
from tests.factories import make_source

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def ending(ends_at: datetime | None, *, now: datetime, network: str = "facebook") -> Source:
    """A source whose log-in ends then."""
    source = make_source(now=now, slug="one", network=network, last_success_at=now, next_fetch_at=now)
    with locked("one") as kept:
        kept.write(Login(secrets={"token": "hush"}, ends_at=ends_at))
    return source


@pytest.mark.parametrize(("days", "is_soon"), [(30, False), (7.1, False), (7, True), (1, True), (-1, True)])
def test_a_week_before_a_log_in_ends_a_look_is_needed_and_an_alarm_is_raised(
    now: datetime, days: float, is_soon: bool
) -> None:
    one = health(ending(now + days * DAY, now=now), now=now)
    assert (one.login_ends_soon, one.needs_a_look) == (is_soon, is_soon)
    assert one.login_has_ended == (days < 0)
    assert [(trouble.kind, trouble.since) for trouble in troubles(one)] == [
        (Alarm.Kind.EXPIRY, now + (days - 7) * DAY)
    ] * is_soon


def test_a_log_in_without_an_end_and_one_of_the_environment_warn_nobody(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ending(None, now=now)
    assert not health(source, now=now).needs_a_look
    with locked("one") as kept:
        kept.write(Login(secrets={"token": "hush"}, ends_at=now))
    monkeypatch.setenv("KULANZ_SECRET_ONE__TOKEN", "given")
    assert not health(source, now=now).needs_a_look and health(source, now=now).login_ends_at is None


def test_a_file_of_secrets_that_is_broken_breaks_no_page(now: datetime) -> None:
    from django.conf import settings

    source = ending(now, now=now)
    (settings.ENVIRONMENT.var / "secrets" / "one.json").write_text("{")
    assert health(source, now=now).login_ends_at is None


def test_the_terminal_says_when_the_token_expires(capsys: pytest.CaptureFixture[str]) -> None:
    now = timezone.now()
    ends_at = now + 3 * DAY
    ending(ends_at, now=now)
    call_command("sources")
    words = " ".join(capsys.readouterr().out.split())
    assert f"the token expires on {ends_at:%F %H:%M} UTC, in 2 d: connect it again" in words
    call_command("sources", "--json")
    (told,) = json.loads(capsys.readouterr().out)
    assert told["login_ends_soon"] and datetime.fromisoformat(told["login_ends_at"]) == ends_at
    assert "hush" not in words + repr(told)
