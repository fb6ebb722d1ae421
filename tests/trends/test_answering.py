from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from listeners.models import Source
from tests.factories import make_mention, make_source
from trends.numbers.answering import Wait, wait, waits
from trends.numbers.fold import Step
from trends.numbers.scope import Scope

BERLIN = ZoneInfo("Europe/Berlin")
JULY = Scope("zehnschritt", datetime(2026, 7, 1, tzinfo=BERLIN), datetime(2026, 8, 1, tzinfo=BERLIN), BERLIN)
pytestmark = pytest.mark.django_db


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


@pytest.fixture
def source(now: datetime) -> Source:
    return make_source(now=now)


def answered(source: Source, posted_at: datetime, *waited: int) -> None:
    for number in waited:
        make_mention(source=source, now=posted_at, first_reply_at=posted_at + minutes(number))


def test_half_of_the_customers_waited_no_longer_than_the_median(source: Source) -> None:
    answered(source, datetime(2026, 7, 1, 10, tzinfo=UTC), *range(100, 0, -1))
    assert wait(JULY) == Wait(100, minutes(50), minutes(95))


def test_one_answer_is_both_the_median_and_the_slowest(source: Source) -> None:
    answered(source, datetime(2026, 7, 1, 10, tzinfo=UTC), 7)
    assert wait(JULY) == Wait(1, minutes(7), minutes(7))


def test_waits_belong_to_the_day_of_the_zone_on_which_the_post_was_written(source: Source) -> None:
    answered(source, datetime(2026, 7, 1, 22, 30, tzinfo=UTC), 3, 60 * 24 * 3)
    answered(source, datetime(2026, 7, 1, 10, tzinfo=UTC), 5)
    make_mention(source=source, now=datetime(2026, 7, 3, tzinfo=UTC))
    assert waits(JULY, step=Step.DAY) == {
        date(2026, 7, 1): Wait(1, minutes(5), minutes(5)),
        date(2026, 7, 2): Wait(2, minutes(3), minutes(60 * 24 * 3)),
    }
    assert waits(JULY, step=Step.WEEK) == {date(2026, 6, 29): Wait(3, minutes(5), minutes(60 * 24 * 3))}


def test_without_answers_there_is_nothing_to_say(source: Source) -> None:
    make_mention(source=source, now=datetime(2026, 7, 3, tzinfo=UTC))
    answered(source, datetime(2026, 8, 1, tzinfo=BERLIN), 5)
    assert wait(JULY) is None and waits(JULY, step=Step.DAY) == {}


def test_a_network_narrows_the_waits(source: Source, now: datetime) -> None:
    answered(source, datetime(2026, 7, 1, 10, tzinfo=UTC), 5)
    other = make_source(now=now, network="webhook")
    answered(other, datetime(2026, 7, 1, 10, tzinfo=UTC), 9)
    narrowed = Scope(JULY.brand, JULY.since, JULY.until, BERLIN, network="webhook")
    assert wait(narrowed) == Wait(1, minutes(9), minutes(9))
