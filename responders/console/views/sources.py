"""How the sources are, for those who run them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from listeners.models import Source
from responders.console.desk import desk
from responders.console.filters import read_filter, served
from responders.console.networks import badge
from responders.console.roles import LEAD, OPS, AgentRequest, for_roles


@require_GET
@for_roles(LEAD, OPS)
def sources(request: AgentRequest) -> HttpResponse:
    """List the sources with their health, the troubled ones first."""
    agent, now = request.user, timezone.now()
    found = sorted(
        Source.objects.filter(brand__in=served(agent)),
        key=lambda source: (source.state == Source.State.ACTIVE, not source.last_error, source.slug),
    )
    context = {
        "rows": [(source, badge(source.network)) for source in found],
        "troubled": sum(bool(source.last_error) or source.state == Source.State.DISABLED for source in found),
        "desk": desk(read_filter(request.GET, agent), agent=agent, now=now) if agent.answers else None,
        "here": "sources",
        "now": now,
    }
    return render(request, "sources.html", context)
