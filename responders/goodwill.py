"""Goodwill offers: made under the brand's policy, proven by a photo, approved by a second person."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from config import brand_files
from config.brand import Brand
from config.brand import Offer as Policy
from listeners.models import Media
from responders import allowances, audit
from responders.access import refusal_for
from responders.allowances import Limit, Limits
from responders.claims import locked_case, refusal_of_holding
from responders.models import Agent, Case, Offer, Reply
from responders.money import Money
from responders.refusal import Refusal, refuse

__all__ = [
    "Limit",
    "Limits",
    "approve",
    "confirm_evidence",
    "decline",
    "limits",
    "propose",
    "withdraw",
]

State = Offer.State
PENDING = (State.AWAITING_EVIDENCE, State.AWAITING_APPROVAL)
LIVE = (*PENDING, State.GRANTED)
"""States in which an offer's value counts against the limits."""


def limits(brand: str, *, agent: Agent, customer_id: int, now: datetime) -> Limits:
    """Return what the brand's, the agent's and the customer's limits of this month leave."""
    return allowances.limits(brand_files.brand(brand), agent=agent, customer_id=customer_id, now=now)


def propose(
    case_id: int, *, kind: str, value: Decimal, reason: str, agent: Agent, now: datetime
) -> Offer | Refusal:
    """Make an offer and reserve its value; refused above the maximum or any limit of the month.

    It is granted at once where it needs neither a photo nor approval.
    """
    with transaction.atomic():
        case = locked_case(case_id)
        policy = brand_files.brand(case.brand)
        terms = policy.goodwill.offer(kind)
        if refusal := _refusal_of_making(case, agent=agent, now=now):
            return refusal
        if terms is None:
            return refuse("offer_unknown", brand=policy.name, kind=kind)
        if refusal := _refusal_of_value(policy, terms, value):
            return refusal
        offer = _drafted(case, policy, terms, value, agent=agent, now=now)
        subjects = {"agent_id": agent.pk, "customer_id": case.customer_id}
        if refusal := allowances.reserve(policy, value, month=offer.month, **subjects):
            transaction.set_rollback(True)
            return refusal
        offer.reason = reason.replace("\0", "").strip()
        return _entered(offer, "offered", agent=agent, now=now)


def confirm_evidence(offer_id: int, *, media_id: int, agent: Agent, now: datetime) -> Offer | Refusal:
    """Say that a photo of the case proves the damage; the offer is then granted or goes to a lead."""
    with transaction.atomic():
        case, offer = _locked(offer_id)
        if refusal := refusal_of_holding(case, agent=agent, now=now):
            return refusal
        if offer.state != State.AWAITING_EVIDENCE:
            return _refuse_state(offer)
        media = Media.objects.filter(pk=media_id, mention__case_mention__case=case).first()
        if media is None:
            return refuse("evidence_foreign")
        if not media.file:
            return refuse("evidence_not_fetched")
        if Offer.objects.filter(evidence=media, state__in=LIVE).exists():
            return refuse("evidence_used")
        offer.evidence, offer.evidence_confirmed_by = media, agent
        offer.state = _proven(offer.value, Decimal(offer.terms["agent_limit"]))
        return _entered(offer, "evidence_confirmed", agent=agent, now=now, media=media_id)


def approve(offer_id: int, *, agent: Agent, now: datetime) -> Offer | Refusal:
    """Grant an offer that is above what its maker may grant alone; leads only, never their own."""
    with transaction.atomic():
        case, offer = _locked(offer_id)
        if refusal := _refusal_of_deciding(case, offer, agent=agent):
            return refusal
        if offer.state == State.AWAITING_EVIDENCE:
            return refuse("evidence_missing")
        offer.state, offer.decided_by = State.GRANTED, agent
        return _entered(offer, "offer_approved", agent=agent, now=now)


