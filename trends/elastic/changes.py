"""The book of what the copy lacks: entered with each change, struck out when Elasticsearch has it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from responders.models import Case
from responders.models.case import UNINDEXED
from trends.elastic.mapping import Kind
from trends.elastic.models import Change
from trends.elastic.switch import is_on

LEASE = timedelta(minutes=2)
"""How long a worker has a change for itself; longer than any request to Elasticsearch takes."""

_AT_ONCE = 5_000
"""Changes in one statement, and in memory: a topic may have a million posts."""


def note(kind: Kind, keys: Iterable[object], *, now: datetime, due_at: datetime | None = None) -> None:
    """Enter that these documents are out of date, in the transaction of what changed them and after it.

    The changed rows' own locks then keep the numbers of their changes in the order in which they count.
    Without an Elasticsearch nothing is entered.
    """
    if is_on():
        rest = iter(keys)
        while some := list(islice(rest, _AT_ONCE)):
            Change.objects.bulk_create(
                Change(kind=kind.name.lower(), key=str(key), due_at=due_at or now) for key in some
            )


def note_facts(facts: QuerySet[Any], *, now: datetime) -> None:
    """Enter the mentions of some facts, and the cases that are about what these are about."""
    if is_on():
        note(Kind.MENTION, facts.filter(mention__isnull=False).values_list("mention", flat=True), now=now)
        cases = Case.objects.filter(latest_mention__fact__in=facts)
        note(Kind.CASE, cases.values_list("pk", flat=True), now=now)


def note_cases(*, now: datetime, size: int) -> int:
    """Enter up to `size` cases that changed since they were entered last; returns how many."""
    if not Case.objects.filter(UNINDEXED).exists():
        return 0
    with transaction.atomic():
        changed = Case.objects.filter(UNINDEXED).order_by("pk")
        locked = changed.select_for_update(of=("self",), no_key=True, skip_locked=True)
        keys = list(locked.values_list("pk", flat=True)[:size])
        note(Kind.CASE, keys, now=now)
        Case.objects.filter(pk__in=keys).update(indexed_at=F("changed_at"))
        return len(keys)


def take(*, now: datetime, size: int) -> list[Change]:
    """Lease up to `size` changes to this worker, oldest first."""
    due = Change.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    if not due.exists():
        return []
    with transaction.atomic():
        taken = list(due.select_for_update(skip_locked=True)[:size])
        Change.objects.filter(pk__in=[change.pk for change in taken]).update(due_at=now + LEASE)
        return taken


def newest(taken: Iterable[Change]) -> dict[tuple[Kind, str], int]:
    """Return the latest number of each changed thing: what is written now holds all its earlier changes."""
    return {
        (Kind[change.kind.upper()], change.key): change.pk
        for change in sorted(taken, key=lambda change: change.pk)
    }


def strike_out(changes: Sequence[Change]) -> None:
    """Forget changes that Elasticsearch has."""
    Change.objects.filter(pk__in=[change.pk for change in changes]).delete()


def put_back(changes: Collection[Change], *, now: datetime) -> None:
    """Give changes back, to be taken by whoever comes first."""
    Change.objects.filter(pk__in=[change.pk for change in changes]).update(due_at=now)
