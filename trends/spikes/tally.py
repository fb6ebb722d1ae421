"""Counts the facts that matter for rises, stretch by stretch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Count, Q, QuerySet

from listeners.models import Source
from trends.models import Fact, Incident
from trends.numbers.database import Slot
from trends.spikes.profile import Numbers

KINDS = {Incident.Kind.NEGATIVE: Q(sentiment="negative"), Incident.Kind.URGENT: Q(urgency__gte=2)}
IMPORTED = "file"
"""What is read from files is old, or has no time of its own."""
YOUNG = timedelta(days=1)
"""Posts of a source that is younger do not count: with it the numbers rise for good."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def counted(brand: str, *, now: datetime) -> QuerySet[Fact]:
    """Return the facts that count for rises: of no file, and of no source that is younger than a day."""
    facts = Fact.objects.filter(brand=brand, posted_at__lte=now).exclude(network=IMPORTED)
    young = list(Source.objects.filter(brand=brand, created_at__gt=now - YOUNG).values_list("pk", flat=True))
    return facts.exclude(mention__source__in=young) if young else facts


def tally(
    facts: QuerySet[Fact], *, begin: datetime, step: timedelta, length: int
) -> Mapping[tuple[str, str], Numbers]:
    """Count by network and kind in `length` steps from `begin`, a whole step since 1970; absent ones: 0."""
    facts = facts.filter(posted_at__gte=begin, posted_at__lt=begin + length * step)
    seconds = int(step.total_seconds())
    first = int(begin.timestamp()) // seconds
    names = [kind.value for kind in KINDS]
    rows = (
        facts.filter(KINDS[Incident.Kind.NEGATIVE] | KINDS[Incident.Kind.URGENT])
        .annotate(slot=Slot("posted_at", seconds=seconds))
        .values("network", "slot")
        .annotate(**{kind.value: Count("pk", filter=rule) for kind, rule in KINDS.items()})
        .values_list("network", "slot", *names)
    )
    found: dict[tuple[str, str], Numbers] = defaultdict(lambda: np.zeros(length))
    for network, slot, *numbers in rows:
        for name, number in zip(names, numbers, strict=True):
            found[network, name][slot - first] += number
    return found
