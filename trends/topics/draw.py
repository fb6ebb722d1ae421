"""Draws a brand's map of topics anew; what was a topic before stays the same one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from scipy.optimize import linear_sum_assignment

from sentiment.vectors import version
from trends.elastic.changes import note_facts
from trends.models import Fact, Topic, TopicMap, Vector
from trends.topics.find import Found, Points, find, unit
from trends.topics.phrases import Read
from trends.topics.place import about_middles, middles_of, packed, place, plan_of, reads, unpacked

NEWEST = 5_000
"""From how many of the newest posts a map is drawn; what only older ones are about needs no name today."""
MOST = 30
"""Topics of a brand, and those that leads gave names to."""
FEWEST = 30
"""Posts of a brand before topics are looked for."""
_GROWTH = 0.2
_REST = timedelta(minutes=10)
_SAME = 0.6
"""From which cosine of their centres on a topic found now is one that was known."""
_SHARED_WORD = 0.2


@dataclass(frozen=True, slots=True)
class Sample:
    """A brand's newest posts, as a map is drawn from them."""

    facts: tuple[int, ...]
    topics: tuple[int | None, ...]
    languages: tuple[str, ...]
    authors: tuple[int, ...]
    posts: tuple[Read, ...]
    vectors: Points


def due(*, now: datetime) -> list[TopicMap]:
    """Return the maps that many posts came to since, or whose vectors another model made."""
    return [chart for chart in TopicMap.objects.order_by("pk") if _is_due(chart, now)]


def draw(chart: TopicMap, *, now: datetime) -> int:
    """Find the brand's topics and place its newest posts on them; returns how many.

    Nothing is locked while it thinks; if somebody else drew meanwhile, theirs stands.
    """
    if chart.version not in ("", version()):
        return _begin_again(chart)
    sample = _sample(chart.brand)
    few = len(sample.facts) < FEWEST
    middles = {} if few else middles_of(sample.vectors, sample.languages)
    points = about_middles(sample.vectors, sample.languages, middles)
    found = [] if few else find(sample.posts, points, authors=sample.authors, most=MOST)
    with transaction.atomic():
        mine = TopicMap.objects.select_for_update().get(pk=chart.pk)
        if mine.made_at != chart.made_at:
            return 0
        mine.middles, mine.version, mine.made_at = middles, version(), now
        mine.posts, mine.fresh = len(sample.facts), 0
        mine.save()
        names = _names(mine.brand)
        _renew(mine.brand, found, _centres(sample, points), now)
        renamed = [topic for topic, name in _names(mine.brand).items() if names.get(topic, name) != name]
        note_facts(Fact.objects.filter(topic__in=renamed), now=now)
        if chart.made_at is None and found:
            _place_all_again(mine.brand, sample)
        return 0 if few else _place(mine, sample, points, now)


def _names(brand: str) -> dict[int, str]:
    return dict(Topic.objects.filter(brand=brand).values_list("pk", "name"))


def write(topic_of: Mapping[int, int | None], *, now: datetime, **columns: object) -> None:
    """Set the topics of facts by their ids, in one statement a topic; it belongs into a transaction."""
    by_topic: defaultdict[int | None, list[int]] = defaultdict(list)
    for fact, topic in topic_of.items():
        by_topic[topic].append(fact)
    for topic, facts in by_topic.items():
        Fact.objects.filter(pk__in=facts).update(topic=topic, **columns)
    note_facts(Fact.objects.filter(pk__in=list(topic_of)), now=now)


def _is_due(chart: TopicMap, now: datetime) -> bool:
    if chart.version not in ("", version()):
        return True
    if chart.fresh < max(FEWEST, _GROWTH * chart.posts):
        return False
    return chart.made_at is None or chart.fresh >= chart.posts or chart.made_at <= now - _REST


def _begin_again(chart: TopicMap) -> int:
    """Have the vectors of another model made anew; the map is drawn when they are there."""
    with transaction.atomic():
        old = Vector.objects.filter(brand=chart.brand).exclude(version=version())
        TopicMap.objects.filter(pk=chart.pk).update(version="", middles={}, fresh=0, posts=0)
        return Fact.objects.filter(mention__vector__in=old).update(topic_at=None)


