"""Claims: leases by which one agent at a time holds a case."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from config.brand_files import brand
from responders import audit
from responders.access import refusal_for
from responders.models import Agent, Case, Claim
from responders.refusal import Refusal, refuse


def locked_case(case_id: int) -> Case:
    """Return the case, locked until the transaction ends; all verbs of a case begin with this.

    Raises Case.DoesNotExist.
    """
    return Case.objects.select_for_update().get(pk=case_id)


def holder(case_id: int, *, now: datetime) -> Claim | None:
    """Return the claim in force at `now`."""
    claims = Claim.objects.select_related("agent")
    return claims.filter(case_id=case_id, released_at__isnull=True, expires_at__gt=now).first()


def take(case_id: int, *, agent: Agent, now: datetime) -> Claim | Refusal:
    """Let the agent hold the case, or hold it longer; refused while somebody else does."""
    with transaction.atomic():
        case = locked_case(case_id)
        if refusal := refusal_for(agent, case):
            return refusal
        if case.state == Case.State.RESOLVED:
            return refuse("case_resolved")
        held = holder(case_id, now=now)
        if held is not None and held.agent_id != agent.pk:
            return refuse("held", holder=held.agent, until=held.expires_at)
        return _extend(case, held, now) if held else _hand(case, agent, now, action="claimed")


def take_over(case_id: int, *, agent: Agent, now: datetime) -> Claim | Refusal:
    """Let a lead hold the case whoever held it before."""
    with transaction.atomic():
        case = locked_case(case_id)
        if refusal := refusal_for(agent, case):
            return refusal
        if not agent.leads:
            return refuse("not_lead")
        if case.state == Case.State.RESOLVED:
            return refuse("case_resolved")
        held = holder(case_id, now=now)
        return _hand(case, agent, now, action="taken_over", from_agent=held.agent_id if held else None)


def release(case_id: int, *, agent: Agent, now: datetime) -> Case | Refusal:
    """Give the case back to the team; refused to those who do not hold it."""
    with transaction.atomic():
        case = locked_case(case_id)
        if refusal := refusal_of_holding(case, agent=agent, now=now):
            return refusal
        let_go(case, now=now)
        case.owner, case.changed_at = None, now
        case.save(update_fields=["owner", "changed_at"])
        audit.record("released", agent=agent, case=case, now=now)
        return case


def let_go(case: Case, *, now: datetime) -> None:
    """End whatever claim there is on a locked case."""
    Claim.objects.filter(case=case, released_at__isnull=True).update(released_at=now)


def refusal_of_holding(case: Case, *, agent: Agent, now: datetime) -> Refusal | None:
    """Say why the agent may not act as the holder of a locked case; None where they hold it."""
    if refusal := refusal_for(agent, case):
        return refusal
    held = holder(case.pk, now=now)
    if held is None:
        return refuse("not_held")
    if held.agent_id != agent.pk:
        return refuse("held", holder=held.agent, until=held.expires_at)
    return None


def refusal_of_others(case: Case, *, agent: Agent, now: datetime) -> Refusal | None:
    """Say why the agent may not act on a locked case: somebody else holds it; None where nobody does."""
    if refusal := refusal_for(agent, case):
        return refusal
    held = holder(case.pk, now=now)
    if held is not None and held.agent_id != agent.pk:
        return refuse("held", holder=held.agent, until=held.expires_at)
    return None


def _lease(case: Case) -> timedelta:
    return timedelta(minutes=brand(case.brand).routing.claim_minutes)


def _extend(case: Case, claim: Claim, now: datetime) -> Claim:
    claim.expires_at = max(claim.expires_at, now + _lease(case))
    claim.save(update_fields=["expires_at"])
    return claim


def _hand(case: Case, agent: Agent, now: datetime, *, action: str, **detail: object) -> Claim:
    let_go(case, now=now)
    claim = Claim.objects.create(case=case, agent=agent, taken_at=now, expires_at=now + _lease(case))
    case.owner, case.hidden, case.changed_at = agent, Case.Hidden.NO, now
    case.save(update_fields=["owner", "hidden", "changed_at"])
    audit.record(action, agent=agent, case=case, now=now, claim=claim.pk, **detail)
    return claim
