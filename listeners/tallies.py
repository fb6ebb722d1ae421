"""Counts, hour by hour, how often a source was asked and how often that failed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Sum

from listeners.models import Source, Tally

KEPT = timedelta(days=60)
DAY = timedelta(hours=24)


def count(source: Source, *, is_fault: bool, now: datetime) -> None:
    """Add one fetch to this hour; what is older than 60 days goes when a new hour begins."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    row = Tally.objects.filter(source=source, hour=hour)
    more = {"fetches": F("fetches") + 1, "faults": F("faults") + int(is_fault)}
    if row.update(**more):
        return
    Tally.objects.bulk_create([Tally(source=source, hour=hour)], ignore_conflicts=True)
    row.update(**more)
    source.tallies.filter(hour__lt=hour - KEPT).delete()


def last_day(source: Source, *, now: datetime) -> tuple[int, int]:
    """Return the fetches and the faults of the last 24 hours, by whole hours."""
    sums = source.tallies.filter(hour__gt=now - DAY, hour__lte=now).aggregate(
        fetches=Sum("fetches", default=0), faults=Sum("faults", default=0)
    )
    return sums["fetches"], sums["faults"]
