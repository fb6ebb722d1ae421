"""The numbers behind the charts, counted in the reader's time zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from trends.models import Fact


@dataclass(frozen=True, slots=True)
class Day:
    """Mentions of one calendar day by sentiment, and how many of them needed a person soon."""

    date: date
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    urgent: int = 0

    @property
    def total(self) -> int:
        """All mentions of the day."""
        return self.negative + self.neutral + self.positive


def sentiment_by_day(
    brand: str, *, since: datetime, until: datetime, zone: ZoneInfo, network: str = ""
) -> list[Day]:
    """Count mentions posted from `since` up to `until`, one entry for every day of `zone`, empty ones too."""
    facts = Fact.objects.filter(brand=brand, posted_at__gte=since, posted_at__lt=until)
    if network:
        facts = facts.filter(network=network)
    counted = (
        facts.annotate(day=TruncDate("posted_at", tzinfo=zone))
        .values("day")
        .annotate(
            negative=Count("pk", filter=Q(sentiment="negative")),
            neutral=Count("pk", filter=Q(sentiment="neutral")),
            positive=Count("pk", filter=Q(sentiment="positive")),
            urgent=Count("pk", filter=Q(urgency__gte=2)),
        )
        .values_list("day", "negative", "neutral", "positive", "urgent")
    )
    by_date = {day: Day(day, *counts) for day, *counts in counted}
    return [by_date.get(day, Day(day)) for day in _days(since, until, zone)]


def newest_day(brand: str, *, until: datetime, zone: ZoneInfo) -> date | None:
    """Return the day in `zone` of the newest mention posted up to `until`, None if there is none."""
    facts = Fact.objects.filter(brand=brand, posted_at__lte=until).order_by("-posted_at")
    newest = facts.values_list("posted_at", flat=True).first()
    return newest.astimezone(zone).date() if newest else None


def _days(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[date]:
    day = since.astimezone(zone).date()
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)
