"""What hurts most: a brand's topics by how many speak of them, how angry and how far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import log10
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber, Substr, TruncDate

from listeners.models import Mention
from trends.models import Fact, Topic
from trends.numbers.scope import Scope

EXAMPLES, EXCERPT = 2, 240


@dataclass(frozen=True, slots=True)
class Pain:
    """One topic in a stretch of time; `before` counts the posts of the stretch before of the same length."""

    topic: Topic
    count: int
    before: int
    negative: int
    angry: int
    reach: int
    days: tuple[tuple[date, int], ...]
    examples: tuple[Fact, ...]

    @property
    def score(self) -> float:
        """Volume x anger x reach: posts x the mean share of negative and angry ones x reach's digits."""
        return (self.negative + self.angry) / 2 * log10(10 + self.reach)

    @property
    def negative_share(self) -> int:
        """Percent of its posts."""
        return round(100 * self.negative / self.count)

    @property
    def angry_share(self) -> int:
        """Percent of its posts."""
        return round(100 * self.angry / self.count)

    @property
    def growth(self) -> int | None:
        """Percent more than before, None where there was nothing before."""
        return round(100 * (self.count - self.before) / self.before) if self.before else None

    @property
    def fall(self) -> int:
        """Percent fewer than before, 0 where they are not."""
        return max(-(self.growth or 0), 0)


def pains(scope: Scope, *, hidden: bool = False) -> list[Pain]:
    """Return the topics that the posts of a scope are about, what hurts most first; or the hidden ones."""
    since, until, zone = scope.since, scope.until, scope.zone
    length = until - since
    facts = Fact.objects.filter(brand=scope.brand, topic__is_hidden=hidden, posted_at__lt=until)
    if scope.network:
        facts = facts.filter(network=scope.network)
    within = facts.filter(posted_at__gte=since)
    now = Q(posted_at__gte=since)
    counted = (
        facts.filter(posted_at__gte=since - length)
        .values("topic")
        .annotate(
            count=Count("pk", filter=now),
            before=Count("pk", filter=~now),
            negative=Count("pk", filter=now & Q(sentiment="negative")),
            angry=Count("pk", filter=now & Q(angry=True)),
            reach=Sum("reach", filter=now),
        )
    )
    rows = {row["topic"]: row for row in counted if row["count"]}
    topics = Topic.objects.in_bulk(list(rows))
    days, examples = _days(within, since, until, zone), _examples(within)
    found = [
        Pain(
            topics[pk],
            row["count"],
            row["before"],
            row["negative"],
            row["angry"],
            row["reach"] or 0,
            tuple(days[pk]),
            tuple(examples.get(pk, ())),
        )
        for pk, row in rows.items()
    ]
    return sorted(found, key=lambda pain: (-pain.score, -pain.count, pain.topic.name))


def _days(
    facts: QuerySet[Fact], since: datetime, until: datetime, zone: ZoneInfo
) -> Mapping[int, Sequence[tuple[date, int]]]:
    """Return each topic's posts a day, days without any too."""
    counted: defaultdict[int, dict[date, int]] = defaultdict(dict)
    by_day = facts.annotate(day=TruncDate("posted_at", tzinfo=zone)).values_list("topic", "day")
    for topic, day, count in by_day.annotate(Count("pk")):
        counted[topic][day] = count
    first, last = since.astimezone(zone).date(), (until - timedelta(microseconds=1)).astimezone(zone).date()
    all_days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return {topic: [(day, days.get(day, 0)) for day in all_days] for topic, days in counted.items()}


def _examples(facts: QuerySet[Fact]) -> Mapping[int, Sequence[Fact]]:
    """Return each topic's posts that say most: angry before negative ones, those that reach further first.

    Private messages are none of them, since marketing reads them.
    """
    order = (F("angry").desc(), F("urgency").desc(), F("reach").desc(), F("pk").desc())
    shown = facts.filter(mention__deleted_at=None, mention__isnull=False)
    placed = shown.exclude(mention__kind=Mention.Kind.MESSAGE).annotate(
        place=Window(RowNumber(), partition_by=F("topic"), order_by=order)
    )
    # Texts are read of the chosen ones alone, not of all posts of the stretch.
    chosen = placed.filter(place__lte=EXAMPLES).values_list("pk", flat=True)
    posts = Fact.objects.filter(pk__in=list(chosen)).annotate(excerpt=Substr("mention__text", 1, EXCERPT))
    found: defaultdict[int, list[Fact]] = defaultdict(list)
    for fact in posts.order_by("topic", *order):
        if fact.topic_id is not None:
            found[fact.topic_id].append(fact)
    return found
