"""The page of one case, and what keeps it up to date."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from responders import claims
from responders.access import case_for
from responders.console.filters import as_query, read_filter
from responders.console.outcome import show
from responders.console.pane import pane, pulse
from responders.console.roles import CARE, LEAD, AgentRequest, for_roles


@require_GET
@for_roles(CARE, LEAD)
def case(request: AgentRequest, case_id: int) -> HttpResponse:
    """Show a case."""
    return show(request, case_id)


@require_GET
@for_roles(CARE, LEAD)
def live(request: AgentRequest, case_id: int) -> HttpResponse:
    """Return what changed on a case's page since it was made; 204 where nothing did."""
    agent, now = request.user, timezone.now()
    found = case_for(agent, case_id)
    if pulse(found, claims.holder(case_id, now=now)) == request.GET.get("pulse"):
        return HttpResponse(status=204)
    context = pane(found, agent=agent, now=now)
    newest = request.GET.get("newest", "")
    context |= {
        "is_live": True,
        "query": as_query(read_filter(request.GET, agent), agent),
        "has_newer": newest.isdecimal() and int(newest) != found.latest_mention_id,
        "shown_newest": newest,
        "held_before": request.GET.get("holds") == "1",
    }
    return render(request, "case/live.html", context)
