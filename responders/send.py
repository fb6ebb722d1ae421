"""The send stage: gives due replies to their networks, each at most once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from listeners import budgets
from listeners.contract import Call, Clock, Network, OutgoingReply, Price, Receipt
from listeners.exceptions import AuthFault, ListenerError, OutcomeUnknown
from listeners.login.renew import weighed
from listeners.models import Source
from listeners.networks.promptly import within
from listeners.networks.registry import open_network
from responders import audit, delivery, fates
from responders.fates import LEASE, Fate
from responders.models import Case, Reply
from responders.outbox import locked_reply

logger = structlog.get_logger(__name__)
State = Reply.State
LONGEST_ID, LONGEST_URL = 200, 1000
"""What the outbox has room for."""
RECENT = timedelta(days=1)
"""How long before a reply was first tried others may have been sent that a network could take for it."""
BEGINS_WITHIN = LEASE / 2
"""How long a call may take until it posts: the rest of the lease is for the network's answer."""
DUE = (State.QUEUED, State.SENDING, State.UNKNOWN)
_Prices = dict[tuple[Call, bool], tuple[Price, ...]]
"""What a call takes, by whether it is for a private reply."""


class Opens(Protocol):
    """Makes the network of a source."""

    def __call__(self, source: Source, *, clock: Clock) -> Network:
        """Open it."""


@dataclass(frozen=True, slots=True)
class Task:
    """One call to make: send a reply (`state` SENDING) or look for it (UNKNOWN)."""

    reply_id: int
    state: Reply.State
    attempts: int
    tried_at: datetime
    source: Source
    outgoing: OutgoingReply
    prices: tuple[Price, ...]


def send(*, now: datetime, size: int = 16, networks: Opens = open_network) -> int:
    """Handle up to `size` due replies, all calls at the same time; returns how many.

    That a reply is being sent is committed before its call. A row that still says so after the lease
    belongs to a worker that died: its outcome is unknown and is looked up, never tried again blindly.
    Replies for which the network has no call left wait, untried, until it has.
    """
    tasks, waiting = _taken(now, size, networks) if _due(now).exists() else ([], [])
    Case.objects.filter(pk__in=[reply.case_id for reply in waiting]).update(changed_at=now)
    if tasks:
        _call_all(tasks, networks, now)
    return len(tasks) + len(waiting)


def _call_all(tasks: Sequence[Task], networks: Opens, now: datetime) -> None:
    with ThreadPoolExecutor(max_workers=len(tasks), thread_name_prefix="send") as pool:
        calls = {pool.submit(_called, task, networks, now): task for task in tasks}
        for call in as_completed(calls):
            _settle(calls[call], call.result(), now)


def _due(now: datetime) -> QuerySet[Reply]:
    due = Reply.objects.filter(state__in=DUE, next_attempt_at__lte=now)
    return due.exclude(mention__source__state=Source.State.DISABLED)


def _taken(now: datetime, size: int, networks: Opens) -> tuple[list[Task], list[Reply]]:
    """Lease due replies; returns the calls to make, and the replies that must wait for a call."""
    tasks: list[Task] = []
    waiting: list[Reply] = []
    known = _prices(now, networks)
    with transaction.atomic():
        due = _due(now).select_related("case", "mention__source", "mention__author")
        due = due.order_by("next_attempt_at", "pk").select_for_update(skip_locked=True, of=("self",))
        due = due.filter(mention__source__in=known)
        priced = [(reply, _price(reply, known[reply.mention.source_id])) for reply in due[:size]]
        # In one order for all workers, since each holds the budgets that it has taken from.
        for reply, prices in sorted(priced, key=lambda one: [price.key for price in one[1]]):
            if until := budgets.pay(prices, now=now):
                _put_off(reply, until)
                waiting.append(reply)
            else:
                tasks.append(_marked(reply, prices, now))
    return tasks, waiting


def _price(reply: Reply, prices: _Prices) -> tuple[Price, ...]:
    return prices["send" if reply.state == State.QUEUED else "look", reply.is_private]


def _prices(now: datetime, networks: Opens) -> dict[int, _Prices]:
    """Ask each network what its calls cost, before rows are locked, since its log-in may be renewed for it.

    One that cannot be opened says so when it is called.
    """
    calls: tuple[Call, ...] = ("send", "look")
    prices: dict[int, _Prices] = {}
    for source in Source.objects.filter(pk__in=_due(now).values("mention__source")):
        try:
            network = networks(source, clock=lambda: now)
            public = {(call, False): network.prices(call) for call in calls}
            prices[source.pk] = public | {(call, True): network.private_prices(call) for call in calls}
        except ListenerError:
            prices[source.pk] = {(call, is_private): () for call in calls for is_private in (False, True)}
    return prices


def _put_off(reply: Reply, until: datetime) -> None:
    if reply.state == State.QUEUED:
        reply.waits_until = until
    else:
        reply.state = State.UNKNOWN
    reply.next_attempt_at = until
    reply.save(update_fields=["state", "waits_until", "next_attempt_at"])


