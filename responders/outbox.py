"""The outbox: replies go in here, and people decide what no machine can."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from config.brand_files import brand
from listeners.models import Mention
from responders import audit, delivery, ways
from responders.cases import refusal_of_closing, refusal_of_pending
from responders.claims import locked_case, refusal_of_holding, refusal_of_others
from responders.goodwill import is_told
from responders.models import Agent, Case, Offer, Reply
from responders.refusal import Refusal, refuse

State = Reply.State


def queue_reply(
    case_id: int,
    *,
    agent: Agent,
    text: str,
    form_key: UUID,
    newest_mention_id: int,
    offer_id: int | None = None,
    resolves: bool = False,
    is_private: bool = False,
    now: datetime,
) -> Reply | Refusal:
    """Put a reply to the case's newest mention into the outbox; it leaves after the brand's undo time.

    `newest_mention_id` is what the agent saw last, `form_key` makes the same form one reply, `is_private`
    keeps it from all but the mention's author, as what answers a message always is. The claim, the newest
    mention, the network's limits and deadlines, and the offer are checked in the transaction that writes
    the row.
    """
    text = text.replace("\0", "").strip()
    with transaction.atomic():
        case = locked_case(case_id)
        if (known := _known(form_key, case)) is not None:
            return known
        is_private = is_private or ways.is_message(case.latest_mention)
        refusal = (
            refusal_of_holding(case, agent=agent, now=now)
            or _refusal_of_turn(case, newest_mention_id)
            or _refusal_of_text(case, text, is_private=is_private, now=now)
            or _refusal_of_offer(case, offer_id)
            or (refusal_of_closing(case) if resolves else None)
        )
        if refusal:
            return refusal
        leaves_at = now + timedelta(seconds=brand(case.brand).routing.undo_seconds)
        reply = Reply.objects.create(
            case=case, mention_id=case.latest_mention_id, agent=agent, offer_id=offer_id, text=text,
            resolves=resolves, is_private=is_private, form_key=form_key, created_at=now,
            next_attempt_at=leaves_at,
        )  # fmt: skip
        return _entered(reply, case, "reply_queued", agent=agent, now=now, is_private=is_private)


def cancel(reply_id: int, *, agent: Agent, now: datetime) -> Reply | Refusal:
    """Take a reply back that no worker has begun to send."""
    with transaction.atomic():
        case, reply = locked_reply(reply_id)
        if refusal := refusal_of_others(case, agent=agent, now=now):
            return refusal
        if reply.state != State.QUEUED:
            return refuse("too_late", state=reply.get_state_display())
        reply.state = State.CANCELLED
        return _entered(reply, case, "reply_cancelled", agent=agent, now=now)


def answer_by_hand(
    case_id: int, *, agent: Agent, text: str, url: str, form_key: UUID, now: datetime
) -> Reply | Refusal:
    """Note that the agent answered on the network itself; `url` is where the answer stands."""
    text = text.replace("\0", "").strip()
    with transaction.atomic():
        case = locked_case(case_id)
        if (known := _known(form_key, case)) is not None:
            return known
        refusal = refusal_of_holding(case, agent=agent, now=now) or refusal_of_pending(case)
        if refusal or (refusal := _refusal_of_address(url) or (None if text else refuse("empty"))):
            return refusal
        reply = Reply.objects.create(
            case=case, mention_id=case.latest_mention_id, agent=agent, text=text, form_key=form_key,
            created_at=now, next_attempt_at=now, sent_at=now, url=url, state=State.BY_HAND,
        )  # fmt: skip
        delivery.answered(case, reply, now=now)
        return _entered(reply, case, "answered_by_hand", agent=agent, now=now)


def retry(reply_id: int, *, agent: Agent, now: datetime) -> Reply | Refusal:
    """Send a reply after all that surely was not sent, under the same key."""
    with transaction.atomic():
        case, reply = locked_reply(reply_id)
        if refusal := refusal_of_holding(case, agent=agent, now=now):
            return refusal
        if reply.state != State.FAILED:
            return refuse("not_failed", state=reply.get_state_display())
        if refusal := refusal_of_pending(case) or _refusal_of_offer(case, reply.offer_id):
            return refusal
        if refusal := ways.way(reply.mention, is_private=reply.is_private, now=now).refusal:
            return refuse(refusal.code, **refusal.detail)
        reply.state, reply.attempts, reply.next_attempt_at, reply.error = State.QUEUED, 0, now, ""
        return _entered(reply, case, "reply_retried", agent=agent, now=now)


def settle(reply_id: int, *, was_sent: bool, url: str = "", agent: Agent, now: datetime) -> Reply | Refusal:
    """Decide a reply that no machine could find, after looking on the network; `url` is where it stands."""
    with transaction.atomic():
        case, reply = locked_reply(reply_id)
        if refusal := refusal_of_others(case, agent=agent, now=now):
            return refusal
        if reply.state != State.UNDECIDED:
            return refuse("not_undecided", state=reply.get_state_display())
        if was_sent and (refusal := _refusal_of_address(url)):
            return refusal
        if was_sent:
            reply.state, reply.url, reply.error, reply.sent_at = State.SENT, url, "", reply.tried_at or now
            delivery.answered(case, reply, now=now)
        else:
            reply.state = State.FAILED
        return _entered(reply, case, "reply_settled", agent=agent, now=now, was_sent=was_sent)


def locked_reply(reply_id: int) -> tuple[Case, Reply]:
    """Lock the case first, as every verb does, then the reply; raises Reply.DoesNotExist."""
    case = locked_case(Reply.objects.values_list("case_id", flat=True).get(pk=reply_id))
    return case, Reply.objects.select_for_update().get(pk=reply_id)


def _known(form_key: UUID, case: Case) -> Reply | Refusal | None:
    reply = Reply.objects.filter(form_key=form_key).first()
    return reply if reply is None or reply.case_id == case.pk else refuse("form_used")


def _refusal_of_turn(case: Case, newest_mention_id: int) -> Refusal | None:
    if case.state == Case.State.RESOLVED:
        return refuse("case_resolved")
    if case.latest_mention_id != newest_mention_id:
        return refuse("newer_mention")
    return refusal_of_pending(case)


def _refusal_of_text(case: Case, text: str, *, is_private: bool, now: datetime) -> Refusal | None:
    mention = Mention.objects.select_related("source").get(pk=case.latest_mention_id)
    if not text:
        return refuse("empty")
    way = ways.way(mention, is_private=is_private, now=now)
    if refusal := way.refusal_of(text, mention.source.network):
        return refuse(refusal.code, **refusal.detail)
    same = mention.replies.filter(text=text).exclude(state__in=ways.LOST)
    return refuse("reply_repeated") if same.exists() else None


def _refusal_of_offer(case: Case, offer_id: int | None) -> Refusal | None:
    if offer_id is None:
        return None
    offer = Offer.objects.select_for_update().filter(pk=offer_id, case=case).first()
    if offer is None:
        return refuse("offer_foreign")
    if offer.state != Offer.State.GRANTED:
        return refuse("offer_not_granted", state=offer.get_state_display())
    return refuse("offer_told") if is_told(offer) else None


def _refusal_of_address(url: str) -> Refusal | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return refuse("address_wrong")
    is_address = parts.scheme in {"http", "https"} and parts.hostname and len(url) <= 1000
    return None if is_address else refuse("address_wrong")


def _entered(
    reply: Reply, case: Case, action: str, *, agent: Agent, now: datetime, **detail: object
) -> Reply:
    """Save the reply with its case's time of change, and write both into the audit trail."""
    reply.save()
    case.changed_at = now
    case.save(update_fields=["changed_at"])
    audit.record(action, agent=agent, case=case, now=now, reply=reply.pk, state=reply.state, **detail)
    return reply
