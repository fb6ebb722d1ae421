"""Sudden rises of negative or urgent posts: their list, and the page of each."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from responders.console.desk import desk
from responders.console.filters import read_filter, served
from responders.console.incidents import cases_of, chart_of, examples_of, overlapping, shown
from responders.console.roles import CARE, LEAD, MARKETING, AgentRequest, for_roles
from responders.console.trends_page import around, read_page
from responders.models import Agent
from responders.refusal import Refusal
from trends.models import Incident
from trends.spikes import acts


@require_GET
@for_roles(LEAD, MARKETING)
def incidents(request: AgentRequest) -> HttpResponse:
    """List the incidents of a stretch."""
    now = timezone.now()
    page = read_page(request.GET, request.user, now=now)
    context = around(request, page, tab="incidents", now=now)
    if page:
        context["incidents"] = overlapping(page.scope, now=now)
    return render(request, "incidents.html", context)


@require_GET
@for_roles(CARE, LEAD, MARKETING)
def incident(request: AgentRequest, incident_id: int) -> HttpResponse:
    """Show an incident: how much, since when, its course, examples, and the cases behind it."""
    return _show(request, _incident_for(request.user, incident_id))


@require_POST
@for_roles(CARE, LEAD)
def end(request: AgentRequest, incident_id: int) -> HttpResponse:
    """End an incident by hand."""
    found = _incident_for(request.user, incident_id)
    return _after(request, acts.end_by_hand(found.pk, agent=request.user, now=timezone.now()), found)


@require_POST
@for_roles(CARE, LEAD)
def dismiss(request: AgentRequest, incident_id: int) -> HttpResponse:
    """Say that it is no incident."""
    found = _incident_for(request.user, incident_id)
    return _after(request, acts.dismiss(found.pk, agent=request.user, now=timezone.now()), found)


def _incident_for(agent: Agent, incident_id: int) -> Incident:
    found = Incident.objects.select_related("closed_by").filter(pk=incident_id).first()
    if found is None or found.brand not in served(agent):
        raise Http404
    return found


def _after(request: AgentRequest, result: Incident | Refusal, found: Incident) -> HttpResponse:
    if isinstance(result, Refusal):
        return _show(request, found, refusal=result)
    return redirect("incident", found.pk)


def _show(request: AgentRequest, found: Incident, *, refusal: Refusal | None = None) -> HttpResponse:
    agent, now = request.user, timezone.now()
    number, cases = cases_of(found, agent, now=now) if agent.answers else (0, [])
    context = {
        "desk": desk(read_filter(request.GET, agent), agent=agent, now=now) if agent.answers else None,
        "here": "trends",
        "now": now,
        "shown": shown(found),
        "incident": found,
        "chart": chart_of(found, now=now),
        "examples": examples_of(found),
        "cases": cases,
        "case_count": number,
        "refusal": refusal,
    }
    return render(request, "incident.html", context, status=422 if refusal else 200)