def _marked(reply: Reply, prices: tuple[Price, ...], now: datetime) -> Task:
    if reply.state == State.QUEUED:
        reply.state, reply.attempts, reply.tried_at = State.SENDING, reply.attempts + 1, now
        reply.first_tried_at = reply.first_tried_at or now
    else:
        reply.state = State.UNKNOWN
    reply.next_attempt_at, reply.waits_until = now + LEASE, None
    reply.save(
        update_fields=["state", "attempts", "tried_at", "first_tried_at", "next_attempt_at", "waits_until"]
    )
    return Task(
        reply.pk,
        State(reply.state),
        reply.attempts,
        reply.tried_at or now,
        reply.mention.source,
        _outgoing(reply),
        prices,
    )


def _outgoing(reply: Reply) -> OutgoingReply:
    return OutgoingReply(
        key=str(reply.key),
        mention_id=reply.mention.native_id,
        thread_id=reply.mention.thread_id,
        author_id=reply.mention.author.native_id,
        text=reply.text,
        language=reply.case.language,
        kind=reply.mention.kind,
        is_private=reply.is_private,
        first_tried_at=reply.first_tried_at,
        others=_others(reply) if reply.state == State.UNKNOWN else frozenset(),
    )


def _others(reply: Reply) -> frozenset[str]:
    """Return the native ids of confirmed replies among which this one is looked for, and which are not it."""
    mention = reply.mention
    near = Q(mention__author=mention.author_id)
    if mention.thread_id:
        near |= Q(mention__thread_id=mention.thread_id)
    since = (reply.first_tried_at or reply.created_at) - RECENT
    sent = Reply.objects.filter(near, mention__network=mention.network, state=State.SENT, sent_at__gte=since)
    ids = sent.exclude(pk=reply.pk).values_list("native_id", flat=True)
    return frozenset(filter(None, ids))


def _called(task: Task, networks: Opens, now: datetime) -> Receipt | Exception | None:
    """Make the call in a thread of its own; whatever goes wrong is the answer."""
    try:
        network = networks(task.source, clock=lambda: now)
        if task.state == State.SENDING:
            with within(BEGINS_WITHIN):
                return _readable(network.send(task.outgoing))
        found = network.find_sent(task.outgoing)
        return found and _readable(found)
    except AuthFault as fault:
        return weighed(task.source, fault, clock=lambda: now)
    except Exception as fault:
        return fault


def _readable(receipt: Receipt) -> Receipt:
    """Return a receipt that can be kept; raises OutcomeUnknown for one that proves nothing."""
    if not 0 < len(receipt.native_id) <= LONGEST_ID or "\0" in receipt.native_id + receipt.url:
        raise OutcomeUnknown("The network confirmed the reply without an id that can be read.")
    return receipt if len(receipt.url) <= LONGEST_URL else replace(receipt, url="")


def _settle(task: Task, outcome: Receipt | Exception | None, now: datetime) -> None:
    """Record one outcome; a fault of ours in doing so leaves the reply to be looked for, not the others."""
    try:
        fate = _judged(task, outcome, now)
        _record(task, fate, now=now)
        _account_for(task, fate)
    except Exception:
        logger.exception("reply_not_recorded", reply=task.reply_id)


def _judged(task: Task, outcome: Receipt | Exception | None, now: datetime) -> Fate:
    if task.state == State.SENDING:
        assert outcome is not None
        return fates.of_sending(outcome, attempts=task.attempts, now=now)
    return fates.of_looking(outcome, attempts=task.attempts, tried_at=task.tried_at, now=now)


def _record(task: Task, fate: Fate, *, now: datetime) -> None:
    """Write down how a call ended, unless another worker has decided meanwhile; a receipt always counts."""
    with transaction.atomic():
        case, reply = locked_reply(task.reply_id)
        if _is_anothers(task, fate, reply):
            fate = fates.of_finding_another(now=now)
        is_mine = (reply.state, reply.tried_at) == (task.state, task.tried_at)
        if reply.state == State.SENT or not (is_mine or fate.receipt):
            return
        before, reply.state = reply.state, fate.state
        reply.next_attempt_at, reply.error = fate.next_attempt_at, fate.error
        is_put_off = fate.is_limited and fate.state == State.QUEUED
        reply.waits_until = fate.next_attempt_at if is_put_off else None
        if fate.receipt:
            reply.native_id, reply.url = fate.receipt.native_id, fate.receipt.url
            reply.sent_at = fate.receipt.posted_at
            delivery.answered(case, reply, now=now)
        reply.save()
        if fate.disables_source:
            _disable(task.source, fate.error)
        case.changed_at = now
        case.save(update_fields=["changed_at"])
        if reply.state != before or fate.error:
            logger.info("reply", reply=reply.pk, state=reply.state, error=fate.error)
        if reply.state != before:
            audit.record(f"reply_{reply.state}", agent=None, case=case, now=now, reply=reply.pk)


def _is_anothers(task: Task, fate: Fate, reply: Reply) -> bool:
    """Say whether what was found has meanwhile been recorded as another reply in the same words."""
    if task.state != State.UNKNOWN or fate.receipt is None:
        return False
    return fate.receipt.native_id in _others(reply) - task.outgoing.others


def _account_for(task: Task, fate: Fate) -> None:
    """Keep what the network said of the calls that are left."""
    if fate.receipt:
        budgets.note(fate.receipt.allowance)
    if fate.is_limited and task.prices:
        budgets.exhaust(task.prices[0].key, until=fate.next_attempt_at)


def _disable(source: Source, error: str) -> None:
    Source.objects.filter(pk=source.pk, state=Source.State.ACTIVE).update(
        state=Source.State.DISABLED, last_error=error
    )
