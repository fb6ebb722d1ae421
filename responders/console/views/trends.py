"""What people feel about a brand: over time, by network and by the hour of the week."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from responders.console.agreement import agreement
from responders.console.figure import Figure, sentiment_figure, sentiments
from responders.console.roles import LEAD, MARKETING, AgentRequest, for_roles
from responders.console.stretch import USUAL, Stretch
from responders.console.trend_tables import by_hour, by_network
from responders.console.trends_page import TrendsPage, around, read_page
from trends.agreement import agreement_by_week
from trends.numbers.ask import Answer, ask
from trends.numbers.database import newest_day


@require_GET
@for_roles(LEAD, MARKETING)
def trends(request: AgentRequest) -> HttpResponse:
    """Show a stretch as charts, with the table behind each."""
    now = timezone.now()
    page = read_page(request.GET, request.user, now=now)
    context = around(request, page, tab="trends", now=now)
    if page:
        scope = page.scope
        answer = ask(scope, now=now)
        context |= _shown(answer, page) if answer.numbers.slots else nothing(page, now)
        weeks = agreement_by_week(page.brand, since=scope.since, until=scope.until, zone=scope.zone)
        context["agreement"] = agreement(weeks)
    return render(request, "trends.html", context)


def nothing(page: TrendsPage, now: datetime) -> dict[str, Any]:
    """Return what an empty stretch shows: where the newest posts are, if there are any."""
    day, today = newest_day(page.scope, until=now), page.stretch.today
    newest = Stretch(min(page.stretch.length, USUAL), day, today) if day else None
    return {"newest": newest, "to_newest": page.over(newest)}


def _shown(answer: Answer, page: TrendsPage) -> dict[str, Any]:
    numbers, total = answer.numbers, answer.numbers.total
    networks = Figure(
        "shares",
        gettext("Networks compared"),
        gettext("Shares of each network's posts by sentiment."),
        by_network(numbers, page),
        sentiments(),
    )
    return {
        "lack": answer.lack,
        "total": total,
        "shares": {name: total.percent(name) for name in ("negative", "neutral", "positive")},
        "charts": [sentiment_figure(numbers, page), networks],
        "hours": by_hour(numbers, page),
    }
