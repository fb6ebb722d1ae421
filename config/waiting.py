"""What waits for each stage, counted on the index by which the stage itself finds its work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, F, QuerySet
from django.db.models.functions import Coalesce, Greatest

from listeners.models import Media, Mention, Source
from responders.models import Case, CaseMention, Reply
from trends.models import Change

MOST = 100_000
"""Nobody needs to know more exactly, and counting a million rows takes a while."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many items wait for a stage, and since when the first of them."""

    stage: str
    count: int
    """Up to `MOST`."""
    since: datetime | None
    """None where nothing waits, or where the rows do not tell."""


def waiting(*, now: datetime) -> Iterator[Waiting]:
    """Yield what waits at `now`, in the order of the work."""
    for stage, items, since in _work(now):
        count = items.order_by()[:MOST].count()
        first = items.values_list(since, flat=True).first() if since and count else None
        yield Waiting(stage, count, first)


def _work(now: datetime) -> Iterator[tuple[str, QuerySet[Any], F | Greatest | None]]:
    """Yield each stage with its items, those that wait longest first, and what tells since when."""
    living = Mention.objects.filter(dead=False).order_by("pk")
    listening = Source.objects.filter(state=Source.State.ACTIVE, next_fetch_at__lte=now)
    yield "listen", listening.order_by("next_fetch_at"), F("next_fetch_at")
    changed_at = Greatest("seen_at", Coalesce("edited_at", "seen_at"), output_field=DateTimeField())
    yield "assess", living.filter(assessed_at__isnull=True), changed_at
    assessed = living.filter(assessed_at__isnull=False)
    yield "route", assessed.filter(routed_at__isnull=True), F("assessed_at")
    yield "sift", CaseMention.objects.filter(sifted_at__isnull=True).order_by("pk"), F("added_at")
    unsent = [Reply.State.QUEUED, Reply.State.SENDING, Reply.State.UNKNOWN]
    replies = Reply.objects.filter(state__in=unsent, next_attempt_at__lte=now)
    yield "send", replies.order_by("next_attempt_at"), F("next_attempt_at")
    photos = Media.objects.filter(file="", next_fetch_at__lte=now)
    yield "photos", photos.order_by("next_fetch_at"), F("next_fetch_at")
    # A mention goes back to this stage whenever something about it changes, and no column says when that was.
    yield "index", living.filter(routed_at__isnull=False, indexed_at__isnull=True), None
    changes = Change.objects.filter(due_at__lte=now)
    yield "copy", changes.order_by("due_at"), F("due_at")
    snoozed = Case.objects.filter(state=Case.State.SNOOZED, snoozed_until__lte=now)
    yield "wake", snoozed.order_by("snoozed_until"), F("snoozed_until")
