"""What people do with a case besides answering: resolve, reopen, snooze, hand over, note."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from listeners.models import Mention
from responders import audit, waiting
from responders.access import refusal_for
from responders.claims import holder, let_go, locked_case, refusal_of_others
from responders.models import Agent, Case, Customer, Note, Offer, Reply
from responders.money import Money
from responders.refusal import Refusal, refuse

LONGEST_NOTE = 5000
UNDER_WAY = (Reply.State.QUEUED, Reply.State.SENDING, Reply.State.UNKNOWN, Reply.State.UNDECIDED)
"""States of a reply whose fate is open."""
UNDECIDED_OFFERS = (Offer.State.AWAITING_EVIDENCE, Offer.State.AWAITING_APPROVAL)


def resolve(case_id: int, *, agent: Agent, now: datetime) -> Case | Refusal:
    """Close a case; refused while another agent holds it or a reply or offer of it is pending."""
    with transaction.atomic():
        case = locked_case(case_id)
        if refusal := refusal_of_others(case, agent=agent, now=now) or refusal_of_closing(case):
            return refusal
        close(case, now=now)
        audit.record("resolved", agent=agent, case=case, now=now)
        return case


def close(case: Case, *, now: datetime) -> None:
    """Close a locked case and end its claim."""
    waiting.over(case, now=now)
    case.save(update_fields=waiting.COLUMNS)
    let_go(case, now=now)


def refusal_of_closing(case: Case) -> Refusal | None:
    """Say why a locked case cannot close now; None where it can."""
    if case.state == Case.State.RESOLVED:
        return refuse("case_resolved")
    if refusal := refusal_of_pending(case):
        return refusal
    if offer := case.offers.filter(state__in=UNDECIDED_OFFERS).first():
        return refuse("offer_open", value=Money(offer.value, offer.currency))
    return None


def refusal_of_pending(case: Case) -> Refusal | None:
    """Say which reply of a locked case is still under way; None where none is."""
    reply = case.replies.filter(state__in=UNDER_WAY).first()
    return refuse("reply_under_way", state=reply.get_state_display()) if reply else None


def reopen(case_id: int, *, agent: Agent, now: datetime) -> Case | Refusal:
    """Open a resolved case again; the customer waits from now on, or since a mention not answered yet."""
    with transaction.atomic():
        customer_id = Case.objects.values_list("customer_id", flat=True).get(pk=case_id)
        Customer.objects.select_for_update().get(pk=customer_id)
        case = locked_case(case_id)
        if refusal := refusal_for(agent, case):
            return refusal
        if case.state != Case.State.RESOLVED:
            return refuse("case_not_resolved")
        others = Case.objects.filter(brand=case.brand, customer_id=customer_id)
        if other := others.exclude(state=Case.State.RESOLVED).first():
            return refuse("another_case", case=other.pk)
        turn_to_us(case, now=now)
        case.save(update_fields=waiting.COLUMNS)
        audit.record("reopened", agent=agent, case=case, now=now)
        return case


def snooze(case_id: int, *, until: datetime, agent: Agent, now: datetime) -> Case | Refusal:
    """Put a case aside until a time or until the customer writes; its deadline goes on."""
    with transaction.atomic():
        case = locked_case(case_id)
        if refusal := refusal_of_others(case, agent=agent, now=now):
            return refusal
        if case.state == Case.State.RESOLVED:
            return refuse("case_resolved")
        if until <= now:
            return refuse("past", until=until)
        case.state, case.snoozed_until, case.changed_at = Case.State.SNOOZED, until, now
        case.hidden = Case.Hidden.NO
        case.save(update_fields=["state", "snoozed_until", "hidden", "changed_at"])
        let_go(case, now=now)
        audit.record("snoozed", agent=agent, case=case, now=now, until=until)
        return case


def wake(*, now: datetime, size: int = 256) -> int:
    """Bring back the cases whose snooze is over; returns how many."""
    cases = Case.objects.filter(state=Case.State.SNOOZED, snoozed_until__lte=now)
    if not cases.exists():
        return 0
    with transaction.atomic():
        due = list(cases.order_by("pk").select_for_update(skip_locked=True)[:size])
        for case in due:
            turn_to_us(case, now=now)
            case.save(update_fields=waiting.COLUMNS)
            audit.record("woken", agent=None, case=case, now=now)
        return len(due)


def assign(case_id: int, *, to: Agent | None, agent: Agent, now: datetime) -> Case | Refusal:
    """Make `to` the owner of a case (None: nobody); a claim of anybody else ends."""
    with transaction.atomic():
        case = locked_case(case_id)
        if refusal := refusal_for(agent, case):
            return refusal
        if not agent.leads and (refusal := refusal_of_others(case, agent=agent, now=now)):
            return refusal
        if to is not None and refusal_for(to, case):
            return refuse("cannot_work", agent=to, brand=case.brand)
        held = holder(case_id, now=now)
        if held is not None and held.agent != to:
            let_go(case, now=now)
        case.owner, case.hidden, case.changed_at = to, Case.Hidden.NO, now
        case.save(update_fields=["owner", "hidden", "changed_at"])
        audit.record("assigned", agent=agent, case=case, now=now, to=to.pk if to else None)
        return case


def add_note(case_id: int, *, text: str, agent: Agent, now: datetime) -> Note | Refusal:
    """Write something for the team only; anybody who may see the case may, claim or not."""
    text = text.replace("\0", "").strip()
    with transaction.atomic():
        case = locked_case(case_id)
        if refusal := refusal_for(agent, case):
            return refusal
        if not text:
            return refuse("empty")
        if len(text) > LONGEST_NOTE:
            return refuse("note_too_long", limit=LONGEST_NOTE, length=len(text))
        note = Note.objects.create(case=case, agent=agent, text=text, at=now)
        case.hidden, case.changed_at = Case.Hidden.NO, now
        case.save(update_fields=["hidden", "changed_at"])
        audit.record("noted", agent=agent, case=case, now=now, note=note.pk)
        return note


def turn_to_us(case: Case, *, now: datetime) -> None:
    """Make it our turn in a locked case: since its oldest unanswered mention, or from now on."""
    oldest = unanswered(case).order_by("posted_at").first()
    if oldest is None:
        waiting.ours(case, since=now, counted=now, now=now)
    else:
        waiting.ours(case, since=oldest.posted_at, counted=waiting.counted_from(oldest), now=now)


def unanswered(case: Case) -> QuerySet[Mention]:
    """Return the mentions of a case that no reply followed."""
    return Mention.objects.filter(case_mention__case=case, first_reply_at__isnull=True)
