from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from config import brand_files
from config.brand import Alerts, QuietHours
from config.brand_files import brand
from listeners import reaching
from listeners.models import Mention, Source
from responders.models import CaseMention
from responders.route import route
from tests.factories import make_agent, make_assessment
from tests.listeners.test_alarms import Chat
from tests.trends.storms import BRAND, MINUTE, heard_since, moments, ordinary_weeks, storm
from trends.incident_words import harmless
from trends.models import Incident, Notice
from trends.spikes import acts
from trends.spikes.quiet import quiet_until
from trends.spikes.stage import spikes

pytestmark = pytest.mark.django_db
QUIET = Alerts(quiet=QuietHours(start=time(10), end=time(12)))
"""It is eleven in Berlin."""


@pytest.fixture
def chat(httpserver: HTTPServer, settings: Any) -> Chat:
    """A chat that hears of incidents."""
    chat = Chat(httpserver, "/chat")
    changed = {"console_url": "https://care.example/", "alarm_urls": [SecretStr(chat.url)]}
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=changed)
    return chat


@pytest.fixture
def source(now: datetime) -> Source:
    """A network with two negative posts an hour."""
    source = heard_since(now)
    ordinary_weeks(source, now=now)
    return source


@pytest.fixture
def with_alerts(monkeypatch: pytest.MonkeyPatch) -> Callable[[Alerts], None]:
    def set_to(alerts: Alerts) -> None:
        changed = brand(BRAND).model_copy(update={"alerts": alerts})
        monkeypatch.setattr(brand_files, "all_brands", lambda: {BRAND: changed})

    return set_to


def rise(source: Source, now: datetime, **columns: Any) -> Incident:
    storm(source, moments(now - 10 * MINUTE, 20, every=MINUTE / 2), **columns)
    spikes(now=now)
    return Incident.objects.get()


def test_a_beginning_is_told_once_with_what_since_when_how_much_and_examples(
    source: Source, chat: Chat, now: datetime
) -> None:
    incident = rise(source, now)
    for minute in (1, 2):
        spikes(now=now + minute * MINUTE)
    assert chat.titles == ["Kulanz – Zehnschritt: suddenly many negative posts on X"]
    lines = chat.told[0]["message"].splitlines()
    assert lines[:3] == [
        "Since 2026-11-24 10:45 CET.",
        "Posts: 21; hardly any is usual in that time.",
        "Reach: 2,000 followers.",
    ]
    assert sum(line.startswith("– runner") for line in lines) == 3
    assert lines[-1] == f"https://care.example/incident/{incident.pk}"


def test_examples_link_to_their_cases(source: Source, chat: Chat, now: datetime) -> None:
    for mention in storm(source, moments(now - 10 * MINUTE, 20, every=MINUTE / 2)):
        make_assessment(mention, now=now)
    while route(now=now):
        pass
    spikes(now=now)
    cases = set(CaseMention.objects.values_list("case", flat=True))
    links = [line for line in chat.told[0]["message"].split() if "/case/" in line]
    assert len(links) == 3 and {int(link.rpartition("/")[2]) for link in links} <= cases


def test_words_of_posts_call_nobody_and_hide_no_link(source: Source, chat: Chat, now: datetime) -> None:
    rise(source, now, text="@everyone <!channel>\n[x](https://evil.example) \u202e{}")
    message = chat.told[0]["message"]
    assert "@everyone" not in message and "<!" not in message and "https://evil" not in message
    assert "\u202e" not in message and message.count("everyone") == 3


def test_it_speaks_german_where_kulanz_does(source: Source, chat: Chat, settings: Any, now: datetime) -> None:
    settings.LANGUAGE_CODE = "de"
    rise(source, now)
    assert chat.titles == ["Kulanz – Zehnschritt: plötzlich viele negative Beiträge auf X"]


def test_in_quiet_hours_a_beginning_waits_for_their_end(
    source: Source, chat: Chat, with_alerts: Callable[[Alerts], None], now: datetime
) -> None:
    with_alerts(QUIET)
    rise(source, now)
    spikes(now=now + 30 * MINUTE)
    assert not chat.told
    spikes(now=now + 60 * MINUTE)
    assert len(chat.told) == 1


def test_urgent_posts_are_told_in_quiet_hours_unless_the_brand_says_no(
    source: Source, chat: Chat, with_alerts: Callable[[Alerts], None], now: datetime
) -> None:
    with_alerts(QUIET)
    rise(source, now, urgency=3)
    assert len(chat.told) == 1
    Incident.objects.all().delete()
    with_alerts(QUIET.model_copy(update={"urgent_anyway": False}))
    spikes(now=now + MINUTE)
    assert Incident.objects.count() == 1 and len(chat.told) == 1


