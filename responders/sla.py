"""The clock of a brand's promises: it runs only while the team works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from django.utils.translation import get_language

from config.brand import WEEKDAYS, Brand, OpenInterval


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time in UTC, `end` not included."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it lasts, in real time."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which the team would have worked and does not."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment, the intervals that were counted up to it, and the holidays left out on the way."""

    due_at: datetime
    intervals: tuple[Interval, ...]
    skipped: tuple[Holiday, ...]


def deadline(brand: Brand, *, start: datetime, minutes: int) -> Deadline:
    """Return when `minutes` (at least 1) of the brand's working time after `start` (aware) are over."""
    left = timedelta(minutes=minutes)
    counted: list[Interval] = []
    skipped: list[Holiday] = []
    start = start.astimezone(UTC)
    for day in _days(start.astimezone(brand.zone).date()):
        hours = brand.hours.get(WEEKDAYS[day.weekday()], [])
        if hours and (name := _holiday(brand, day)):
            skipped.append(Holiday(day, name))
            continue
        for interval in _in_utc(day, hours, brand.zone):
            begin = max(interval.start, start, counted[-1].end if counted else start)
            if begin >= interval.end:
                continue
            part = Interval(begin, min(interval.end, begin + left))
            counted.append(part)
            left -= part.length
            if not left:
                return Deadline(part.end, tuple(counted), tuple(skipped))
    raise AssertionError("the calendar has ended")


def _days(first: date) -> Iterator[date]:
    while True:
        yield first
        first += timedelta(days=1)


def _in_utc(day: date, hours: list[OpenInterval], zone: ZoneInfo) -> Iterator[Interval]:
    for interval in hours:
        yield Interval(_moment(day, interval.start, zone), _moment(day, interval.end, zone))


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Read a wall clock; a time that summer time skips is an hour later, one that it repeats is the first."""
    if at == time.max:
        day, at = day + timedelta(days=1), time.min
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _holiday(brand: Brand, day: date) -> str:
    if brand.holidays is None:
        return ""
    return _calendar(brand.holidays.country, brand.holidays.state, get_language() or "").get(day, "")


@lru_cache
def _calendar(country: str, state: str | None, language: str) -> holidays.HolidayBase:
    """Return a country's holidays, named in the reader's language where the library knows it."""
    days = holidays.country_holidays(country, subdiv=state)
    known = [name for name in days.supported_languages if name[:2] == language[:2]]
    return holidays.country_holidays(country, subdiv=state, language=known[0]) if known else days
