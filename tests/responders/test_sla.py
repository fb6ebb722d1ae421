from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from config.brand import WEEKDAYS, Brand
from config.brand_files import brand
from responders.sla import Holiday, deadline

BERLIN = ZoneInfo("Europe/Berlin")
ALWAYS = {day: ["00:00-24:00"] for day in WEEKDAYS}
OFFICE = {day: ["09:00-12:30", "13:30-17:00"] for day in WEEKDAYS[:5]}


def _brand(hours: dict[str, list[str]], *, zone: str = "Europe/Berlin", holidays: Any = None) -> Brand:
    rest = brand("zehnschritt").model_dump(exclude={"hours", "timezone", "holidays"})
    return Brand.model_validate({**rest, "hours": hours, "timezone": zone, "holidays": holidays})


def _berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        (_berlin(2026, 11, 24, 10, 0), 60, _berlin(2026, 11, 24, 11, 0)),
        (_berlin(2026, 11, 24, 12, 0), 60, _berlin(2026, 11, 24, 14, 0)),
        (_berlin(2026, 11, 24, 12, 30), 1, _berlin(2026, 11, 24, 13, 31)),
        (_berlin(2026, 11, 24, 3, 0), 30, _berlin(2026, 11, 24, 9, 30)),
        (_berlin(2026, 11, 27, 16, 30), 60, _berlin(2026, 11, 30, 9, 30)),
        (_berlin(2026, 11, 28, 23, 59), 420, _berlin(2026, 11, 30, 17, 0)),
    ],
)
def test_breaks_nights_and_weekends_do_not_count(start: datetime, minutes: int, due: datetime) -> None:
    assert deadline(_brand(OFFICE), start=start, minutes=minutes).due_at == due


def test_holidays_are_left_out_and_named_in_the_readers_language() -> None:
    berlin = _brand(OFFICE, holidays={"country": "DE", "state": "BE"})
    with translation.override("de"):
        found = deadline(berlin, start=_berlin(2026, 12, 24, 16, 0), minutes=90)
    assert found.due_at == _berlin(2026, 12, 28, 9, 30)
    assert found.skipped == (Holiday(date(2026, 12, 25), "Erster Weihnachtstag"),)


def test_the_turn_of_the_year_counts_new_years_day_as_its_countrys_holiday() -> None:
    around = _brand(ALWAYS, holidays={"country": "DE"})
    found = deadline(around, start=_berlin(2026, 12, 31, 23, 30), minutes=60)
    assert found.due_at == _berlin(2027, 1, 2, 0, 30)


def test_a_desk_that_never_closes_counts_every_minute_over_midnight() -> None:
    assert deadline(_brand(ALWAYS), start=_berlin(2026, 11, 24, 23, 50), minutes=30).due_at == _berlin(
        2026, 11, 25, 0, 20
    )


def test_the_hour_that_summer_time_skips_does_not_count_and_the_one_it_repeats_counts_twice() -> None:
    night = _brand({"sun": ["01:00-04:00"]})
    spring = deadline(night, start=_berlin(2026, 3, 29, 0, 0), minutes=120)
    assert spring.due_at == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    autumn = deadline(night, start=_berlin(2026, 10, 25, 0, 0), minutes=240)
    assert autumn.due_at == datetime(2026, 10, 25, 3, 0, tzinfo=UTC)


def test_hours_inside_the_skipped_hour_are_never_counted_twice() -> None:
    split = _brand({"sun": ["01:30-02:30", "03:00-04:00"]})
    found = deadline(split, start=_berlin(2026, 3, 29, 0, 0), minutes=90)
    assert found.due_at == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    assert all(a.end <= b.start for a, b in zip(found.intervals, found.intervals[1:], strict=False))


_clock = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@st.composite
def _weeks(draw: st.DrawFn) -> dict[str, list[str]]:
    week = {}
    for day in WEEKDAYS:
        marks = sorted(draw(st.sets(_clock, max_size=6)))
        pairs = zip(marks[::2], marks[1::2], strict=False)
        week[day] = [f"{start:%H:%M}-{end:%H:%M}" for start, end in pairs]
    if not any(week.values()):
        week["mon"] = ["10:00-11:00"]
    return week


_zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
_starts = st.integers(0, 3 * 366 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
_brands = st.builds(
    _brand, _weeks(), zone=_zones, holidays=st.sampled_from([None, {"country": "DE", "state": "BY"}])
)
_minutes = st.integers(1, 6000)


@given(_brands, _starts, _minutes)
def test_the_counted_intervals_lie_in_order_after_the_start_and_add_up(
    one: Brand, start: datetime, minutes: int
) -> None:
    found = deadline(one, start=start, minutes=minutes)
    assert sum((part.length for part in found.intervals), timedelta()) == timedelta(minutes=minutes)
    assert found.intervals[0].start >= start
    assert found.intervals[-1].end == found.due_at
    assert all(a.end <= b.start for a, b in zip(found.intervals, found.intervals[1:], strict=False))
    assert all(part.start < part.end for part in found.intervals)


@given(_brands, _starts, _minutes, st.integers(0, 5000), _minutes)
def test_later_starts_and_more_minutes_never_come_due_earlier(
    one: Brand, start: datetime, minutes: int, delay: int, more: int
) -> None:
    due = deadline(one, start=start, minutes=minutes).due_at
    assert deadline(one, start=start + timedelta(minutes=delay), minutes=minutes).due_at >= due
    assert deadline(one, start=start, minutes=minutes + more).due_at > due


@given(_brands, _starts, _minutes, _minutes)
def test_counting_in_two_steps_is_counting_in_one(
    one: Brand, start: datetime, first: int, second: int
) -> None:
    halfway = deadline(one, start=start, minutes=first).due_at
    assert (
        deadline(one, start=halfway, minutes=second).due_at
        == deadline(one, start=start, minutes=first + second).due_at
    )


@given(_brands, _starts, _minutes)
def test_every_counted_minute_is_one_in_which_the_brands_clock_shows_working_hours(
    one: Brand, start: datetime, minutes: int
) -> None:
    for part in deadline(one, start=start, minutes=min(minutes, 300)).intervals:
        local = part.start.astimezone(one.zone)
        hours = one.hours[WEEKDAYS[local.weekday()]]
        assert any(_is_within(local, spell.start, spell.end) for spell in hours)


def _is_within(local: datetime, start: time, end: time) -> bool:
    shift = timedelta(hours=1)
    near = {local.time(), (local - shift).time(), (local + shift).time()}
    return any(start <= at < end for at in near)
