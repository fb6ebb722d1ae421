from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from config.brand_files import brand
from listeners.models import Source
from responders.models import Case, Offer
from responders.route import route
from tests.factories import make_agent, make_assessment, make_mention
from tests.listeners.test_alarms import Chat
from tests.trends.storms import BRAND, HOUR, MINUTE, heard_since, moments, storm
from trends.digest import digest
from trends.digest_words import digest_words
from trends.index import index
from trends.models import Fact, Incident, Notice, Topic
from trends.week import week_of

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""Eight o'clock in Berlin."""
DAY = timedelta(days=1)


@pytest.fixture
def source(now: datetime) -> Source:
    """A network that posts come from."""
    return heard_since(now)


@pytest.fixture
def chat(httpserver: HTTPServer, settings: Any) -> Chat:
    """A chat that gets digests."""
    chat = Chat(httpserver, "/digest")
    changed = {"digest_urls": [SecretStr(chat.url)]}
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=changed)
    return chat


def busy_week(source: Source) -> None:
    """Six negative posts, one of them an angry case that ends well, and an incident."""
    storm(source, moments(MONDAY - 3 * DAY, 5, every=HOUR), intent="problem", angry=False)
    storm(source, moments(MONDAY - 10 * DAY, 2, every=HOUR), sentiment="positive")
    begin = MONDAY - 4 * DAY
    mention = make_mention(now=begin, source=source)
    make_assessment(mention, now=begin)
    while route(now=begin) or index(now=begin):
        pass
    case = Case.objects.get()
    thanks = make_mention("Danke, jetzt passt alles!", now=begin + HOUR, source=source, author=mention.author)
    make_assessment(thanks, now=begin + HOUR, sentiment="positive", urgency=0, angry=False, intent="thanks")
    while route(now=begin + HOUR) or index(now=begin + HOUR):
        pass
    Case.objects.update(
        first_replied_at=begin + 30 * MINUTE, state="resolved", resolved_at=begin + 2 * HOUR,
        latest_mention=thanks,
    )  # fmt: skip
    Offer.objects.create(
        case=case, kind="voucher", value=Decimal(20), currency="EUR", state="granted", terms={},
        month=begin.date(), offered_by=make_agent(), offered_at=begin,
    )  # fmt: skip
    Incident.objects.create(
        brand=BRAND, network="demo_x", kind="negative", window=15, began_at=begin, noticed_at=begin,
        ended_at=begin + HOUR, closed_at=begin + 2 * HOUR, count=40, expected=4,
    )  # fmt: skip


def test_a_week_counts_posts_answers_recovery_goodwill_and_incidents(source: Source) -> None:
    busy_week(source)
    week = week_of(BRAND, until=MONDAY)
    assert (week.posts.total, week.posts.negative, week.before.total) == (7, 6, 2)
    assert [(pain.name, pain.posts, pain.angry) for pain in week.pains] == [("problem", 6, 1)]
    assert (week.answers.half, week.answers.kept, week.answers.due) == (30 * MINUTE, 1, 1)
    assert (week.recovered, week.angry, week.spent, week.offers) == (1, 1, Decimal(20), 1)
    assert [incident.count for incident in week.incidents] == [40]


def test_topics_are_what_negative_posts_are_about_once_there_are_any(source: Source) -> None:
    busy_week(source)
    topic = Topic.objects.create(brand=BRAND, name="@öse <reißt>", language="de", centre=b"", found_at=MONDAY)
    Fact.objects.filter(angry=False, sentiment="negative").update(topic=topic)
    body = digest_words(week_of(BRAND, until=MONDAY)).body
    assert "– @\N{ZERO WIDTH SPACE}öse ‹reißt›: 5, 0 of them angry" in body and "– problem" not in body


def test_a_case_that_was_not_answered_in_time_is_due_and_not_kept(source: Source) -> None:
    busy_week(source)
    Case.objects.update(first_replied_at=None)
    answers = week_of(BRAND, until=MONDAY).answers
    assert (answers.kept, answers.due, answers.half) == (0, 1, None)