def decline(offer_id: int, *, agent: Agent, now: datetime) -> Offer | Refusal:
    """Say no to an offer that is not decided yet and give its value back; leads only, never their own."""
    with transaction.atomic():
        case, offer = _locked(offer_id)
        if refusal := _refusal_of_deciding(case, offer, agent=agent):
            return refusal
        offer.state, offer.decided_by = State.DECLINED, agent
        allowances.give_back(offer, brand=case.brand)
        return _entered(offer, "offer_declined", agent=agent, now=now)


def withdraw(offer_id: int, *, agent: Agent, now: datetime) -> Offer | Refusal:
    """Take an offer back, and its value; refused once the customer has been told or is being told of it."""
    with transaction.atomic():
        case, offer = _locked(offer_id)
        if refusal := refusal_for(agent, case):
            return refusal
        if offer.offered_by_id != agent.pk and not agent.leads:
            return refuse("not_own_offer")
        if offer.state not in LIVE:
            return _refuse_state(offer)
        if is_told(offer):
            return refuse("offer_told")
        offer.state = State.WITHDRAWN
        allowances.give_back(offer, brand=case.brand)
        return _entered(offer, "offer_withdrawn", agent=agent, now=now)


def is_told(offer: Offer) -> bool:
    """Tell whether a reply with this offer stands on the network, or may come to stand there."""
    return offer.replies.exclude(state__in=(Reply.State.FAILED, Reply.State.CANCELLED)).exists()


def _refusal_of_making(case: Case, *, agent: Agent, now: datetime) -> Refusal | None:
    if refusal := refusal_of_holding(case, agent=agent, now=now):
        return refusal
    return refuse("case_resolved") if case.state == Case.State.RESOLVED else None


def _refusal_of_value(policy: Brand, terms: Policy, value: Decimal) -> Refusal | None:
    if not value.is_finite() or value < 0 or value != round(value, 2):
        return refuse("value_wrong")
    if value > terms.maximum:
        amounts = Money(value, policy.currency), Money(terms.maximum, policy.currency)
        return refuse("above_maximum", value=amounts[0], maximum=amounts[1])
    return None


def _refusal_of_deciding(case: Case, offer: Offer, *, agent: Agent) -> Refusal | None:
    if refusal := refusal_for(agent, case):
        return refusal
    if not agent.leads:
        return refuse("not_lead")
    if offer.offered_by_id == agent.pk:
        return refuse("own_offer")
    return None if offer.state in PENDING else _refuse_state(offer)


def _refuse_state(offer: Offer) -> Refusal:
    return refuse("offer_state", state=offer.get_state_display())


def _drafted(
    case: Case, policy: Brand, terms: Policy, value: Decimal, *, agent: Agent, now: datetime
) -> Offer:
    return Offer(
        case=case,
        kind=terms.kind,
        value=value,
        currency=policy.currency,
        state=State.AWAITING_EVIDENCE if terms.needs_evidence else _proven(value, terms.agent_limit),
        terms=terms.model_dump(mode="json") | {"customer": case.customer_id},
        month=allowances.month_of(policy, now),
        offered_by=agent,
        offered_at=now,
    )


def _proven(value: Decimal, agent_limit: Decimal) -> Offer.State:
    return State.AWAITING_APPROVAL if value > agent_limit else State.GRANTED


def _locked(offer_id: int) -> tuple[Case, Offer]:
    """Lock the case first, as every verb does, then the offer; raises Offer.DoesNotExist."""
    case = locked_case(Offer.objects.values_list("case_id", flat=True).get(pk=offer_id))
    offer = Offer.objects.select_for_update().get(pk=offer_id)
    offer.case = case
    return case, offer


def _entered(offer: Offer, action: str, *, agent: Agent, now: datetime, **detail: object) -> Offer:
    """Save the offer with its case's time of change, and write both into the audit trail."""
    if offer.state not in PENDING:
        offer.decided_at = now
    offer.save()
    case = offer.case
    case.changed_at = now
    case.save(update_fields=["changed_at"])
    facts = {"offer": offer.pk, "kind": offer.kind, "value": str(offer.value), "state": offer.state}
    audit.record(action, agent=agent, case=case, now=now, **facts, **detail)
    return offer
