"""Enters anew what changes without a row saying so: how sources are, and incidents that go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from listeners.models import Source
from trends.elastic.changes import note
from trends.elastic.documents.sources import HOUR, source_key
from trends.elastic.mapping import Kind
from trends.elastic.models import Copy
from trends.models import Incident

EVERY = timedelta(minutes=5)
LONGEST = timedelta(days=2)
"""How far back hours are entered that nobody entered, since nothing ran."""


def note_samples(copy: Copy, *, now: datetime) -> None:
    """Enter the hours of all sources since the last time, and running incidents; one worker does it."""
    since = copy.sampled_at
    if since is not None and since > now - EVERY:
        return
    with transaction.atomic():
        mine = Copy.objects.filter(pk=copy.pk, sampled_at=since).update(sampled_at=now)
        if mine:
            note(Kind.SOURCE, _hours(since or now, now), now=now)
            running = Incident.objects.filter(Q(closed_at=None) | Q(closed_at__gte=(since or now) - HOUR))
            note(Kind.INCIDENT, list(running.values_list("pk", flat=True)), now=now)


def _hours(since: datetime, now: datetime) -> Iterator[str]:
    """Yield the hours from the one before `since`, whose posts may have come late, up to now."""
    first = max(since - HOUR, now - LONGEST).replace(minute=0, second=0, microsecond=0)
    sources = list(Source.objects.values_list("pk", flat=True))
    for passed in range(int((now - first) / HOUR) + 1):
        for source in sources:
            yield source_key(source, first + passed * HOUR)
