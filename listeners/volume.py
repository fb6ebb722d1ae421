"""How many posts a source should bring, by its own past at this hour of the week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import median
from zoneinfo import ZoneInfo

from listeners.models import Source

WEEKS = 8
"""How many weeks are looked back."""
FEWEST_WEEKS = 3
SPREADS = 3.0
"""How many spreads the band reaches from the usual number, to either side."""
STRETCHES = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(days=7))
"""How much time is counted: the shortest in which silence would mean something."""
_PER_DEVIATION = 1.4826
"""Standard deviations in a median absolute deviation of bell-shaped numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """The posts written within `stretch` before `until`, and the band they should lie in."""

    stretch: timedelta
    until: datetime
    count: int
    least: int
    """Fewer are too few; 0 where so few are usual that silence means nothing."""
    most: int
    weeks: int

    @property
    def is_silent(self) -> bool:
        """Whether fewer came than ever should."""
        return self.count < self.least


def volume(source: Source, *, until: datetime, zone: ZoneInfo) -> Volume | None:
    """Compare the posts before `until` with those of the same hours of the last eight weeks.

    Weeks in which the source was not listened to all the time do not count; None where fewer than three do.
    """
    found = None
    for stretch in STRETCHES:
        found = _compare(source, stretch, until, zone) or found
        if found is None or found.least:
            break
    return found


def _compare(source: Source, stretch: timedelta, until: datetime, zone: ZoneInfo) -> Volume | None:
    ends = [until.astimezone(zone) - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    past = [_count(source, end - stretch, end) for end in ends if _was_heard(source, end - stretch, end)]
    if len(past) < FEWEST_WEEKS:
        return None
    usual = median(past)
    deviation = _PER_DEVIATION * median(abs(count - usual) for count in past)
    reach = SPREADS * max(sqrt(usual), deviation)
    return Volume(
        stretch=stretch,
        until=until,
        count=_count(source, until - stretch, until),
        least=max(0, round(usual - reach)),
        most=round(usual + reach),
        weeks=len(past),
    )


def _count(source: Source, start: datetime, end: datetime) -> int:
    return source.mentions.filter(posted_at__gt=start, posted_at__lte=end).count()


def _was_heard(source: Source, start: datetime, end: datetime) -> bool:
    gaps = source.gaps.filter(filled_at__isnull=True, starts_at__lt=end)
    return start >= source.created_at and not gaps.exclude(ends_at__lte=start).exists()
