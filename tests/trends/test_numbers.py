from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.trends.facts import make_fact
from trends.numbers.database import count, newest_day
from trends.numbers.fold import Step, bars, by_day, by_hour_of_week
from trends.numbers.scope import Scope
from trends.numbers.tally import Tally

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
pytestmark = pytest.mark.django_db


def of_days(
    first: tuple[int, int, int], last: tuple[int, int, int], zone: ZoneInfo = BERLIN, **more: str
) -> Scope:
    return Scope("zehnschritt", datetime(*first, tzinfo=zone), datetime(*last, tzinfo=zone), zone, **more)


def test_a_post_shortly_before_midnight_in_london_counts_for_the_next_day_in_berlin() -> None:
    make_fact(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "negative", urgency=2)
    scope = of_days((2026, 7, 1), (2026, 7, 4))
    assert by_day(count(scope), scope) == {
        date(2026, 7, 1): Tally(),
        date(2026, 7, 2): Tally(negative=1, urgent=1),
        date(2026, 7, 3): Tally(),
    }


def test_sentiments_add_up_and_other_brands_and_networks_stay_out() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    for sentiment in ("negative", "neutral", "positive", "positive"):
        make_fact(noon, sentiment)
    make_fact(noon, "negative", brand="another")
    make_fact(noon, "negative", network="x")
    assert count(of_days((2026, 7, 1), (2026, 7, 2))).networks == {"file": Tally(1, 1, 2), "x": Tally(1)}
    assert count(of_days((2026, 7, 1), (2026, 7, 2), network="file")).total == Tally(1, 1, 2)


def test_the_end_of_a_stretch_belongs_to_the_next() -> None:
    make_fact(datetime(2026, 7, 2, tzinfo=BERLIN), "neutral")
    assert count(of_days((2026, 7, 1), (2026, 7, 2))).total.total == 0
    assert count(of_days((2026, 7, 2), (2026, 7, 3))).total.total == 1


def test_days_have_the_hours_that_the_clocks_of_the_zone_had() -> None:
    for hour in range(26):
        make_fact(
            datetime(2026, 10, 24, 22, 15, tzinfo=UTC).replace(
                day=24 + (22 + hour) // 24, hour=(22 + hour) % 24
            ),
            "neutral",
        )
    scope = of_days((2026, 10, 25), (2026, 10, 27))
    numbers = count(scope)
    assert [tally.total for tally in by_day(numbers, scope).values()] == [25, 1]
    assert by_hour_of_week(numbers, scope)[6][2].total == 2, "two o'clock was twice"
    spring = of_days((2026, 3, 29), (2026, 3, 30))
    assert len(bars(count(spring), spring, step=Step.HOUR)) == 23


def test_days_begin_at_midnight_where_clocks_are_half_an_hour_off() -> None:
    for minute in (29, 30):
        make_fact(datetime(2026, 7, 1, 18, minute, tzinfo=UTC), "neutral")
    scope = of_days((2026, 7, 1), (2026, 7, 3), KOLKATA)
    assert [tally.total for tally in by_day(count(scope), scope).values()] == [1, 1]


def test_weeks_begin_on_monday_and_none_is_left_out() -> None:
    make_fact(datetime(2026, 7, 19, 12, tzinfo=UTC), "positive")
    scope = of_days((2026, 7, 1), (2026, 7, 21))
    weeks = bars(count(scope), scope, step=Step.WEEK)
    assert [(bar.begin.date(), bar.tally.total) for bar in weeks] == [
        (date(2026, 6, 29), 0),
        (date(2026, 7, 6), 0),
        (date(2026, 7, 13), 1),
        (date(2026, 7, 20), 0),
    ]


def test_two_queries_count_any_stretch(django_assert_num_queries: pytest.FixtureRequest) -> None:
    for day in range(1, 28):
        make_fact(datetime(2026, 7, day, day % 24, tzinfo=UTC), "neutral", network=f"network{day % 5}")
    for last in (2, 28):
        with django_assert_num_queries(2):  # type: ignore[operator]
            count(of_days((2026, 7, 1), (2026, 7, last)))


def test_the_newest_day_is_the_one_of_the_zone() -> None:
    scope = of_days((2026, 7, 1), (2026, 7, 2))
    end = datetime(2026, 8, 1, tzinfo=UTC)
    assert newest_day(scope, until=end) is None
    make_fact(datetime(2026, 7, 9, 22, 30, tzinfo=UTC), "neutral")
    assert newest_day(scope, until=end) == date(2026, 7, 10)
