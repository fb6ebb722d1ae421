"""How the sources are, for those who run them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from listeners.models import Source
from responders.console import words
from responders.console.desk import desk
from responders.console.filters import read_filter, served
from responders.console.networks import badge
from responders.console.roles import LEAD, OPS, AgentRequest, for_roles

MEASURED = 50


@dataclass(frozen=True, slots=True)
class Delay:
    """The time from a post's being written to its being seen: the middle one, and the 95th of 100."""

    half: str
    most: str


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
        "rows": [(source, badge(source.network), delay(source)) for source in found],
        "troubled": sum(bool(source.last_error) or source.state == Source.State.DISABLED for source in found),
        "desk": desk(read_filter(request.GET, agent), agent=agent, now=now) if agent.answers else None,
        "here": "sources",
        "now": now,
    }
    return render(request, "sources.html", context)


def delay(source: Source) -> Delay | None:
    """Measure how long the newest posts took from the network to here; those of a back-fill do not count."""
    posts = source.mentions.filter(is_backfill=False).order_by("-posted_at")
    took = sorted(seen - posted for posted, seen in posts.values_list("posted_at", "seen_at")[:MEASURED])
    if not took:
        return None
    return Delay(words.span(took[len(took) // 2]), words.span(took[len(took) * 95 // 100]))
