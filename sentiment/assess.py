"""The assess stage: gives each mention the model's verdict."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from listeners.models import Mention
from listeners.rejects import put_aside
from sentiment.cues import cues
from sentiment.exceptions import ModelError
from sentiment.judge import judge, terms_of
from sentiment.models import Assessment
from sentiment.service import assessor
from sentiment.terms import swap
from sentiment.verdict import Model, Verdict

_ANSWERS = ("sentiment", "urgency", "angry", "intent", "language", "supported", "probabilities")
_MODEL = ("model_name", "model_version", "model_hash")


def assess(*, now: datetime, size: int = 64, model: Model | None = None) -> int:
    """Assess one batch of mentions that wait for it; returns how many.

    A mention that the model fails on becomes a dead letter, the others of its batch go on. Raises ModelError
    where there is no model, ModelUnavailable where its service does not answer: all mentions then wait.
    """
    model = model or assessor()
    with _held():
        mentions = list(_waiting()[:size])
        judged = _judge(mentions, model, now)
        with transaction.atomic():
            _keep(judged, now)
    return len(mentions)


def _held() -> AbstractContextManager[Any]:
    """Hold the batch while the model thinks, where that hinders nobody.

    SQLite has one lock for all writers, so there the model works outside of it; a mention that another worker
    assessed or a network edited meanwhile is left alone by `_keep`.
    """
    return transaction.atomic() if connection.features.has_select_for_update_skip_locked else nullcontext()


def _waiting() -> QuerySet[Mention]:
    waiting = Mention.objects.filter(assessed_at__isnull=True, dead=False).order_by("pk")
    waiting = waiting.only("text", "language", "source", "brand")
    if connection.features.has_select_for_update_skip_locked:
        return waiting.select_for_update(skip_locked=True, no_key=True, of=("self",))
    return waiting


def _judge(mentions: Sequence[Mention], model: Model, now: datetime) -> list[tuple[Mention, Verdict]]:
    """Return each mention's verdict; one that breaks the model is found by halving and put aside."""
    if not mentions:
        return []
    try:
        texts, brands = [m.text for m in mentions], [m.brand for m in mentions]
        verdicts = judge(texts, brands, [m.language for m in mentions], model=model)
        return list(zip(mentions, verdicts, strict=True))
    except ModelError:
        raise
    except Exception as fault:
        if len(mentions) == 1:
            put_aside(mentions[0], fault, stage="assess", now=now)
            return []
        half = len(mentions) // 2
        return _judge(mentions[:half], model, now) + _judge(mentions[half:], model, now)


def _keep(judged: Sequence[tuple[Mention, Verdict]], now: datetime) -> None:
    waiting = Mention.objects.filter(pk__in=[m.pk for m, _ in judged], assessed_at__isnull=True, dead=False)
    texts = dict(waiting.values_list("pk", "text"))
    fresh = [(mention, verdict) for mention, verdict in judged if texts.get(mention.pk) == mention.text]
    Assessment.objects.bulk_create(
        [_assessment(mention, verdict, now) for mention, verdict in fresh],
        update_conflicts=True,
        unique_fields=["mention", "model_hash"],
        update_fields=[*_ANSWERS, "cues", "is_corrected", "assessed_at"],
    )
    Mention.objects.filter(pk__in=[mention.pk for mention, _ in fresh]).update(assessed_at=now)


def _assessment(mention: Mention, verdict: Verdict, now: datetime) -> Assessment:
    columns = {name: getattr(verdict, name) for name in (*_ANSWERS, *_MODEL)}
    alarming = cues(swap(mention.text, terms_of(mention.brand)))
    return Assessment(mention=mention, cues=list(alarming), assessed_at=now, **columns)
