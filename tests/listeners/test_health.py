from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from listeners import tallies
from listeners.health import all_health, health
from listeners.models import Author, Budget, DeadLetter, Gap, Mention, Source, Tally
from listeners.networks.registry import open_network
from listeners.volume import volume
from tests.factories import make_author, make_mention, make_source

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
HOUR, MINUTE, WEEK = timedelta(hours=1), timedelta(minutes=1), timedelta(weeks=1)


@pytest.fixture
def source(now: datetime) -> Source:
    """A source that has been listened to for ten weeks, just now too."""
    return make_source(
        now=now - 10 * WEEK, slug="one", network="feed", query="https://example.org/f", last_success_at=now
    )


def add_posts(source: Source, count: int, *, before: datetime) -> None:
    author = Author.objects.filter(network=source.network).first() or make_author(network=source.network)
    start = Mention.objects.count()
    Mention.objects.bulk_create(
        Mention(
            brand=source.brand, network=source.network, native_id=str(start + number), source=source,
            author=author, posted_at=before - number * MINUTE / 4, seen_at=before - number * MINUTE / 4,
        )
        for number in range(count)
    )  # fmt: skip


def add_history(source: Source, count: int, *, now: datetime, weeks: int = 8) -> None:
    for week in range(1, weeks + 1):
        add_posts(source, count, before=now.astimezone(BERLIN) - week * WEEK)


def test_the_lag_is_that_of_the_last_days_posts_which_did_not_come_late_through_a_gap(
    source: Source, now: datetime
) -> None:
    for seconds in range(1, 21):
        make_mention(now=now, source=source, posted_at=now - timedelta(seconds=seconds))
    make_mention(now=now, source=source, posted_at=now - 9 * HOUR, is_backfill=True)
    make_mention(now=now, source=source, posted_at=now - 25 * HOUR)
    lag = health(source, now=now).lag
    assert lag is not None
    assert (lag.half.seconds, lag.most.seconds) == (11, 20)


def test_the_tally_counts_fetches_and_faults_hour_by_hour_and_forgets_after_60_days(
    source: Source, now: datetime
) -> None:
    tallies.count(source, is_fault=True, now=now - timedelta(days=61))
    for minutes in range(4):
        tallies.count(source, is_fault=minutes == 0, now=now + minutes * MINUTE)
    tallies.count(source, is_fault=True, now=now - 25 * HOUR)
    assert Tally.objects.count() == 2
    found = health(source, now=now)
    assert (found.fetches, found.faults, found.error_rate) == (4, 1, 0.25)


def test_without_a_fetch_there_is_no_error_rate(source: Source, now: datetime) -> None:
    assert health(source, now=now).error_rate is None


def test_two_weeks_are_not_enough_to_say_what_is_usual(source: Source, now: datetime) -> None:
    Source.objects.update(created_at=now - 2 * WEEK - 2 * HOUR)
    source.refresh_from_db()
    add_history(source, 40, now=now)
    assert health(source, now=now).volume is None


def test_a_source_that_brings_nothing_where_forty_an_hour_are_usual_is_too_silent(
    source: Source, now: datetime
) -> None:
    add_history(source, 40, now=now)
    found = health(source, now=now)
    assert found.volume is not None
    assert (found.volume.stretch, found.volume.count, found.volume.least) == (HOUR, 0, 21)
    assert found.is_silent and found.needs_a_look


def test_a_source_that_brings_a_little_less_than_usual_is_not(source: Source, now: datetime) -> None:
    add_history(source, 40, now=now)
    add_posts(source, 25, before=now)
    assert not health(source, now=now).is_silent


def test_one_odd_week_moves_the_band_little(source: Source, now: datetime) -> None:
    add_history(source, 40, now=now, weeks=7)
    add_posts(source, 230, before=now.astimezone(BERLIN) - 8 * WEEK)
    found = health(source, now=now).volume
    assert found is not None and found.least == 21


