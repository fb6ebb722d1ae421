"""Claiming, releasing and taking over a case."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from responders import claims
from responders.access import case_for
from responders.console.outcome import outcome
from responders.console.roles import CARE, LEAD, AgentRequest, for_roles
from responders.refusal import Refusal


@require_POST
@for_roles(CARE, LEAD)
def claim(request: AgentRequest, case_id: int) -> HttpResponse:
    """Hold a case, or hold it longer."""
    found = case_for(request.user, case_id)
    return outcome(request, case_id, claims.take(found.pk, agent=request.user, now=timezone.now()))


@require_POST
@for_roles(CARE, LEAD)
def keep(request: AgentRequest, case_id: int) -> HttpResponse:
    """Hold a case longer while somebody writes; says until when, in seconds since 1970."""
    found = case_for(request.user, case_id)
    held = claims.take(found.pk, agent=request.user, now=timezone.now())
    if isinstance(held, Refusal):
        return HttpResponse(str(held), status=422, content_type="text/plain")
    return HttpResponse(str(int(held.expires_at.timestamp())), content_type="text/plain")


@require_POST
@for_roles(CARE, LEAD)
def release(request: AgentRequest, case_id: int) -> HttpResponse:
    """Give a case back."""
    found = case_for(request.user, case_id)
    return outcome(request, case_id, claims.release(found.pk, agent=request.user, now=timezone.now()))


@require_POST
@for_roles(CARE, LEAD)
def take_over(request: AgentRequest, case_id: int) -> HttpResponse:
    """Hold a case that a colleague holds."""
    found = case_for(request.user, case_id)
    return outcome(request, case_id, claims.take_over(found.pk, agent=request.user, now=timezone.now()))
