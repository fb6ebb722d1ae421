"""Posts as the trends count them, to read only."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.db.models.functions import Substr
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.views.decorators.http import require_GET

from config.brand_files import brand
from listeners.models import Mention
from responders.console.desk import desk, networks_of
from responders.console.filters import read_filter, served
from responders.console.networks import badge
from responders.console.posts_filter import Place, PostsFilter, read_place, read_posts_filter
from responders.console.roles import LEAD, MARKETING, AgentRequest, for_roles
from responders.console.trends_page import chosen_brand
from responders.models import Agent
from sentiment.models import Sentiment
from trends.models import Fact, Topic
from trends.phase import Phase

SIZE = 50
EXCERPT = 600


@require_GET
@for_roles(LEAD, MARKETING)
def posts(request: AgentRequest) -> HttpResponse:
    """List the posts of a brand, newest first: all, or those behind one number of the trends."""
    agent, now = request.user, timezone.now()
    slug, wanted = chosen_brand(request.GET.get("brand", ""), served(agent)), read_posts_filter(request.GET)
    context: dict[str, Any] = {
        "brands": [(name, brand(name).name, name == slug) for name in served(agent)],
        "desk": desk(read_filter(request.GET, agent), agent=agent, now=now) if agent.answers else None,
        "here": "posts",
        "now": now,
        "wanted": wanted,
        "sentiments": [(value, label, value == wanted.sentiment) for value, label in Sentiment.choices],
        "weekday": "" if wanted.weekday is None else WEEKDAYS[wanted.weekday],
    }
    if slug:
        context |= _listed(slug, wanted, read_place(request.GET.get("before", "")), agent)
    return render(request, "posts.html", context)


def _listed(slug: str, wanted: PostsFilter, before: Place | None, agent: Agent) -> dict[str, Any]:
    shown = list(_found(slug, wanted, brand(slug).zone, before)[: SIZE + 1])
    last = shown[SIZE - 1] if len(shown) > SIZE else None
    oldest = str(Place(last.posted_at, last.pk)) if last else ""
    return {
        "rows": [
            (fact, badge(fact.network), Sentiment(fact.sentiment).label, _is_secret(fact, agent))
            for fact in shown[:SIZE]
        ],
        "older": wanted.query(brand=slug, before=oldest) if oldest else "",
        "brand": brand(slug),
        "networks": networks_of((slug,), wanted.network),
        "topic": Topic.objects.filter(brand=slug, pk=wanted.topic).first() if wanted.topic else None,
        "phase": Phase(wanted.phase).label if wanted.phase else "",
    }


def _is_secret(fact: Fact, agent: Agent) -> bool:
    """Whether it is a private message, and the reader does not answer any."""
    return bool(fact.mention and fact.mention.kind == Mention.Kind.MESSAGE and not agent.answers)


def _found(slug: str, wanted: PostsFilter, zone: ZoneInfo, before: Place | None) -> QuerySet[Fact]:
    facts = Fact.objects.filter(brand=slug).alias(**wanted.clock(zone)).filter(wanted.conditions(zone))
    if before is not None:
        facts = facts.filter(before.conditions)
    excerpt = Substr("mention__text", 1, EXCERPT)
    facts = facts.select_related("mention__author", "mention__case_mention").defer("mention__text")
    return facts.annotate(excerpt=excerpt).order_by("-posted_at", "-pk")