def _place_all_again(brand: str, sample: Sample) -> None:
    """Have a brand's posts that are not in the sample placed on its first map, too, as after an import."""
    older = Fact.objects.filter(brand=brand, topic=None, mention__isnull=False, topic_at__isnull=False)
    older.exclude(pk__in=sample.facts).update(topic_at=None)


def _sample(brand: str) -> Sample:
    newest = Vector.objects.filter(brand=brand, version=version(), mention__fact__isnull=False)
    rows = list(
        newest.order_by("-mention").values_list(
            "mention__fact__pk",
            "mention__fact__topic",
            "mention__fact__language",
            "mention__author",
            "mention__text",
            "values",
        )[:NEWEST]
    )
    facts, topics, languages, authors, texts, values = zip(*rows, strict=True) if rows else ((),) * 6
    vectors = np.array([unpacked(one) for one in values], dtype=np.float32)
    return Sample(facts, topics, languages, authors, tuple(reads(texts, languages, brand)), vectors)


def _centres(sample: Sample, points: Points) -> dict[int, Points]:
    """Return the middle of each topic's posts as they lie now."""
    of = np.array([topic or 0 for topic in sample.topics])
    return {topic: unit(points[of == topic].mean(axis=0)[None])[0] for topic in set(of.tolist()) - {0}}


def _renew(brand: str, found: Sequence[Found], centres: Mapping[int, Points], now: datetime) -> None:
    known = list(Topic.objects.select_for_update().filter(brand=brand).order_by("pk"))
    same = _same(known, found, centres)
    for at, one in enumerate(found):
        topic = same.get(at) or Topic(brand=brand, found_at=now)
        topic.faded_at = None
        _describe(topic, one)
    kept = {topic.pk for topic in same.values()} | {topic.merged_into_id for topic in known}
    gone = [topic.pk for topic in known if topic.pk not in kept and not topic.is_named]
    Topic.objects.filter(pk__in=gone, faded_at=None).update(faded_at=now)


def _same(known: Sequence[Topic], found: Sequence[Found], centres: Mapping[int, Points]) -> dict[int, Topic]:
    """Return which known topic each found one is, by their numbers in `found`; each at most once."""
    if not known or not found:
        return {}
    lay = [centres.get(topic.pk, unpacked(topic.centre)) for topic in known]
    before = np.array(lay, dtype=np.float32)
    alike = np.array([one.centre for one in found]) @ before.T
    for row, one in zip(alike, found, strict=True):
        words = set(one.stems)
        row += [_SHARED_WORD * any(tuple(stem) in words for stem in topic.stems) for topic in known]
    pairs = zip(*linear_sum_assignment(alike, maximize=True), strict=True)
    return {int(new): known[old] for new, old in pairs if alike[new, old] >= _SAME}


def _describe(topic: Topic, one: Found) -> None:
    """Write what a topic is about; it keeps its name as long as a word of the name is still its own."""
    keeps = topic.is_named or any(phrase in topic.name.split(" · ") for phrase in one.phrases[:6])
    if not topic.name or not keeps:
        topic.name = " · ".join(one.phrases[:3])[:80]
    topic.language, topic.phrases = one.language, list(one.phrases[:12])
    topic.stems, topic.centre = [list(stem) for stem in one.stems], packed(one.centre)
    topic.save()


def _place(chart: TopicMap, sample: Sample, points: Points, now: datetime) -> int:
    topics = Topic.objects.filter(brand=chart.brand, faded_at=None).order_by("pk")
    placed = place(sample.posts, points, plan_of(chart, list(topics)))
    now_of = dict(Fact.objects.filter(pk__in=sample.facts, topic_at__isnull=False).values_list("pk", "topic"))
    write(
        {
            fact: topic
            for fact, topic in zip(sample.facts, placed, strict=True)
            if fact in now_of and now_of[fact] != topic
        },
        now=now,
    )
    return len(placed)
