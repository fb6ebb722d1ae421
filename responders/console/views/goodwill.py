"""Goodwill: proposing an offer, proving it by a photo, deciding it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import sanitize_separators
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from config.brand_files import brand
from responders import goodwill
from responders.access import case_for
from responders.console.desk import desk
from responders.console.filters import read_filter, served
from responders.console.goodwill import Proposal, made, proposal
from responders.console.outcome import outcome, said, show
from responders.console.roles import CARE, LEAD, AgentRequest, for_roles
from responders.models import Agent, Case, Offer
from responders.queue import to_approve
from responders.refusal import Refusal, refuse


@require_POST
@for_roles(CARE, LEAD)
def offer(request: AgentRequest, case_id: int) -> HttpResponse:
    """Say what an offer would do and ask; make it only where that question was answered with its amount."""
    found, form, now = case_for(request.user, case_id), request.POST, timezone.now()
    kind, value, reason = form.get("kind", ""), amount_of(form.get("value", "")), form.get("reason", "")
    typed: dict[str, Any] = {"offer_form": {"kind": kind, "value": form.get("value", ""), "reason": reason}}
    if value is None:
        return outcome(request, case_id, refuse("value_wrong"), **typed)
    if amount_of(form.get("confirmed", "")) != value:
        asked = _asked(request.user, found, kind, value, reason, now)
        return (
            outcome(request, case_id, asked, **typed)
            if isinstance(asked, Refusal)
            else show(request, case_id, proposal=asked, **typed)
        )
    result = goodwill.propose(found.pk, kind=kind, value=value, reason=reason, agent=request.user, now=now)
    return outcome(request, case_id, result, **(typed if isinstance(result, Refusal) else {}))


def amount_of(text: str) -> Decimal | None:
    """Read an amount as people type it in either language; None where it is none."""
    cleaned = text.replace("€", "").replace("\N{NO-BREAK SPACE}", "").replace(" ", "") or "0"
    if "," in cleaned and "." not in cleaned:
        cleaned = cleaned.replace(",", ".")
    try:
        value = Decimal(str(sanitize_separators(cleaned)) if "," in cleaned else cleaned)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < 10**8 else None


def _asked(
    agent: Agent, case: Case, kind: str, value: Decimal, reason: str, now: datetime
) -> Proposal | Refusal:
    policy = brand(case.brand)
    terms = policy.goodwill.offer(kind)
    if terms is None:
        return refuse("offer_unknown", brand=policy.name, kind=kind)
    left = goodwill.limits(case.brand, agent=agent, customer_id=case.customer_id, now=now)
    return proposal(case, terms, value, reason, left=left)


@require_POST
@for_roles(CARE, LEAD)
def evidence(request: AgentRequest, case_id: int, offer_id: int) -> HttpResponse:
    """Say that a photo proves the damage."""
    made_before, media = _offer(request, case_id, offer_id), request.POST.get("media", "")
    result = goodwill.confirm_evidence(
        made_before.pk,
        media_id=int(media) if media.isdecimal() and len(media) < 19 else 0,
        agent=request.user,
        now=timezone.now(),
    )
    return outcome(request, case_id, result)


@require_POST
@for_roles(CARE, LEAD)
def withdraw(request: AgentRequest, case_id: int, offer_id: int) -> HttpResponse:
    """Take an offer back."""
    found = _offer(request, case_id, offer_id)
    return outcome(request, case_id, goodwill.withdraw(found.pk, agent=request.user, now=timezone.now()))


@require_POST
@for_roles(LEAD)
def decide(request: AgentRequest, case_id: int, offer_id: int) -> HttpResponse:
    """Approve or decline an offer, from its case or from the list of all."""
    found = _offer(request, case_id, offer_id)
    decision = goodwill.approve if request.POST.get("decision") == "approve" else goodwill.decline
    result = decision(found.pk, agent=request.user, now=timezone.now())
    if request.POST.get("from") != "approvals":
        return outcome(request, case_id, result)
    return _list(request, refusal=result) if isinstance(result, Refusal) else _decided(request, result)


def _decided(request: AgentRequest, decided: Offer) -> HttpResponse:
    shown = made(decided, agent=request.user)
    granted = decided.state == Offer.State.GRANTED
    said(
        request,
        (gettext("Approved: %s") if granted else gettext("Declined: %s")) % f"{shown.label} {shown.amount}",
    )
    return redirect("approvals")


@require_GET
@for_roles(LEAD)
def approvals(request: AgentRequest) -> HttpResponse:
    """List the offers that wait for a lead, oldest first."""
    return _list(request)


def _list(request: AgentRequest, *, refusal: Refusal | None = None) -> HttpResponse:
    agent, now = request.user, timezone.now()
    offers = to_approve(served(agent)).select_related(
        "case__latest_mention__author", "case__customer", "offered_by"
    )
    rows = [
        {
            "made": made(waiting, agent=agent),
            "case": waiting.case,
            "bars": _bars(waiting, now),
        }
        for waiting in offers.prefetch_related("replies").order_by("offered_at")[:50]
    ]
    context = {"desk": desk(read_filter(request.GET, agent), agent=agent, now=now), "here": "approvals"}
    context |= {"rows": rows, "now": now, "refusal": refusal}
    return render(request, "approvals.html", context, status=422 if refusal else 200)


def _bars(waiting: Offer, now: datetime) -> object:
    from responders.console.goodwill import bars

    case = waiting.case
    return bars(goodwill.limits(case.brand, agent=waiting.offered_by, customer_id=case.customer_id, now=now))


def _offer(request: AgentRequest, case_id: int, offer_id: int) -> Offer:
    return get_object_or_404(Offer, pk=offer_id, case=case_for(request.user, case_id))
