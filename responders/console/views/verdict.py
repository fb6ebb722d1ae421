"""Correcting the model."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from responders.access import case_for
from responders.console.outcome import outcome
from responders.console.roles import CARE, LEAD, AgentRequest, for_roles
from responders.reweigh import reweigh
from sentiment.correct import correct
from sentiment.models import Assessment


@require_POST
@for_roles(CARE, LEAD)
def correct_head(request: AgentRequest, case_id: int) -> HttpResponse:
    """Say what one answer of the model should have been."""
    found, form = case_for(request.user, case_id), request.POST
    assessment = get_object_or_404(Assessment, pk=form.get("assessment"), mention__case_mention__case=found)
    now = timezone.now()
    correct(
        assessment.pk,
        agent=request.user,
        head=form.get("head", ""),
        value=form.get("value", ""),
        now=now,
    )
    reweigh(case_id, now=now)
    return outcome(request, case_id, None)
