"""Keeps as dead letters the documents that cannot be made, or that Elasticsearch refuses as they are."""

from __future__ import annotations

from datetime import datetime

import structlog

from listeners.models import DeadLetter, Mention
from trends.elastic.mapping import Kind

logger = structlog.get_logger(__name__)

STAGE = "copy"


def keep(kind: Kind, key: str, error: str, *, now: datetime) -> None:
    """Put one document aside; replayed, its mention is looked at anew and so is its case."""
    logger.warning("dead_letter", stage=STAGE, kind=kind.name.lower(), key=key)
    mention = _mention(kind, key)
    where = f"{kind.name.lower()} {key}"
    known = DeadLetter.objects.filter(stage=STAGE, mention=mention, where=where, replayed_at=None)
    if not known.update(error=error, at=now):
        source_id = mention.source_id if mention else None
        DeadLetter.objects.create(
            stage=STAGE, mention=mention, source_id=source_id, where=where, error=error, at=now
        )


def _mention(kind: Kind, key: str) -> Mention | None:
    if kind is Kind.MENTION:
        return Mention.objects.filter(pk=key).first()
    if kind is Kind.CASE:
        return Mention.objects.filter(case_mention__case=int(key)).order_by("-posted_at").first()
    return None
