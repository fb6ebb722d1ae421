"""The page of a campaign: its text, its cases, and the way back into the queue."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from responders import campaigns, hiding
from responders.access import case_for
from responders.console.filters import as_query, read_filter
from responders.console.lines import title_of
from responders.console.listing import around
from responders.console.outcome import outcome
from responders.console.roles import CARE, LEAD, AgentRequest, for_roles
from responders.console.rows import row_of
from responders.lines import with_excerpt
from responders.models import Agent, Case, Wording
from responders.queue import rows
from responders.refusal import Refusal

SIZE = 40


@require_GET
@for_roles(CARE, LEAD)
def campaign(request: AgentRequest, wording_id: int) -> HttpResponse:
    """Show a campaign with its cases, the gravest first."""
    return _show(request, _wording_for(request.user, wording_id))


@require_POST
@for_roles(CARE, LEAD)
def clear(request: AgentRequest, wording_id: int) -> HttpResponse:
    """Say that it is no campaign."""
    found = _wording_for(request.user, wording_id)
    return _after(request, campaigns.clear(found.pk, agent=request.user, now=timezone.now()), found)


@require_POST
@for_roles(CARE, LEAD)
def restore(request: AgentRequest, wording_id: int) -> HttpResponse:
    """Say that it is a campaign after all."""
    found = _wording_for(request.user, wording_id)
    return _after(request, campaigns.restore(found.pk, agent=request.user, now=timezone.now()), found)


@require_POST
@for_roles(CARE, LEAD)
def show_again(request: AgentRequest, case_id: int) -> HttpResponse:
    """Bring a hidden case back."""
    found = case_for(request.user, case_id)
    return outcome(request, case_id, hiding.show_again(found.pk, agent=request.user, now=timezone.now()))


def _wording_for(agent: Agent, wording_id: int) -> Wording:
    wording = with_excerpt(wording_id)
    if wording is None or not agent.serves(wording.brand):
        raise Http404
    return wording


def _after(request: AgentRequest, result: Wording | Refusal, found: Wording) -> HttpResponse:
    if isinstance(result, Refusal):
        return _show(request, found, refusal=result)
    return redirect(_address(request, found))


def _show(request: AgentRequest, wording: Wording, *, refusal: Refusal | None = None) -> HttpResponse:
    agent, now = request.user, timezone.now()
    wanted = read_filter(request.GET, agent)
    ids = Case.objects.filter(pk__in=wording.case_mentions.values("case")).order_by("-level", "rank_at", "pk")
    page = Paginator(ids.values_list("pk", flat=True), SIZE).get_page(request.GET.get("page"))
    context = {
        "campaign": wording,
        "title": title_of(wording),
        "is_campaign": campaigns.is_campaign(wording),
        "cases": [
            (row_of(case, agent=agent, now=now), case.get_state_display()) for case in rows(list(page))
        ],
        "page": page,
        "refusal": refusal,
        "query": as_query(wanted, agent),
    }
    status = 422 if refusal else 200
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "campaign.html", context, status=status)
        response.headers["HX-Push-Url"] = _address(request, wording)
        return response
    desk = around(request.GET, wanted, agent=agent, now=now)
    open_id = {"open_id": f"c{wording.pk}"}
    return render(request, "queue/page.html", desk | context | open_id, status=status)


def _address(request: AgentRequest, wording: Wording) -> str:
    query = as_query(read_filter(request.GET, request.user), request.user)
    return f"{reverse('campaign', args=[wording.pk])}?{query}"
