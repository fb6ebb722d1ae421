"""What posts are about: the topics of a brand, what rises, and what leads change about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from responders.console.roles import LEAD, MARKETING, AgentRequest, for_roles
from responders.console.topic_rows import BAR_HEIGHT, riser_rows, topic_row
from responders.console.trends_page import TrendsPage, around, read_page
from responders.console.views.trends import nothing
from responders.refusal import Refusal
from trends.models import Topic, TopicMap
from trends.topics import acts
from trends.topics.draw import FEWEST
from trends.topics.pains import pains
from trends.topics.rising import HOUR, WEEK, rising


@require_GET
@for_roles(LEAD, MARKETING)
def topics(request: AgentRequest) -> HttpResponse:
    """List a brand's topics, what hurts most first, and what rises."""
    return _show(request)


@require_POST
@for_roles(LEAD)
def rename(request: AgentRequest, topic_id: int) -> HttpResponse:
    """Give a topic a name that stays."""
    topic, name = _topic_for(request, topic_id), request.POST.get("name", "")
    return _after(request, acts.rename(topic.pk, name, agent=request.user, now=timezone.now()))


@require_POST
@for_roles(LEAD)
def merge(request: AgentRequest, topic_id: int) -> HttpResponse:
    """Let a topic count for another one."""
    topic, wanted = _topic_for(request, topic_id), request.POST.get("into", "")
    into = _topic_for(
        request, int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0
    )
    return _after(request, acts.merge(topic.pk, into.pk, agent=request.user, now=timezone.now()))


@require_POST
@for_roles(LEAD)
def hide(request: AgentRequest, topic_id: int) -> HttpResponse:
    """Take a topic off the list, or put it back."""
    topic, hidden = _topic_for(request, topic_id), request.POST.get("hidden") == "1"
    return _after(request, acts.hide(topic.pk, hidden=hidden, agent=request.user, now=timezone.now()))


def _topic_for(request: AgentRequest, topic_id: int) -> Topic:
    topic = Topic.objects.filter(pk=topic_id).first()
    if topic is None or not request.user.serves(topic.brand):
        raise Http404
    return topic


def _after(request: AgentRequest, result: Topic | Refusal) -> HttpResponse:
    if isinstance(result, Refusal):
        return _show(request, refusal=result)
    page = read_page(request.GET, request.user, now=timezone.now())
    return redirect(reverse("topics") + (page.query if page else ""))


def _show(request: AgentRequest, *, refusal: Refusal | None = None) -> HttpResponse:
    now = timezone.now()
    page = read_page(request.GET, request.user, now=now)
    context = around(request, page, tab="topics", now=now) | {"refusal": refusal}
    if page:
        context |= _listed(page, now, hidden=request.GET.get("hidden") == "1")
    return render(request, "topics.html", context, status=422 if refusal else 200)


def _listed(page: TrendsPage, now: datetime, *, hidden: bool) -> dict[str, Any]:
    known = list(Topic.objects.filter(brand=page.brand, merged_into=None).order_by("name", "pk"))
    shown = [topic for topic in known if not topic.is_hidden]
    names = {topic.pk: topic for topic in shown}
    hour, week = (rising(page.brand, length=length, now=now) for length in (HOUR, WEEK))
    chart = TopicMap.objects.filter(brand=page.brand).first()
    rows = [topic_row(pain, page) for pain in pains(page.scope, hidden=hidden)]
    return {
        "rows": rows,
        "bar_height": BAR_HEIGHT,
        "others": shown,
        "hidden": hidden,
        "hidden_count": len(known) - len(shown),
        "hidden_query": page.with_more(hidden="1"),
        "hour": riser_rows(hour, names, page, since=(now - HOUR).astimezone(page.scope.zone).date()),
        "week": riser_rows(week, names, page, since=(now - WEEK).astimezone(page.scope.zone).date()),
        "rising": week,
        "is_drawn": bool(known),
        "lacking": max(FEWEST - (chart.posts + chart.fresh if chart else 0), 0),
    } | (nothing(page, now) if not rows else {})
