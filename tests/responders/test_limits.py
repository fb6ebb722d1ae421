from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from listeners import budgets
from listeners.contract import Allowance, Call, Clock, Network, OutgoingReply, Price, Receipt
from listeners.exceptions import OutcomeUnknown, RateLimited, Unavailable
from listeners.models import Budget, Source
from responders.fates import LEASE, MOST_ATTEMPTS
from responders.models import Agent, Reply
from responders.send import send
from tests.responders.answers import done
from tests.responders.desk import claimed_case
from tests.responders.test_outbox import queue
from tests.responders.test_send import UNDO, Line
from tests.responders.together import together

State = Reply.State
DAY = timedelta(days=1)
POSTS, READS = "x/abc/posts", "x/abc/own posts"
pytestmark = pytest.mark.django_db


class Limited(Line):
    """An invented network that allows so many replies a day, and tells it with each."""

    def __call__(self, source: Source, *, clock: Clock) -> Network:
        network = super().__call__(source, clock=clock)

        def prices(call: Call) -> tuple[Price, ...]:
            return (Price(POSTS, 50) if call == "send" else Price(READS),)

        network.prices = prices  # type: ignore[method-assign]
        return network


class Generous(Limited):
    """One that confirms whatever it gets."""

    def answer(self, call: str, reply: OutgoingReply) -> Receipt:
        self.calls.append((call, reply))
        return Receipt(native_id=f"r-{reply.key}", posted_at=self.says[0], allowance=None)


def write_replies(count: int, *, now: datetime, agent: Agent | None = None) -> list[Reply]:
    """Replies in the outbox that may leave at `now`."""
    replies = []
    for _ in range(count):
        case, holder = claimed_case(now=now - UNDO, agent=agent)
        replies.append(done(queue(case, holder, now=now - UNDO)))
    return replies


def said(left: int, now: datetime, *, key: str = POSTS) -> Allowance:
    return Allowance(key=key, limit=5000, left=left, resets_at=now + DAY)


def fates() -> list[tuple[str, datetime | None]]:
    return list(Reply.objects.order_by("pk").values_list("state", "waits_until"))


def test_no_network_is_opened_inside_a_transaction(now: datetime) -> None:
    write_replies(1, now=now)
    depth = len(connection.savepoint_ids)

    class Looking(Limited):
        def __call__(self, source: Source, *, clock: Clock) -> Network:
            assert len(connection.savepoint_ids) == depth
            return super().__call__(source, clock=clock)

    line = Looking([Receipt(native_id="r1", posted_at=now)])
    assert send(now=now, networks=line) == 1
    assert fates() == [("sent", None)]


def test_a_reply_for_which_the_network_has_no_call_left_waits_untried_and_then_leaves(
    now: datetime,
) -> None:
    (reply,) = write_replies(1, now=now)
    budgets.note(said(49, now))
    line: Any = Limited([Receipt(native_id="r1", posted_at=now)])
    assert [send(now=now, networks=line), send(now=now, networks=line)] == [1, 0]
    reply.refresh_from_db()
    assert (reply.state, reply.waits_until, reply.attempts, line.calls) == (State.QUEUED, now + DAY, 0, [])
    assert send(now=now + DAY, networks=line) == 1
    assert fates() == [(State.SENT, None)]


def test_a_private_reply_draws_on_the_messages_that_are_left_and_not_on_the_posts(now: datetime) -> None:
    class Discreet(Limited):
        def __call__(self, source: Source, *, clock: Clock) -> Network:
            network = super().__call__(source, clock=clock)
            network.private_prices = lambda call: (Price(f"x/abc/{call} messages"),)  # type: ignore[method-assign]
            return network

    private, _ = write_replies(2, now=now)
    Reply.objects.filter(pk=private.pk).update(is_private=True)
    budgets.note(said(0, now, key="x/abc/send messages"))
    line = Discreet([Receipt(native_id="r1", posted_at=now), OutcomeUnknown("cut")])
    assert send(now=now, networks=line) == 2
    assert [reply.is_private for _, reply in line.calls] == [False]
    assert fates() == [(State.QUEUED, now + DAY), (State.SENT, None)]
    budgets.note(said(0, now + DAY, key="x/abc/look messages"))
    send(now=now + DAY, networks=line)
    send(now=now + DAY + LEASE, networks=line)
    assert line.asked == ["send", "send"], "a look waits for its own budget"


