"""Adds slots up to what a reader sees: hours, days or weeks of a zone, and the hours of a week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from trends.numbers.scope import Scope
from trends.numbers.tally import NOTHING, Numbers, Tally

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Step(StrEnum):
    """How long a bar of a chart is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Bar:
    """The posts from `begin`, a moment on the zone's clock, up to the next bar."""

    begin: datetime
    tally: Tally


def bars(numbers: Numbers, scope: Scope, *, step: Step) -> tuple[Bar, ...]:
    """Return every bar that the scope touches, also those without any posts."""
    floor = _FLOORS[step]
    added: dict[datetime, Tally] = defaultdict(Tally)
    for moment, tally in numbers.slots.items():
        added[floor(moment.astimezone(scope.zone))] += tally
    begins = _hours(scope) if step == Step.HOUR else _days(scope, step)
    return tuple(Bar(begin, added.get(begin, NOTHING)) for begin in begins)


def by_day(numbers: Numbers, scope: Scope) -> Mapping[date, Tally]:
    """Return the posts of each day of the scope."""
    return {bar.begin.date(): bar.tally for bar in bars(numbers, scope, step=Step.DAY)}


def by_hour_of_week(numbers: Numbers, scope: Scope) -> tuple[tuple[Tally, ...], ...]:
    """Return seven rows, Monday first, of the zone's 24 hours."""
    week = [[NOTHING] * 24 for _ in range(7)]
    for moment, tally in numbers.slots.items():
        local = moment.astimezone(scope.zone)
        week[local.weekday()][local.hour] += tally
    return tuple(tuple(hours) for hours in week)


def _hours(scope: Scope) -> Iterator[datetime]:
    moment, last = scope.since.astimezone(UTC), None
    while moment < scope.until:
        begin = _hour(moment.astimezone(scope.zone))
        if begin != last:  # of an hour that is there twice only the first
            yield begin
        moment, last = moment + HOUR, begin


def _days(scope: Scope, step: Step) -> Iterator[datetime]:
    begin, end = _FLOORS[step](scope.since.astimezone(scope.zone)), scope.until.astimezone(scope.zone)
    while begin < end:
        yield begin
        begin += DAY * (7 if step == Step.WEEK else 1)


def _hour(local: datetime) -> datetime:
    return local.replace(minute=0, second=0, microsecond=0)


def _day(local: datetime) -> datetime:
    return datetime.combine(local.date(), time.min, local.tzinfo)


def _week(local: datetime) -> datetime:
    return _day(local - local.weekday() * DAY)


_FLOORS: Mapping[Step, Callable[[datetime], datetime]] = {
    Step.HOUR: _hour,
    Step.DAY: _day,
    Step.WEEK: _week,
}