def test_a_digest_is_read_in_both_languages(source: Source, settings: Any) -> None:
    busy_week(source)
    week = week_of(BRAND, until=MONDAY)
    assert digest_words(week).body.splitlines() == [
        "Posts: 7 (the week before: 2).",
        "Negative: 86 %, positive: 14 %; negative by +86 points against the week before.",
        "Needed a person soon: 1.",
        "What negative posts are about:",
        "– problem: 6, 1 of them angry",
        "First answer after 30 min (half of the cases), 30 min (95 of 100).",
        "Answered in the promised time: 1 of 1 (100 %).",
        "Closed cases in which somebody was angry: 1; glad in the end: 1.",
        "Goodwill: 20\N{NO-BREAK SPACE}€ in 1 offer.",
        "Incidents:",
        "– 2026-11-19, 08:00: negative posts on X. Posts: 40; usual in that time: 4 (10.0 times as many).",
    ]
    settings.LANGUAGE_CODE = "de"
    words = digest_words(week)
    assert words.title == "Kulanz – Zehnschritt: die Woche vom 2026-11-16 bis 2026-11-23"
    assert "In der versprochenen Zeit beantwortet: 1 von 1 (100 %)." in words.body
    assert "Kulanz: 20\N{NO-BREAK SPACE}€ in 1 Angebot." in words.body


def test_an_empty_week_says_so(db: None) -> None:
    assert digest_words(week_of(BRAND, until=MONDAY)).body.splitlines() == [
        "Posts: 0 (the week before: 0).",
        "Goodwill: 0\N{NO-BREAK SPACE}€ in 0 offers.",
        "No incidents.",
    ]


def test_a_digest_goes_out_once_a_week_at_its_hour_by_the_brands_clock(chat: Chat) -> None:
    Notice.objects.all().delete()
    told = []
    for hour in range(-3 * 24, 15 * 24):
        digest(now=MONDAY + hour * HOUR - MINUTE)
        told.append(len(chat.told))
    assert told[3 * 24] == 0 and told[3 * 24 + 1] == 1 and chat.titles[0].endswith("2026-11-16 to 2026-11-23")
    assert len(chat.told) == 3
    digest(now=MONDAY + 14 * DAY)
    assert len(chat.told) == 3


def test_a_digest_that_could_not_be_sent_for_two_days_is_left_out(chat: Chat) -> None:
    digest(now=MONDAY + 3 * DAY)
    assert not chat.told


def test_without_addresses_there_is_no_digest(db: None) -> None:
    assert digest(now=MONDAY) == 0 and not Notice.objects.exists()


def test_a_chat_that_is_down_gets_its_digest_later(chat: Chat) -> None:
    chat.status = 500
    assert digest(now=MONDAY) == 0
    chat.status = 200
    assert [digest(now=MONDAY + minute * MINUTE) for minute in (1, 2)] == [1, 0]


def test_the_command_prints_without_sending_and_sends_once(chat: Chat) -> None:
    with time_machine.travel(MONDAY, tick=False):
        out = StringIO()
        call_command("digest", brand=BRAND, dry_run=True, stdout=out)
        assert "Posts: 0" in out.getvalue() and not chat.told
        call_command("digest", brand=BRAND, stdout=out)
        with pytest.raises(CommandError, match="noted before"):
            call_command("digest", brand=BRAND, stdout=out)
        with pytest.raises(CommandError, match=r"there are: .*zehnschritt"):
            call_command("digest", brand="nobody")
    assert len(chat.told) == 1


@pytest.mark.parametrize(("month", "day"), [(3, 30), (10, 26)])
def test_weeks_meet_when_the_clocks_change(month: int, day: int) -> None:
    end = datetime(2026, month, day, 8, tzinfo=brand(BRAND).zone)
    this, earlier = week_of(BRAND, until=end.astimezone(UTC)), week_of(BRAND, until=end - 7 * DAY)
    assert this.since == earlier.until and this.until.astimezone(UTC) - this.since.astimezone(UTC) != 7 * DAY


def test_what_nobody_waits_for_is_not_due(source: Source) -> None:
    busy_week(source)
    Case.objects.update(first_replied_at=None, resolved_at=MONDAY - 4 * DAY + MINUTE)
    assert week_of(BRAND, until=MONDAY).answers.due == 0, "it was closed in time"
    Case.objects.update(state="open", resolved_at=None, owner=None, level=1)
    assert week_of(BRAND, until=MONDAY).answers.due == 1
    Case.objects.update(hidden=Case.Hidden.CAMPAIGN)
    assert week_of(BRAND, until=MONDAY).answers.due == 0, "it is one of a campaign's copies"
