"""Everything that the page of one case shows."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from config.brand_files import brand
from listeners.models import Conversation, Media
from responders import claims
from responders.console import goodwill
from responders.console.composer import composer
from responders.console.hiding import hiding
from responders.console.networks import badge
from responders.console.rows import clock_of
from responders.console.thread import thread
from responders.console.verdict import verdict
from responders.console.why import reasons
from responders.models import Agent, Case, Claim, Offer
from responders.timeline import timeline

EVENING = 18
"""The hour until which a case may be snoozed to the evening."""


def pane(case: Case, *, agent: Agent, now: datetime) -> dict[str, Any]:
    """Return what the case's page shows to one person."""
    claim, conversation = claims.holder(case.pk, now=now), thread(case)
    holds = claim is not None and claim.agent_id == agent.pk
    policy = brand(case.brand)
    return {
        "case": case,
        "author": case.latest_mention.author,
        "network": badge(case.network),
        "brand": policy,
        "claim": claim,
        "holds": holds,
        "is_free": claim is None and case.state != Case.State.RESOLVED,
        "clock": clock_of(case, now),
        "thread": conversation,
        "reasons": reasons(case, now=now),
        "verdict": verdict(case),
        "goodwill": goodwill.panel(case, agent=agent, now=now),
        "hiding": hiding(case),
        "earlier": earlier(case),
        "given": given(case),
        "events": timeline(case),
        "colleagues": colleagues(case) if agent.answers else [],
        "evening_ahead": now.astimezone(policy.zone).hour < EVENING,
        "pulse": pulse(case, claim),
        "composer": composer(case, agent=agent, now=now),
        "now": now,
    }


def earlier(case: Case) -> list[Case]:
    """Return the customer's other cases, newest first, a few."""
    others = Case.objects.filter(customer_id=case.customer_id).exclude(pk=case.pk)
    return list(others.order_by("-opened_at")[:5])


def given(case: Case) -> list[Offer]:
    """Return what the customer was granted in other cases, newest first, a few."""
    offers = Offer.objects.filter(case__customer_id=case.customer_id, state=Offer.State.GRANTED)
    return list(offers.exclude(case=case).order_by("-offered_at")[:5])


def colleagues(case: Case) -> list[Agent]:
    """Return the people to whom the case can be handed."""
    people = Agent.objects.filter(is_active=True, role__in=[Agent.Role.CARE, Agent.Role.LEAD])
    return [person for person in people.order_by("first_name", "username")[:200] if person.serves(case.brand)]


def pulse(case: Case, claim: Claim | None) -> str:
    """Return a short text that differs whenever the case's page would look different."""
    around = Conversation.objects.filter(contexts__mention__case_mention__case=case).order_by("pk").distinct()
    facts = [
        case.changed_at.isoformat(),
        case.latest_mention_id,
        claim and (claim.pk, claim.agent_id),
        list(case.replies.values_list("pk", "state")),
        list(case.offers.values_list("pk", "state", "evidence_id")),
        Media.objects.filter(mention__case_mention__case=case).exclude(file="").count(),
        list(around.values_list("pk", "fetched_at")),
    ]
    return hashlib.blake2s(repr(facts).encode(), digest_size=8).hexdigest()
