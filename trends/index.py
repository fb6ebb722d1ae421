"""The last stage: writes one fact for each routed mention, again whenever something about it changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from listeners.models import Mention
from responders.models import CaseMention
from sentiment.models import Assessment
from trends.elastic.changes import note
from trends.elastic.mapping import Kind
from trends.models import Fact, Vector
from trends.phase import phase_of

COLUMNS = [
    "brand",
    "network",
    "language",
    "posted_at",
    "sentiment",
    "urgency",
    "angry",
    "intent",
    "reach",
    "phase",
    "topic_at",
]
"""What is written again; the topic is not, so that nothing lacks one until `topics` has looked again."""


def index(*, now: datetime, size: int = 500) -> int:
    """Write the facts of up to `size` mentions that lack them; returns how many mentions were handled."""
    with transaction.atomic():
        mentions = list(_waiting()[:size])
        facts = [fact for mention in mentions if (fact := _fact(mention)) is not None]
        Fact.objects.bulk_create(
            facts, update_conflicts=True, unique_fields=["mention"], update_fields=COLUMNS
        )
        _forget_deleted(mentions)
        keys = [mention.pk for mention in mentions]
        Mention.objects.filter(pk__in=keys).update(indexed_at=now)
        _note_for_copy(keys, now)
    return len(mentions)


def _note_for_copy(keys: Sequence[int], now: datetime) -> None:
    note(Kind.MENTION, keys, now=now)
    cases = CaseMention.objects.filter(mention__in=keys).values_list("case", flat=True)
    note(Kind.CASE, set(cases), now=now)


def _waiting() -> QuerySet[Mention]:
    newest = Prefetch("assessments", Assessment.objects.order_by("-pk"), to_attr="newest_first")
    return (
        Mention.objects.filter(routed_at__isnull=False, indexed_at__isnull=True, dead=False)
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .select_related("author")
        .prefetch_related(newest)
        .order_by("pk")
    )


def _fact(mention: Mention) -> Fact | None:
    """Return the fact of a mention; None for own posts and deleted ones, which are not opinions."""
    assessments: Sequence[Assessment] = mention.newest_first  # type: ignore[attr-defined]
    if not assessments or mention.deleted_at:
        return None
    newest = assessments[0]
    return Fact(
        mention=mention,
        brand=mention.brand,
        network=mention.network,
        language=newest.language,
        posted_at=mention.posted_at,
        sentiment=newest.sentiment,
        urgency=newest.urgency,
        angry=newest.angry,
        intent=newest.intent,
        reach=mention.author.followers or 0,
        phase=phase_of(mention.text, intent=newest.intent),
    )


def _forget_deleted(mentions: Sequence[Mention]) -> None:
    gone = [mention.pk for mention in mentions if mention.deleted_at]
    if gone:
        Fact.objects.filter(mention__in=gone).delete()
        Vector.objects.filter(mention__in=gone).delete()
