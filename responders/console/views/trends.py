"""What people feel about a brand, day by day."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from config.brand_files import brand
from responders.console.agreement import agreement
from responders.console.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, stacked
from responders.console.desk import desk
from responders.console.filters import read_filter, served
from responders.console.roles import LEAD, MARKETING, AgentRequest, for_roles
from responders.console.stretch import LENGTHS, Stretch, read_stretch
from responders.console.views.posts import chosen_brand
from trends.agreement import agreement_by_week
from trends.charts import Day, newest_day, sentiment_by_day

BOX = {
    "width": WIDTH,
    "height": HEIGHT,
    "left": LEFT,
    "right": WIDTH - RIGHT,
    "top": TOP,
    "floor": HEIGHT - BOTTOM,
}


@require_GET
@for_roles(LEAD, MARKETING)
def trends(request: AgentRequest) -> HttpResponse:
    """Show the sentiment of a stretch of days as a stacked area, with the table behind it."""
    agent, now = request.user, timezone.now()
    slug = chosen_brand(request.GET.get("brand", ""), served(agent))
    context: dict[str, object] = {
        "brands": [(name, brand(name).name, name == slug) for name in served(agent)],
        "desk": desk(read_filter(request.GET, agent), agent=agent, now=now) if agent.answers else None,
        "here": "trends",
        "now": now,
    }
    if slug:
        stretch = read_stretch(request.GET, today=now.astimezone(brand(slug).zone).date())
        context |= _shown(slug, stretch, now)
    return render(request, "trends.html", context)


def _shown(slug: str, stretch: Stretch, now: datetime) -> dict[str, object]:
    zone = brand(slug).zone
    since, until = stretch.bounds(zone)
    days = sentiment_by_day(slug, since=since, until=until, zone=zone)
    total = sum(day.total for day in days)
    weeks = agreement_by_week(slug, since=since, until=until, zone=zone)
    return {
        "agreement": agreement(weeks),
        "brand": brand(slug),
        "stretch": stretch,
        "lengths": [(length, length == stretch.length) for length in LENGTHS],
        "days": days,
        "chart": stacked(days) if total else None,
        "newest": None if total else newest_day(slug, until=now, zone=zone),
        "box": BOX,
        "total": total,
        "shares": _shares(days, total),
    }


def _shares(days: list[Day], total: int) -> dict[str, int]:
    counted = {
        name: sum(getattr(day, name) for day in days)
        for name in ("negative", "neutral", "positive", "urgent")
    }
    shares = {f"{name}_share": round(100 * count / total) if total else 0 for name, count in counted.items()}
    return counted | shares