def test_what_becomes_urgent_in_quiet_hours_is_told_at_once(
    source: Source, chat: Chat, with_alerts: Callable[[Alerts], None], now: datetime
) -> None:
    with_alerts(QUIET)
    rise(source, now)
    storm(source, moments(now, 20, every=MINUTE / 4), urgency=2)
    spikes(now=now + 6 * MINUTE)
    assert len(chat.told) == 1


def test_what_begins_and_ends_in_quiet_hours_is_one_message(
    source: Source, chat: Chat, with_alerts: Callable[[Alerts], None], now: datetime
) -> None:
    with_alerts(Alerts(quiet=QuietHours(start=time(10), end=time(16))))
    rise(source, now)
    for minute in range(5, 6 * 60, 15):
        spikes(now=now + minute * MINUTE)
    assert chat.titles == ["Kulanz – Zehnschritt: negative posts on X: over"]


def test_what_was_no_incident_and_was_told_to_nobody_stays_untold(
    source: Source, chat: Chat, with_alerts: Callable[[Alerts], None], now: datetime
) -> None:
    with_alerts(QUIET)
    acts.dismiss(rise(source, now).pk, agent=make_agent("lead"), now=now)
    spikes(now=now + 90 * MINUTE)
    assert not chat.told and not Notice.objects.filter(told_at=None).exists()


def test_whoever_heard_of_it_hears_that_it_was_none(source: Source, chat: Chat, now: datetime) -> None:
    acts.dismiss(rise(source, now).pk, agent=make_agent("lead"), now=now)
    spikes(now=now + MINUTE)
    assert chat.titles[1:] == ["Kulanz – Zehnschritt: negative posts on X: was no incident"]


def test_a_crash_between_telling_and_marking_tells_again(
    source: Source, chat: Chat, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*args: Any, **kwargs: Any) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(reaching, "_reach", killed)
        rise(source, now)
    assert Incident.objects.count() == 1 and not chat.told
    spikes(now=now + reaching.LEASE)
    spikes(now=now + 2 * reaching.LEASE)
    assert len(chat.told) == 1


def test_a_chat_that_is_down_is_tried_again(source: Source, chat: Chat, now: datetime) -> None:
    chat.status = 500
    rise(source, now)
    chat.status = 200
    spikes(now=now + MINUTE)
    spikes(now=now + 2 * MINUTE)
    assert len(chat.told) == 1


@pytest.mark.parametrize(
    ("start", "end", "at", "until"),
    [
        ("22:00", "07:00", "2026-11-24T23:30:00", "2026-11-25T07:00:00"),
        ("22:00", "07:00", "2026-11-24T06:59:00", "2026-11-24T07:00:00"),
        ("22:00", "07:00", "2026-11-24T07:00:00", None),
        ("12:00", "14:00", "2026-11-24T13:00:00", "2026-11-24T14:00:00"),
        ("22:00", "07:00", "2026-10-24T23:30:00", "2026-10-25T07:00:00"),
    ],
)
def test_quiet_hours_pass_midnight_by_the_brands_clock(
    start: str, end: str, at: str, until: str | None
) -> None:
    hours = QuietHours(start=time.fromisoformat(start), end=time.fromisoformat(end))
    about = brand(BRAND).model_copy(update={"alerts": Alerts(quiet=hours)})
    found = quiet_until(about, now=datetime.fromisoformat(at).replace(tzinfo=about.zone))
    assert found == (datetime.fromisoformat(until).replace(tzinfo=about.zone) if until else None)


def test_numbers_of_people_and_private_messages_are_not_quoted(
    source: Source, chat: Chat, now: datetime
) -> None:
    posts = storm(source, moments(now - 10 * MINUTE, 20, every=MINUTE / 2), text="Ruft an: 030 901820")
    Mention.objects.filter(pk__in=[post.pk for post in posts[1:]]).update(kind=Mention.Kind.MESSAGE)
    spikes(now=now)
    message = chat.told[0]["message"]
    assert message.count("– runner") == message.count("Ruft an: [phone]") == 1 and "901820" not in message


def test_no_domain_in_the_words_of_a_post_is_a_link() -> None:
    assert harmless("Seht evil.example. Ende.", 99) == "Seht evil.\N{ZERO WIDTH SPACE}example. Ende."