def test_a_quiet_source_is_judged_by_more_time(source: Source, now: datetime) -> None:
    for week in range(1, 9):
        for hour in range(24):
            add_posts(source, 1, before=now.astimezone(BERLIN) - week * WEEK - hour * HOUR)
    found = health(source, now=now).volume
    assert found is not None
    assert (found.stretch, found.least) == (timedelta(hours=24), 9)


def test_where_posts_are_rare_silence_means_nothing(source: Source, now: datetime) -> None:
    add_history(source, 3, now=now)
    found = health(source, now=now)
    assert found.volume is not None and found.volume.least == 0
    assert not found.is_silent


def test_the_hour_of_the_week_is_the_one_on_the_brands_clock(source: Source, now: datetime) -> None:
    until = datetime(2026, 10, 27, 12, 0, tzinfo=BERLIN)
    for week in range(1, 9):
        add_posts(source, 40, before=until - week * WEEK)
    Source.objects.update(created_at=until - 10 * WEEK)
    source.refresh_from_db()
    found = volume(source, until=until, zone=BERLIN)
    assert found is not None and found.least == 21


def test_weeks_in_which_nobody_listened_do_not_count(source: Source, now: datetime) -> None:
    add_history(source, 40, now=now, weeks=2)
    for week in range(3, 9):
        at = now.astimezone(BERLIN) - week * WEEK
        Gap.objects.create(source=source, reason="stopped", starts_at=at - HOUR, ends_at=at)
    assert health(source, now=now).volume is None


def test_a_paused_source_is_not_called_silent(source: Source, now: datetime) -> None:
    add_history(source, 40, now=now)
    Source.objects.update(state=Source.State.PAUSED)
    source.refresh_from_db()
    assert not health(source, now=now).is_silent


def test_a_source_that_nobody_has_asked_for_long_says_since_when(source: Source, now: datetime) -> None:
    assert health(source, now=now).unheard_since is None
    late = health(source, now=now + HOUR)
    assert late.unheard_since == now and late.needs_a_look


def test_dead_letters_of_a_source_and_of_its_mentions_are_counted(source: Source, now: datetime) -> None:
    mention = make_mention(now=now, source=source)
    DeadLetter.objects.create(stage="listen", source=source, error="odd", at=now)
    DeadLetter.objects.create(stage="assess", mention=mention, error="odd", at=now)
    DeadLetter.objects.create(stage="listen", source=source, error="odd", at=now, replayed_at=now)
    assert health(source, now=now).letters == 2


def test_the_budget_is_what_is_left_until_its_time_is_over(now: datetime) -> None:
    source = make_source(now=now, network="facebook", query="feed")
    key = open_network(source, clock=lambda: now).allowance_key()
    Budget.objects.create(key=key, limit=100, left=7, resets_at=now + HOUR)
    found = health(source, now=now).budget
    assert found is not None and found.left == 7
    assert health(source, now=now + HOUR).budget is None


def test_those_that_need_a_look_come_first(source: Source, now: datetime) -> None:
    make_source(now=now, slug="a", network="feed", last_success_at=now)
    bad = make_source(now=now, slug="z", network="feed", last_success_at=now, last_error="down")
    assert all_health(Source.objects.all(), now=now)[0].source == bad


def test_the_command_shows_what_the_page_shows_as_a_table_and_as_json(
    source: Source, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    Gap.objects.create(source=source, reason="stopped", starts_at=now - HOUR, ends_at=now)
    Gap.objects.create(source=source, reason="login", starts_at=now - 9 * HOUR, ends_at=now - HOUR, lost=True)
    Source.objects.update(recheck_error="not allowed")
    call_command("sources", "--json")
    [told] = json.loads(capsys.readouterr().out)
    assert (told["recheck_error"], [gap["lost"] for gap in told["gaps"]]) == ("not allowed", [False, True])
    assert told["source"] == "one" and told["volume"]["least"] == 0
    assert told["gaps"][0]["starts_at"] == (now - HOUR).isoformat()
    call_command("sources")
    shown = capsys.readouterr().out
    assert "one" in shown and "may have missed" in shown
    assert "(login; the network no longer shows that time)" in " ".join(shown.split())
    assert "stored posts cannot be read again: not allowed" in " ".join(shown.split())
