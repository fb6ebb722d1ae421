"""The stretch of days that the trends show, and the ones beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date

from trends.numbers.fold import Step

LENGTHS = (7, 28, 90)
USUAL = 28
LONGEST = 731
"""Days of the longest stretch: two years."""
MOST_DAYS_BY_HOUR, MOST_DAYS_BY_DAY = 3, 92
EARLIEST = date(1990, 1, 1)
"""No network is older; an address that ends before it means nothing."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole days, `last` among them, as seen on the day `today`."""

    length: int
    last: date
    today: date

    @property
    def first(self) -> date:
        """Its first day."""
        return self.last - timedelta(days=self.length - 1)

    @property
    def step(self) -> Step:
        """How long a bar of its charts is."""
        if self.length <= MOST_DAYS_BY_HOUR:
            return Step.HOUR
        return Step.DAY if self.length <= MOST_DAYS_BY_DAY else Step.WEEK

    @property
    def earlier(self) -> Stretch | None:
        """The stretch before, None at the beginning of time."""
        day = self.last - timedelta(days=self.length)
        return Stretch(self.length, day, self.today) if day >= EARLIEST else None

    @property
    def later(self) -> Stretch | None:
        """The stretch after, up to today at most; None where this one reaches today."""
        if self.last == self.today:
            return None
        return Stretch(self.length, min(self.last + timedelta(days=self.length), self.today), self.today)

    def of_length(self, days: int) -> Stretch:
        """Return a stretch of another length that ends on the same day."""
        return Stretch(days, self.last, self.today)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the moments at which its first day begins and its last day ends in `zone`."""
        end = self.last + timedelta(days=1)
        return datetime.combine(self.first, time.min, zone), datetime.combine(end, time.min, zone)


def read_stretch(query: Mapping[str, str], *, today: date) -> Stretch:
    """Read `from` and `until` of an address; what means nothing is the usual length, up to today."""
    last = _date(query.get("until", ""))
    last = last if last and EARLIEST <= last <= today else today
    first = _date(query.get("from", ""))
    length = (last - first).days + 1 if first else USUAL
    return Stretch(min(length, LONGEST) if length > 0 else USUAL, last, today)


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
