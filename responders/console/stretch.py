"""The stretch of days that the trends show, and the ones beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date

LENGTHS = (7, 28, 90)
USUAL = 28
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
    def earlier(self) -> date | None:
        """The last day of the stretch before, None at the beginning of time."""
        day = self.last - timedelta(days=self.length)
        return day if day >= EARLIEST else None

    @property
    def later(self) -> date | None:
        """The last day of the stretch after, today at most; None where this one reaches today."""
        if self.last == self.today:
            return None
        return min(self.last + timedelta(days=self.length), self.today)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the moments at which its first day begins and its last day ends in `zone`."""
        end = self.last + timedelta(days=1)
        return datetime.combine(self.first, time.min, zone), datetime.combine(end, time.min, zone)


def read_stretch(query: Mapping[str, str], *, today: date) -> Stretch:
    """Read `days` and `until` of an address; what means nothing is the usual length, up to today."""
    length = next((days for days in LENGTHS if str(days) == query.get("days")), USUAL)
    last = _date(query.get("until", ""))
    return Stretch(length, last if last and EARLIEST <= last <= today else today, today)


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
