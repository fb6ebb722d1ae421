"""Answering: the reply form, taking a reply back, answering by hand, deciding what became of one."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from config.brand_files import brand
from responders import outbox
from responders.access import case_for
from responders.console.composer import chosen_way, composer, signature, signed
from responders.console.filters import read_filter
from responders.console.outcome import outcome, said, show
from responders.console.roles import CARE, LEAD, AgentRequest, for_roles
from responders.models import Case, Reply
from responders.queue import page
from responders.refusal import Refusal


@require_POST
@for_roles(CARE, LEAD)
def reply(request: AgentRequest, case_id: int) -> HttpResponse:
    """Put a reply into the outbox and, as the button says, resolve the case or go on to the next."""
    found, form, now = case_for(request.user, case_id), request.POST, timezone.now()
    offer_id, act = form.get("offer", ""), form.get("act", "")
    result = outbox.queue_reply(
        found.pk,
        agent=request.user,
        text=signed(form.get("text", ""), brand(found.brand), request.user),
        form_key=key_of(form.get("form_key", "")),
        newest_mention_id=_number(form.get("newest_mention_id", "")),
        offer_id=int(offer_id) if offer_id.isdecimal() else None,
        resolves="resolve" in act,
        is_private=_is_private(request),
        now=now,
    )
    if isinstance(result, Refusal):
        return outcome(request, case_id, result, composer=_kept(request, found))
    response = _onwards(request, found) if "next" in act else outcome(request, case_id, result)
    response.headers["HX-Trigger"] = f'{{"kulanz:sent": "{case_id}"}}'
    return response


def _kept(request: AgentRequest, case: Case) -> dict[str, object]:
    """Return the reply form as it was typed; the next attempt is still the same form."""
    key, text = key_of(request.POST.get("form_key", "")), request.POST.get("text", "")
    return composer(
        case,
        agent=request.user,
        now=timezone.now(),
        form_key=key,
        text=text,
        is_private=_is_private(request),
    )


def _is_private(request: AgentRequest) -> bool:
    return request.POST.get("audience") == "private"


def _onwards(request: AgentRequest, case: Case) -> HttpResponse:
    agent, now = request.user, timezone.now()
    following = page(read_filter(request.GET, agent), agent=agent, now=now, size=20).cases
    free = (other for other in following if other.pk != case.pk and not _is_held(other, agent.pk, now))
    other = next(free, None)
    if other is None:
        said(request, gettext("That was the last case of this list."))
        return outcome(request, case.pk, None)
    return outcome(request, other.pk, None)


def _is_held(case: Case, agent_id: int, now: object) -> bool:
    claims = getattr(case, "live_claims", [])
    return any(claim.agent_id != agent_id and claim.expires_at > now for claim in claims)


def key_of(text: str) -> UUID:
    """Read a form's key; a form without one gets one of its own."""
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


@require_POST
@for_roles(CARE, LEAD)
def length(request: AgentRequest, case_id: int) -> HttpResponse:
    """Count a text as its network counts it, signature included."""
    found = case_for(request.user, case_id)
    way = chosen_way(found, request.POST.get("audience", ""), now=timezone.now())
    text = signed(request.POST.get("text", ""), brand(found.brand), request.user)
    used, limit = way.length(text), way.limit
    return render(
        request, "case/length.html", {"used": used, "limit": limit, "over": bool(limit and used > limit)}
    )


@require_POST
@for_roles(CARE, LEAD)
def cancel(request: AgentRequest, case_id: int, reply_id: int) -> HttpResponse:
    """Take a reply back; its text stands in the form again."""
    found, written = _reply(request, case_id, reply_id)
    result = outbox.cancel(written.pk, agent=request.user, now=timezone.now())
    if isinstance(result, Refusal):
        return outcome(request, case_id, result)
    text = written.text.removesuffix(f"\n{signature(brand(found.brand), request.user)}")
    form = composer(found, agent=request.user, now=timezone.now(), text=text, is_private=written.is_private)
    return show(request, case_id, composer=form)


@require_POST
@for_roles(CARE, LEAD)
def retry(request: AgentRequest, case_id: int, reply_id: int) -> HttpResponse:
    """Send a reply again that surely was not sent."""
    _, written = _reply(request, case_id, reply_id)
    return outcome(request, case_id, outbox.retry(written.pk, agent=request.user, now=timezone.now()))


@require_POST
@for_roles(CARE, LEAD)
def settle(request: AgentRequest, case_id: int, reply_id: int) -> HttpResponse:
    """Say whether a reply stands on the network, after looking there."""
    _, written = _reply(request, case_id, reply_id)
    result = outbox.settle(
        written.pk,
        was_sent=request.POST.get("was_sent") == "yes",
        url=_address(request),
        agent=request.user,
        now=timezone.now(),
    )
    return outcome(request, case_id, result)


@require_POST
@for_roles(CARE, LEAD)
def by_hand(request: AgentRequest, case_id: int) -> HttpResponse:
    """Note an answer that was given on the network itself."""
    found, form = case_for(request.user, case_id), request.POST
    result = outbox.answer_by_hand(
        found.pk,
        agent=request.user,
        text=form.get("text", ""),
        url=_address(request),
        form_key=key_of(form.get("form_key", "")),
        now=timezone.now(),
    )
    if isinstance(result, Refusal):
        return outcome(
            request, case_id, result, composer=_kept(request, found) | {"url": form.get("url", "")}
        )
    return outcome(request, case_id, result)


def _address(request: AgentRequest) -> str:
    return request.POST.get("url", "").replace("\0", "").strip()


def _reply(request: AgentRequest, case_id: int, reply_id: int) -> tuple[Case, Reply]:
    found = case_for(request.user, case_id)
    return found, get_object_or_404(Reply, pk=reply_id, case=found)
