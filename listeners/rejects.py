"""Keeps items that could not be stored as dead letters of their source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from listeners.contract import Reject
from listeners.models import DeadLetter, Source

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
