"""What rises: this hour or this week against the same hours of earlier weeks, for all of a brand's parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Case, Count, Min, Q, QuerySet, Value, When

from trends.models import Fact, TopicMap
from trends.topics.burst import chances, usual
from trends.topics.draw import NEWEST

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
FALSE_ALARMS = 0.05
"""The share of what is called rising that may have risen by chance."""
WEEKS = 8
"""How far the past is looked at."""
FEWEST_WEEKS = 3
_FEWEST_POSTS = 4
PARTS = ("network", "topic", "phase")
Key = tuple[str, str | int]


@dataclass(frozen=True, slots=True)
class Riser:
    """One part of a brand's posts that brings more than usual; `part` is "brand" or one of PARTS."""

    part: str
    value: str | int
    count: int
    usual: float
    chance: float
    """The share of false alarms among all that are at least as unusual."""

    @property
    def times(self) -> float:
        """How many times the usual number it is."""
        return self.count / self.usual


@dataclass(frozen=True, slots=True)
class Rising:
    """What rises, the surest first, and over how many earlier weeks one could look."""

    risers: tuple[Riser, ...]
    weeks: int

    @property
    def can_tell(self) -> bool:
        """Whether there was enough of a past."""
        return self.weeks >= FEWEST_WEEKS


def rising(brand: str, *, length: timedelta, now: datetime) -> Rising:
    """Return what rose within `length` (an hour or a week) up to `now`."""
    first = Fact.objects.filter(brand=brand).aggregate(first=Min("posted_at"))["first"]
    weeks = min(int((now - length - first) / WEEK), WEEKS) if first else 0
    if weeks < FEWEST_WEEKS:
        return Rising((), max(weeks, 0))
    counted = _counted(brand, length, now, weeks)
    young = _young(brand, counted, now - length - FEWEST_WEEKS * WEEK)
    return Rising(tuple(_risers({key: row for key, row in counted.items() if key not in young})), weeks)


def _counted(brand: str, length: timedelta, now: datetime, weeks: int) -> dict[Key, list[int]]:
    """Return counts by part for the windows, the current one first."""
    ends = [now - number * WEEK for number in range(weeks + 1)]
    windows = [Q(posted_at__gte=end - length, posted_at__lt=end) for end in ends]
    anywhere = Q(posted_at__gte=ends[-1] - length, posted_at__lt=now)
    within = windows[0]
    for window in windows[1:]:
        within |= window
    facts = Fact.objects.filter(anywhere & within, brand=brand)
    number = Case(*(When(window, then=Value(at)) for at, window in enumerate(windows)))
    counted: defaultdict[Key, list[int]] = defaultdict(lambda: [0] * (weeks + 1))
    for at, *values, count in (
        facts.annotate(window=number).values_list("window", *PARTS).annotate(Count("pk"))
    ):
        for key in _keys(values):
            counted[key][at] += count
    return counted


def _keys(values: Iterable[str | int | None]) -> Iterator[Key]:
    yield "brand", ""
    for part, value in zip(PARTS, values, strict=True):
        if value is not None and value != "unknown":
            yield part, value


def _young(brand: str, counted: Mapping[Key, list[int]], since: datetime) -> set[Key]:
    """Return the topics whose past cannot be told: no older posts than the newest were placed on them."""
    chart = TopicMap.objects.filter(brand=brand).first()
    ids = [int(value) for part, value in counted if part == "topic"]
    if chart is None or chart.posts < NEWEST or not ids:
        return set()
    known: QuerySet[Fact] = Fact.objects.filter(topic__in=ids).values("topic")  # type: ignore[assignment]
    begun = known.annotate(first=Min("posted_at")).values_list("topic", "first")
    return {("topic", topic) for topic, first in begun if first > since}


def _risers(counted: Mapping[Key, list[int]]) -> Iterator[Riser]:
    if not counted:
        return
    rows = np.array(list(counted.values()))
    now, past = rows[:, 0], rows[:, 1:]
    expected, chance = usual(past), chances(past, now)
    for at in np.lexsort((-now, chance)):
        if chance[at] <= FALSE_ALARMS and now[at] >= _FEWEST_POSTS:
            part, value = list(counted)[at]
            yield Riser(part, value, int(now[at]), float(expected[at]), float(chance[at]))