def test_what_a_network_says_of_the_replies_left_holds_for_the_next_ones(now: datetime) -> None:
    write_replies(3, now=now)
    line = Limited(
        [Receipt(native_id=f"r{number}", posted_at=now, allowance=said(60, now)) for number in "ab"]
    )
    for _ in range(3):
        send(now=now, networks=line, size=1)
    assert fates() == [(State.SENT, None), (State.SENT, None), (State.QUEUED, now + DAY)]
    assert Budget.objects.get(key=POSTS).left == 10


def test_a_pause_that_one_reply_is_told_of_keeps_the_others_from_being_tried(now: datetime) -> None:
    write_replies(2, now=now)
    line = Limited([RateLimited("429", retry_at=now + DAY)])
    send(now=now, networks=line, size=1)
    send(now=now, networks=line, size=1)
    assert line.asked == ["send"]
    assert fates() == [(State.QUEUED, now + DAY)] * 2


def test_a_limit_never_makes_a_reply_fail(now: datetime) -> None:
    (reply,) = write_replies(1, now=now)
    at = now
    for _ in range(MOST_ATTEMPTS + 2):
        send(now=at, networks=Limited([RateLimited("429")]))
        reply.refresh_from_db()
        assert reply.state == State.QUEUED
        at = reply.next_attempt_at
    send(now=at, networks=Limited([Receipt(native_id="r1", posted_at=at)]))
    assert fates() == [(State.SENT, None)]


def test_looking_for_a_reply_waits_for_its_own_budget_and_nothing_is_sent_meanwhile(now: datetime) -> None:
    (reply,) = write_replies(1, now=now)
    send(now=now, networks=Limited([OutcomeUnknown("lost")]))
    budgets.note(said(0, now, key=READS))
    at = now + LEASE
    line = Limited([Receipt(native_id="r1", posted_at=now)])
    assert send(now=at, networks=line) == 1
    reply.refresh_from_db()
    assert (reply.state, reply.next_attempt_at, reply.waits_until) == (State.UNKNOWN, now + DAY, None)
    send(now=now + DAY, networks=line)
    assert line.asked == ["find"]
    assert fates() == [(State.SENT, None)]


def test_a_look_that_is_told_to_pause_pauses_so_long(now: datetime) -> None:
    write_replies(1, now=now)
    send(now=now, networks=Limited([OutcomeUnknown("lost")]))
    send(now=now + LEASE, networks=Limited([RateLimited("429", retry_at=now + DAY)]))
    assert Reply.objects.get().next_attempt_at == now + DAY
    assert Budget.objects.get(key=READS).left == 0


def test_another_fault_does_not_say_that_a_reply_waits_for_a_limit(now: datetime) -> None:
    write_replies(1, now=now)
    send(now=now, networks=Limited([Unavailable("503")]))
    assert fates() == [(State.QUEUED, None)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_no_more_than_the_network_allows_and_lose_nothing(now: datetime) -> None:
    write_replies(8, now=now)
    budgets.note(said(250, now))
    lines = [Generous([now]) for _ in range(2)]
    together(lambda line: send(now=now, networks=line, size=4), lines)
    for line in lines:
        send(now=now, networks=line)
    assert sum(len(line.calls) for line in lines) == 5
    assert sorted(state for state, _ in fates()) == [State.QUEUED] * 3 + [State.SENT] * 5
    assert Budget.objects.get(key=POSTS).left == 0
    send(now=now + DAY, networks=lines[0])
    keys = [reply.key for line in lines for _, reply in line.calls]
    assert len(keys) == len(set(keys)) == 8
