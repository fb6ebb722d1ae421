"""What a person sees after an act: the case as it is now, and the reason where it was refused."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from responders.access import case_for
from responders.console.desk import undoable
from responders.console.filters import as_query, read_filter
from responders.console.listing import around
from responders.console.pane import pane
from responders.console.roles import AgentRequest
from responders.refusal import Refusal


def outcome(request: AgentRequest, case_id: int, result: object, **kept: Any) -> HttpResponse:
    """Show the case after an act; `kept` overrides what its page shows, so that nothing typed is lost."""
    if isinstance(result, Refusal):
        return show(request, case_id, refusal=result, **kept)
    if not request.htmx:
        return redirect(address(request, case_id))
    return show(request, case_id, **kept)


def show(request: AgentRequest, case_id: int, *, refusal: Refusal | None = None, **kept: Any) -> HttpResponse:
    """Show a case: the pane alone to a page that is already there, else the whole desk."""
    agent, now = request.user, timezone.now()
    case = case_for(agent, case_id)
    wanted = read_filter(request.GET, agent)
    context = {**pane(case, agent=agent, now=now), "refusal": refusal, **kept}
    status = 422 if refusal else 200
    if request.htmx and not request.htmx.history_restore_request:
        context |= {"query": as_query(wanted, agent), "undo": undoable(agent, now), "is_fragment": True}
        response = render(request, "case/fragment.html", context, status=status)
        if request.htmx.current_url_abs_path != address(request, case_id):
            response.headers["HX-Push-Url"] = address(request, case_id)
        return response
    desk = around(request.GET, wanted, agent=agent, now=now)
    return render(request, "queue/page.html", desk | context | {"open_id": str(case_id)}, status=status)


def address(request: AgentRequest, case_id: int) -> str:
    """Return the address of a case beside the list that is open."""
    query = as_query(read_filter(request.GET, request.user), request.user)
    return f"{reverse('case', args=[case_id])}?{query}"


def said(request: AgentRequest, sentence: str) -> None:
    """Say something once, on the next page."""
    messages.success(request, sentence)
