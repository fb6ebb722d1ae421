"""Keeps as dead letters what could not be stored of a source, and mentions that a stage could not work on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import transaction

from listeners.contract import Reject
from listeners.models import DeadLetter, Mention, Source

logger = structlog.get_logger(__name__)

STAGE = "listen"
LONGEST_PAYLOAD = 20_000


def keep_rejects(rejects: Sequence[Reject], *, source: Source, now: datetime) -> None:
    """Add a dead letter for each reject, unless the same item of this source has one already."""
    if not rejects:
        return
    letters = {letter.payload: letter for letter in (_letter(reject, source, now) for reject in rejects)}
    known = DeadLetter.objects.filter(source=source, stage=STAGE, payload__in=list(letters))
    for payload in known.values_list("payload", flat=True):
        del letters[payload]
    DeadLetter.objects.bulk_create(letters.values())


def put_aside(mention: Mention, fault: Exception, *, stage: str, now: datetime) -> None:
    """Let a stage give up on a mention that made it fail, so that the others go on."""
    logger.warning("dead_letter", stage=stage, mention=mention.pk, error=repr(fault))
    error = f"{type(fault).__name__}: {fault}"
    with transaction.atomic():
        DeadLetter.objects.create(
            stage=stage, mention=mention, source_id=mention.source_id, error=error, at=now
        )
        Mention.objects.filter(pk=mention.pk).update(dead=True)


def _letter(reject: Reject, source: Source, now: datetime) -> DeadLetter:
    return DeadLetter(
        stage=STAGE,
        source=source,
        where=_storable(reject.where)[:200],
        payload=_storable(reject.payload)[:LONGEST_PAYLOAD],
        error=_storable(reject.reason),
        at=now,
    )


def _storable(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()
