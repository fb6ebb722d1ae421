"""What people feel about a brand, day by day."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from config.brand_files import brand
from responders.console.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, stacked
from responders.console.desk import desk
from responders.console.filters import read_filter, served
from responders.console.roles import LEAD, MARKETING, AgentRequest, for_roles
from responders.console.views.posts import chosen_brand
from trends.charts import Day, sentiment_by_day

LENGTHS = (7, 28, 90)
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
    """Show the sentiment of the last days as a stacked area, with the table behind it."""
    agent, now = request.user, timezone.now()
    slug = chosen_brand(request.GET.get("brand", ""), served(agent))
    length = next((days for days in LENGTHS if str(days) == request.GET.get("days")), 28)
    days = _days(slug, length, now) if slug else []
    total = sum(day.total for day in days)
    context = {
        "brand": brand(slug) if slug else None,
        "brands": [(name, brand(name).name, name == slug) for name in served(agent)],
        "lengths": [(days, days == length) for days in LENGTHS],
        "length": length,
        "days": days,
        "chart": stacked(days) if total else None,
        "box": BOX,
        "total": total,
        "shares": _shares(days, total),
        "desk": desk(read_filter(request.GET, agent), agent=agent, now=now) if agent.answers else None,
        "here": "trends",
        "now": now,
    }
    return render(request, "trends.html", context)


def _days(slug: str, length: int, now: datetime) -> list[Day]:
    zone = brand(slug).zone
    today = now.astimezone(zone).date()
    since = datetime.combine(today - timedelta(days=length - 1), time.min, tzinfo=zone)
    until = datetime.combine(today + timedelta(days=1), time.min, tzinfo=zone)
    return sentiment_by_day(slug, since=since, until=until, zone=zone)


def _shares(days: list[Day], total: int) -> dict[str, int]:
    counted = {
        name: sum(getattr(day, name) for day in days)
        for name in ("negative", "neutral", "positive", "urgent")
    }
    shares = {f"{name}_share": round(100 * count / total) if total else 0 for name, count in counted.items()}
    return counted | shares
