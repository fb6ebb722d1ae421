"""The topics stage: each fact gets a vector and a topic, and maps that are out of date are drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from sentiment.vectors import vectors, version
from trends.models import Fact, Topic, TopicMap, Vector
from trends.phase import Phase, phase_of
from trends.topics.draw import draw, due, write
from trends.topics.find import Points
from trends.topics.place import about_middles, packed, place, plan_of, reads


def topics(*, now: datetime, size: int = 500) -> int:
    """Place up to `size` facts that lack a topic, or draw maps anew; returns how many facts were handled."""
    with transaction.atomic():
        facts = list(_waiting()[:size])
        by_brand: defaultdict[str, list[Fact]] = defaultdict(list)
        for fact in facts:
            by_brand[fact.brand].append(fact)
        for brand in sorted(by_brand):
            _settle(brand, by_brand[brand], now)
    return len(facts) or sum(draw(chart, now=now) for chart in due(now=now))


def _waiting() -> QuerySet[Fact]:
    waiting = Fact.objects.filter(topic_at__isnull=True, mention__isnull=False)
    waiting = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("mention")
    return waiting.order_by("pk")


def _settle(brand: str, facts: Sequence[Fact], now: datetime) -> None:
    texts = [fact.mention.text if fact.mention else "" for fact in facts]
    _tell_phases(facts, texts)
    points = vectors(texts)
    _keep(brand, facts, points)
    chart, _ = TopicMap.objects.get_or_create(brand=brand)
    write(_topics_of(chart, facts, texts, points), now=now, topic_at=now)
    TopicMap.objects.filter(pk=chart.pk).update(fresh=F("fresh") + len(facts))


def _tell_phases(facts: Sequence[Fact], texts: Sequence[str]) -> None:
    """Give facts from before there were phases theirs: else all of today's phases would seem to rise."""
    lack = [(fact, text) for fact, text in zip(facts, texts, strict=True) if fact.phase == Phase.UNKNOWN]
    for fact, text in lack:
        fact.phase = phase_of(text, intent=fact.intent)
    Fact.objects.bulk_update([fact for fact, _ in lack if fact.phase != Phase.UNKNOWN], ["phase"])


def _topics_of(
    chart: TopicMap, facts: Sequence[Fact], texts: Sequence[str], points: Points
) -> dict[int, int | None]:
    """Return the facts' topics; while another model's vectors are made they keep those that they have."""
    if chart.made_at and not chart.version:
        return {fact.pk: fact.topic_id for fact in facts}
    known = list(Topic.objects.filter(brand=chart.brand, faded_at=None).order_by("pk"))
    languages = [fact.language for fact in facts]
    about = about_middles(points, languages, chart.middles)
    found = place(reads(texts, languages, chart.brand), about, plan_of(chart, known))
    return {fact.pk: topic for fact, topic in zip(facts, found, strict=True)}


def _keep(brand: str, facts: Sequence[Fact], points: Points) -> None:
    """Keep the vectors of mentions that still have a text, and none of one that lost its words."""
    wordless = [fact.mention_id for fact, point in zip(facts, points, strict=True) if not point.any()]
    Vector.objects.filter(mention__in=wordless).delete()
    Vector.objects.bulk_create(
        [
            Vector(mention=fact.mention, brand=brand, values=packed(point), version=version())
            for fact, point in zip(facts, points, strict=True)
            if fact.mention and not fact.mention.deleted_at and point.any()
        ],
        update_conflicts=True,
        unique_fields=["mention"],
        update_fields=["brand", "values", "version"],
    )
