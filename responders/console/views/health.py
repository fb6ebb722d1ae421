"""How this Kulanz is, for those who run it and need no other program to see it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from config.health import look
from responders.console.roles import LEAD, OPS, AgentRequest, for_roles
from responders.console.views.sources import frame


@require_GET
@for_roles(LEAD, OPS)
def health(request: AgentRequest) -> HttpResponse:
    """Show each part in one line, and how many are not well."""
    found = look(now=timezone.now())
    unwell = sum(not finding.ok for finding in found)
    context = frame(request, findings=found, unwell=unwell) | {"here": "health"}
    return render(request, "health.html", context)
