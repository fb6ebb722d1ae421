"""Which posts a page lists, read from its address: the pieces into which the trends cut them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay
from django.utils.dateparse import parse_date

from sentiment.models import Sentiment
from trends.phase import Phase


@dataclass(frozen=True, slots=True)
class PostsFilter:
    """What narrows the posts of a brand; None and "" narrow nothing. Days, weekday (0 is Monday) and hour are
    those of the brand's zone."""

    first: date | None = None
    last: date | None = None
    weekday: int | None = None
    hour: int | None = None
    network: str = ""
    sentiment: str = ""
    urgent: bool = False
    topic: int | None = None
    phase: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether it leaves posts out."""
        return self != PostsFilter()

    def conditions(self, zone: ZoneInfo) -> Q:
        """Return what a fact must fulfil; see `clock` for weekday and hour."""
        wanted: dict[str, Any] = {
            "posted_at__gte": _begin(self.first, zone),
            "posted_at__lt": _begin(self.last + timedelta(days=1), zone) if self.last else None,
            "network": self.network or None,
            "sentiment": self.sentiment or None,
            "urgency__gte": 2 if self.urgent else None,
            "topic": self.topic,
            "phase": self.phase or None,
            "local_weekday": None if self.weekday is None else self.weekday + 1,
            "local_hour": self.hour,
        }
        return Q(**{name: value for name, value in wanted.items() if value is not None})

    def clock(self, zone: ZoneInfo) -> dict[str, ExtractHour | ExtractIsoWeekDay]:
        """Return the annotations that the conditions need: what the clock on the wall said."""
        needed: dict[str, ExtractHour | ExtractIsoWeekDay] = {}
        if self.hour is not None:
            needed["local_hour"] = ExtractHour("posted_at", tzinfo=zone)
        if self.weekday is not None:
            needed["local_weekday"] = ExtractIsoWeekDay("posted_at", tzinfo=zone)
        return needed

    def query(self, **more: str) -> str:
        """Write it as the query of an address."""
        values = {
            _NAMES.get(field.name, field.name): _text(getattr(self, field.name)) for field in fields(self)
        }
        return urlencode({name: value for name, value in (values | more).items() if value})


_NAMES = {"first": "from", "last": "until"}


def read_posts_filter(query: Mapping[str, str]) -> PostsFilter:
    """Read an address; what means nothing is left out."""
    sentiment, network = query.get("sentiment", ""), query.get("network", "")
    return PostsFilter(
        first=read_day(query.get("from", "")),
        last=read_day(query.get("until", "")),
        weekday=_number(query.get("weekday", ""), 7),
        hour=_number(query.get("hour", ""), 24),
        network=network if network.isprintable() and len(network) <= 40 else "",
        sentiment=sentiment if sentiment in Sentiment.values else "",
        urgent=query.get("urgent") == "1",
        topic=_number(query.get("topic", ""), 10**9),
        phase=phase if (phase := query.get("phase", "")) in Phase.values else "",
    )


def read_day(text: str) -> date | None:
    """Read an ISO date, None where there is none."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and date(1900, 1, 1) <= day < date(9000, 1, 1) else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of posts ended: many networks tell whole seconds, in which several posts may lie."""

    at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{self.at.timestamp():.6f}-{self.pk}"

    @property
    def conditions(self) -> Q:
        """Return what the facts below it fulfil."""
        return Q(posted_at__lte=self.at) & (Q(posted_at__lt=self.at) | Q(pk__lt=self.pk))


def read_place(text: str) -> Place | None:
    """Read a place from an address, None where there is none."""
    seconds, _, number = text.rpartition("-")
    try:
        return Place(datetime.fromtimestamp(float(seconds), UTC), _number(number, 10**18) or 0)
    except (ValueError, OverflowError, OSError):
        return None


def _text(value: date | int | str | bool | None) -> str:
    return "" if value is None or value is False else str(int(value) if value is True else value)


def _number(text: str, below: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 and int(text) < below else None


def _begin(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time.min, tzinfo=zone) if day else None
