"""The queue: a list of cases, and what changed in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from responders.console.desk import desk
from responders.console.filters import as_query, read_filter
from responders.console.lines import lines_of
from responders.console.listing import around, list_of
from responders.console.roles import CARE, HOMES, LEAD, AgentRequest, for_roles
from responders.console.rows import Row, row_of
from responders.models import Agent, Case
from responders.queue import changes, rows


@dataclass(frozen=True, slots=True)
class Shown:
    """A row that changed, whether the list and its first page hold it, and the state that it is in now."""

    row: Row
    is_listed: bool
    is_near: bool
    state: str


@require_GET
@for_roles(*Agent.Role)
def queue(request: AgentRequest) -> HttpResponse:
    """Show a list; a request for a following page (`after`) gets its rows only."""
    agent, now = request.user, timezone.now()
    if not agent.answers:
        return redirect(HOMES[Agent.Role(agent.role)])
    wanted = read_filter(request.GET, agent)
    if request.htmx and request.GET.get("after"):
        return render(request, "queue/rows.html", list_of(request.GET, wanted, agent=agent, now=now))
    return render(request, "queue/page.html", around(request.GET, wanted, agent=agent, now=now))


@require_GET
@for_roles(CARE, LEAD)
def changed(request: AgentRequest) -> HttpResponse:
    """Return rows that changed since the page last asked; 204 where none did."""
    agent, now = request.user, timezone.now()
    wanted = read_filter(request.GET, agent)
    since, seen = _since(request.GET.get("since", ""), now), request.GET.get("seen", "")
    upto = request.GET.get("upto", "")
    found = changes(wanted, agent=agent, since=since, seen=seen, upto=upto, now=now)
    if found is None:
        return HttpResponse(status=204)
    shown = [
        Shown(
            row=row_of(case, agent=agent, now=now),
            is_listed=case.pk in found.listed,
            is_near=case.pk in found.near,
            state="" if case.state == Case.State.OPEN else str(case.get_state_display()),
        )
        for case in rows(found.changed)
    ]
    return render(
        request,
        "queue/changes.html",
        {
            "wanted": wanted,
            "query": as_query(wanted, agent),
            "changed": shown,
            "lines": lines_of(wanted, agent=agent, now=now),
            "upto": upto,
            "desk": desk(wanted, agent=agent, now=now),
            "since": f"{found.until.timestamp():.6f}",
            "seen": found.fingerprint,
        },
    )


def _since(text: str, now: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return now
