"""What a brand's week brought: the numbers of the weekly digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django_stubs_ext import StrOrPromise

from config.brand import Brand
from config.brand_files import brand
from listeners.models import Mention
from responders.models import Case, Offer
from responders.sla import deadline
from responders.waiting import counted_from, promised
from sentiment.models import Intent
from trends.models import Incident
from trends.numbers.database import count, facts_of
from trends.numbers.scope import Scope
from trends.numbers.tally import Tally
from trends.topics.pains import pains

WEEK = timedelta(days=7)
MOST = 5
"""Pain points and incidents that are named."""


@dataclass(frozen=True, slots=True)
class Answers:
    """How fast the cases opened in the week got their first answer, and how many in the promised time."""

    half: timedelta | None
    most: timedelta | None
    """The middle and the 95th of 100 times to the first answer; None where nothing was answered."""
    kept: int
    due: int
    """How many were answered, or should have been before they were closed, by the end of the week."""


@dataclass(frozen=True, slots=True)
class PainPoint:
    """What negative posts are about, and how many of them are angry."""

    name: StrOrPromise
    posts: int
    angry: int


@dataclass(frozen=True, slots=True)
class Week:
    """One week of a brand, up to `until`; money in the brand's currency."""

    brand: Brand
    since: datetime
    until: datetime
    posts: Tally
    before: Tally
    """The posts of the week before."""
    pains: tuple[PainPoint, ...]
    """The topics that hurt most; before there are any, what negative posts intend."""
    answers: Answers
    recovered: int
    angry: int
    """Cases closed in which somebody was angry, and how many of them end on a positive post."""
    spent: Decimal
    offers: int
    incidents: tuple[Incident, ...]


def week_of(slug: str, *, until: datetime) -> Week:
    """Count the seven days before `until`, by the brand's clock, so that weeks meet when clocks change."""
    about = brand(slug)
    since = until.astimezone(about.zone) - WEEK
    scope = Scope(slug, since, until, about.zone)
    angry, recovered = _recovery(slug, since, until)
    spent, offers = _goodwill(slug, since, until)
    return Week(
        brand=about,
        since=since,
        until=until,
        posts=count(scope).total,
        before=count(Scope(slug, since - WEEK, since, about.zone)).total,
        pains=tuple(_pain_points(scope)),
        answers=_answers(about, since, until),
        recovered=recovered,
        angry=angry,
        spent=spent,
        offers=offers,
        incidents=tuple(_incidents(slug, since, until)[:MOST]),
    )


def _pain_points(scope: Scope) -> Iterator[PainPoint]:
    topics = [pain for pain in pains(scope) if pain.negative][:MOST]
    yield from (PainPoint(pain.topic.name, pain.negative, pain.angry) for pain in topics)
    if not topics:
        facts = facts_of(scope).filter(sentiment="negative").values_list("intent")
        counted = facts.annotate(n=Count("pk"), angry=Count("pk", filter=Q(angry=True)))
        for intent, posts, angry in counted.order_by("-n", "intent")[:MOST]:
            yield PainPoint(Intent(intent).label, posts, angry)


def _answers(about: Brand, since: datetime, until: datetime) -> Answers:
    opened = Case.objects.filter(brand=about.slug, opened_at__gte=since, opened_at__lt=until)
    opened = opened.filter(hidden=Case.Hidden.NO)
    first = Mention.objects.filter(case_mention__case=OuterRef("pk")).order_by("posted_at", "pk").values("pk")
    rows = list(
        opened.annotate(first=Subquery(first[:1])).values_list(
            "first", "level", "first_replied_at", "resolved_at"
        )
    )
    rows = [row for row in rows if row[0] is not None]
    mentions = Mention.objects.only("posted_at", "seen_at").in_bulk([row[0] for row in rows])
    times, kept, due = [], 0, 0
    for mention, level, replied_at, closed_at in rows:
        start = counted_from(mentions[mention])
        due_at = deadline(about, start=start, minutes=promised(about, level)).due_at
        if replied_at is not None and replied_at < until:
            times.append(max(replied_at - start, timedelta(0)))
            kept += replied_at <= due_at
        due += (replied_at is not None and replied_at < until) or due_at < min(until, closed_at or until)
    times.sort()
    half, most = (times[len(times) // 2], times[len(times) * 95 // 100]) if times else (None, None)
    return Answers(half, most, kept, due)


def _recovery(slug: str, since: datetime, until: datetime) -> tuple[int, int]:
    closed = Case.objects.filter(brand=slug, resolved_at__gte=since, resolved_at__lt=until)
    angry = closed.filter(case_mentions__mention__fact__angry=True).distinct()
    return angry.count(), angry.filter(latest_mention__fact__sentiment="positive").count()


def _goodwill(slug: str, since: datetime, until: datetime) -> tuple[Decimal, int]:
    granted = Offer.objects.filter(case__brand=slug, state=Offer.State.GRANTED)
    granted = granted.annotate(at=Coalesce("decided_at", "offered_at")).filter(at__gte=since, at__lt=until)
    sums = granted.aggregate(spent=Sum("value", default=Decimal(0)), offers=Count("pk"))
    return sums["spent"], sums["offers"]


def _incidents(slug: str, since: datetime, until: datetime) -> QuerySet[Incident]:
    found = Incident.objects.filter(brand=slug, is_none=False, began_at__lt=until)
    return found.filter(Q(closed_at=None) | Q(ended_at__gte=since)).order_by("-count")
