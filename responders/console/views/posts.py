"""Posts as the trends count them, to read only."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Substr
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from config.brand_files import brand
from responders.console.desk import desk
from responders.console.filters import read_filter, served
from responders.console.networks import badge
from responders.console.roles import LEAD, MARKETING, AgentRequest, for_roles
from sentiment.models import Sentiment
from trends.models import Fact

SIZE = 50
EXCERPT = 600


@require_GET
@for_roles(LEAD, MARKETING)
def posts(request: AgentRequest) -> HttpResponse:
    """List the posts of a brand, newest first: of one day, of one sentiment, or all."""
    agent, now, wanted = request.user, timezone.now(), request.GET
    slug = chosen_brand(wanted.get("brand", ""), served(agent))
    day, sentiment = _day(wanted.get("day", "")), wanted.get("sentiment", "")
    found = _found(slug, day, sentiment if sentiment in Sentiment.values else "", wanted.get("before", ""))
    shown = list(found[: SIZE + 1]) if slug else []
    context = {
        "rows": [(fact, badge(fact.network), Sentiment(fact.sentiment).label) for fact in shown[:SIZE]],
        "before": f"{shown[SIZE - 1].posted_at.timestamp():.6f}" if len(shown) > SIZE else "",
        "brand": brand(slug) if slug else None,
        "brands": [(name, brand(name).name, name == slug) for name in served(agent)],
        "day": day,
        "sentiments": [(value, label, value == sentiment) for value, label in Sentiment.choices],
        "sentiment": sentiment,
        "desk": desk(read_filter(request.GET, agent), agent=agent, now=now) if agent.answers else None,
        "here": "posts",
        "now": now,
    }
    return render(request, "posts.html", context)


def chosen_brand(wanted: str, brands: tuple[str, ...]) -> str:
    """Return the wanted brand where it may be seen, else the first one."""
    return wanted if wanted in brands else next(iter(brands), "")


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _found(slug: str, day: date | None, sentiment: str, before: str) -> QuerySet[Fact]:
    facts = Fact.objects.filter(brand=slug).select_related("mention__author", "mention__case_mention")
    if day is not None:
        start = datetime.combine(day, time.min, tzinfo=brand(slug).zone)
        end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=brand(slug).zone)
        facts = facts.filter(posted_at__gte=start, posted_at__lt=end)
    if sentiment:
        facts = facts.filter(sentiment=sentiment)
    if (older_than := _moment(before)) is not None:
        facts = facts.filter(posted_at__lt=older_than)
    excerpt = Substr("mention__text", 1, EXCERPT)
    return facts.defer("mention__text").annotate(excerpt=excerpt).order_by("-posted_at", "-pk")


def _moment(seconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
