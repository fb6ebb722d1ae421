"""Tells what a row says to every address once, and goes on where somebody was killed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from django.db import transaction
from django.db.models import F, QuerySet

from listeners.alarm_words import Words
from listeners.backoff import retry_time
from listeners.models import Told
from listeners.telling import Address, tell

logger = structlog.get_logger(__name__)
LEASE = timedelta(minutes=5)
"""How long telling may take before another worker takes a row over."""
Row = TypeVar("Row", bound=Told)


def lease(waiting: QuerySet[Row], *, now: datetime) -> Row | None:
    """Take the first of the rows whose `next_try_at` has come; nobody else takes it meanwhile."""
    with transaction.atomic():
        due = waiting.filter(next_try_at__lte=now).select_for_update(skip_locked=True, of=("self",))
        row = due.order_by("next_try_at", "pk").first()
        if row is not None:
            _update(row, next_try_at=now + LEASE)
    return row


def reach(row: Told, words: Words, to: Sequence[Address], *, now: datetime) -> bool:
    """Tell the words to the addresses that are not in `reached` yet; returns whether all have them now.

    Those that took nothing are tried later and later. A crash after an address took the words and before that
    is noted tells it again.
    """
    failed = [
        address.number
        for address in to
        if address.fingerprint not in row.reached and not _reach(row, address, words)
    ]
    if failed:
        until = retry_time(row.failures + 1, now=now)
        name = row._meta.model_name
        logger.error(f"{name}_not_told", **{f"{name}": row.pk}, addresses=failed, again_at=until.isoformat())
        _update(row, failures=F("failures") + 1, next_try_at=until)
    return not failed


def _reach(row: Told, address: Address, words: Words) -> bool:
    if not tell(address, words):
        return False
    row.reached = [*row.reached, address.fingerprint]
    _update(row, reached=row.reached)
    return True


def _update(row: Told, **columns: object) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**columns)
