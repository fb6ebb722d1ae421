"""The course of a case: resolve, reopen, snooze, hand over, note."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from config.brand_files import brand
from responders import cases
from responders.access import case_for
from responders.console.outcome import outcome
from responders.console.pane import EVENING
from responders.console.roles import CARE, LEAD, AgentRequest, for_roles
from responders.models import Agent, Case
from responders.refusal import Refusal


@require_POST
@for_roles(CARE, LEAD)
def resolve(request: AgentRequest, case_id: int) -> HttpResponse:
    """Close a case."""
    found = case_for(request.user, case_id)
    return outcome(request, case_id, cases.resolve(found.pk, agent=request.user, now=timezone.now()))


@require_POST
@for_roles(CARE, LEAD)
def reopen(request: AgentRequest, case_id: int) -> HttpResponse:
    """Open a case again."""
    found = case_for(request.user, case_id)
    return outcome(request, case_id, cases.reopen(found.pk, agent=request.user, now=timezone.now()))


@require_POST
@for_roles(CARE, LEAD)
def snooze(request: AgentRequest, case_id: int) -> HttpResponse:
    """Put a case aside until a time."""
    found, now = case_for(request.user, case_id), timezone.now()
    until = moment_of(request.POST, found, now)
    return outcome(request, case_id, cases.snooze(found.pk, until=until, agent=request.user, now=now))


def moment_of(form: QueryDict, case: Case, now: datetime) -> datetime:
    """Read until when: "hour", "evening", "tomorrow", "monday", or a local date and time."""
    wanted, zone = form.get("until", ""), brand(case.brand).zone
    local = now.astimezone(zone)
    days = {"evening": 0, "tomorrow": 1, "monday": 7 - local.weekday()}
    if wanted == "hour":
        return now + timedelta(hours=1)
    if wanted in days:
        clock = time(EVENING) if wanted == "evening" else time(9)
        return datetime.combine(local.date() + timedelta(days=days[wanted]), clock, tzinfo=zone)
    try:
        own = parse_datetime(form.get("at", ""))
    except ValueError:
        own = None
    if own is None:
        return now
    return own if own.tzinfo else own.replace(tzinfo=zone)


@require_POST
@for_roles(CARE, LEAD)
def assign(request: AgentRequest, case_id: int) -> HttpResponse:
    """Hand a case to a colleague, or to nobody."""
    found, wanted = case_for(request.user, case_id), request.POST.get("to", "")
    to = get_object_or_404(Agent, pk=wanted) if wanted.isdecimal() else None
    result = cases.assign(found.pk, to=to, agent=request.user, now=timezone.now())
    return outcome(request, case_id, result)


@require_POST
@for_roles(CARE, LEAD)
def note(request: AgentRequest, case_id: int) -> HttpResponse:
    """Write something for the team."""
    found, text = case_for(request.user, case_id), request.POST.get("text", "")
    result = cases.add_note(found.pk, text=text, agent=request.user, now=timezone.now())
    return outcome(request, case_id, result, note_text=text if isinstance(result, Refusal) else "")
