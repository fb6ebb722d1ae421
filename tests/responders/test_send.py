from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from django.db import DatabaseError, connection

from listeners.contract import Account, Clock, Health, Network, OutgoingReply, Page, Receipt
from listeners.exceptions import (
    AuthFault,
    Gone,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.guard import Forbidden
from listeners.login.store import Login, locked, read
from listeners.models import Mention, Source
from responders import audit, claims, delivery
from responders.models import Agent, Case, Reply
from responders.route import route
from responders.send import send
from tests.factories import make_author
from tests.responders.answers import done
from tests.responders.desk import claimed_case, make_post
from tests.responders.test_outbox import queue
from tests.responders.together import together

State = Reply.State
SECOND = timedelta(seconds=1)
UNDO = 10 * SECOND
pytestmark = pytest.mark.django_db


@dataclass
class Line:
    """The wire to an invented network: what it says to each call, and what it was asked."""

    says: list[Any]
    calls: list[tuple[str, OutgoingReply]] = field(default_factory=list)

    def __call__(self, source: Source, *, clock: Clock) -> Network:
        line = self

        class Invented(Network):
            name, label, can_send = "invented", "Invented", True

            def fetch(self, cursor: str) -> Page:
                raise NotImplementedError

            def check(self) -> Health:
                raise NotImplementedError

            def send(self, reply: OutgoingReply) -> Receipt:
                answer = line.answer("send", reply)
                assert isinstance(answer, Receipt)
                return answer

            def find_sent(self, reply: OutgoingReply) -> Receipt | None:
                return line.answer("find", reply)

        return Invented(Account(), session=httpx.Client(), clock=clock)

    def answer(self, call: str, reply: OutgoingReply) -> Receipt | None:
        self.calls.append((call, reply))
        answer = self.says.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        assert answer is None or isinstance(answer, Receipt)
        return answer

    @property
    def asked(self) -> list[str]:
        return [call for call, _ in self.calls]


@pytest.fixture
def written(now: datetime) -> Iterator[tuple[Case, Agent, Reply]]:
    """A reply in the outbox that may leave at `now`."""
    case, agent = claimed_case(now=now - UNDO)
    yield case, agent, done(queue(case, agent, now=now - UNDO))


def receipt(now: datetime) -> Receipt:
    return Receipt(native_id="r1", posted_at=now, url="https://x.example/r1")


Written = tuple[Case, Agent, Reply]


def test_a_reply_leaves_after_its_undo_time_and_turns_the_case_to_the_customer(
    written: Written, now: datetime
) -> None:
    case, agent, reply = written
    line = Line([receipt(now)])
    assert send(now=now - SECOND, networks=line) == 0
    assert send(now=now, networks=line) == 1
    assert send(now=now, networks=line) == 0
    reply.refresh_from_db()
    case.refresh_from_db()
    assert (reply.state, reply.sent_at, reply.native_id) == (State.SENT, now, "r1")
    assert (case.state, case.due_at, case.first_replied_at) == (Case.State.WAITING, None, now)
    assert case.latest_mention.first_reply_at == now
    held = claims.holder(case.pk, now=now - SECOND)
    assert held is not None and held.agent == agent
    assert line.calls[0][1].key == str(reply.key)
    assert audit.inspect().is_sound


def test_a_reply_that_resolves_closes_the_case_and_ends_the_claim(now: datetime) -> None:
    case, agent = claimed_case(now=now - UNDO)
    done(queue(case, agent, now=now - UNDO, resolves=True))
    send(now=now, networks=Line([receipt(now)]))
    case.refresh_from_db()
    assert (case.state, case.resolved_at) == (Case.State.RESOLVED, now)
    assert claims.holder(case.pk, now=now - SECOND) is None


def test_what_the_customer_writes_while_we_answer_keeps_it_our_turn(now: datetime) -> None:
    author = make_author(network="demo_x")
    case, agent = claimed_case(now=now - UNDO, author=author)
    done(queue(case, agent, now=now - UNDO, resolves=True))
    newer = make_post(now=now - SECOND, author=author)
    route(now=now - SECOND)
    send(now=now, networks=Line([receipt(now)]))
    case.refresh_from_db()
    newer.refresh_from_db()
    assert (case.state, case.waiting_since, newer.first_reply_at) == (
        Case.State.OPEN,
        newer.posted_at,
        None,
    )
    assert Mention.objects.filter(first_reply_at=now).count() == 1


def test_a_fault_that_surely_posted_nothing_is_tried_again_later_and_later(
    written: Written, now: datetime
) -> None:
    reply = written[2]
    line = Line([Unavailable("503")] * 10)
    waits = []
    at = now
    for _ in range(9):
        send(now=at, networks=line)
        reply.refresh_from_db()
        assert (reply.state, reply.error) == (State.QUEUED, "503")
        waits.append((reply.next_attempt_at - at).total_seconds())
        at = reply.next_attempt_at
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900]
    send(now=at, networks=line)
    reply.refresh_from_db()
    assert (reply.state, reply.attempts) == (State.FAILED, 10)
    assert set(line.asked) == {"send"}


@pytest.mark.parametrize(("asked_for", "waited"), [(30, 30), (1, 5), (10**7, 86400), (None, 5)])
def test_the_pause_that_a_network_asks_for_is_kept_within_reason(
    written: Written, now: datetime, asked_for: int | None, waited: int
) -> None:
    retry_at = None if asked_for is None else now + asked_for * SECOND
    send(now=now, networks=Line([RateLimited("429", retry_at=retry_at)]))
    reply = Reply.objects.get()
    assert (reply.state, reply.next_attempt_at) == (State.QUEUED, now + waited * SECOND)


@pytest.mark.parametrize(
    "fault", [Refused("too rude"), Gone("deleted"), Forbidden("x.example is 10.0.0.1, not a public address.")]
)
def test_what_the_network_refuses_fails_at_once_with_its_word(
    written: Written, now: datetime, fault: Exception
) -> None:
    case, _, reply = written
    send(now=now, networks=Line([fault]))
    reply.refresh_from_db()
    case.refresh_from_db()
    assert (reply.state, reply.error) == (State.FAILED, str(fault))
    assert (case.state, case.first_replied_at) == (Case.State.OPEN, None)


def test_a_dead_log_in_disables_the_source_and_the_reply_waits_for_it(
    written: Written, now: datetime
) -> None:
    line = Line([AuthFault("renew the token"), receipt(now)])
    send(now=now, networks=line)
    source = Source.objects.get()
    assert (source.state, source.last_error) == (Source.State.DISABLED, "renew the token")
    later = now + timedelta(days=2)
    assert send(now=later, networks=line) == 0
    Source.objects.update(state=Source.State.ACTIVE)
    send(now=later, networks=line)
    assert Reply.objects.get().state == State.SENT


def test_a_refused_token_that_can_be_renewed_disables_nothing_and_the_reply_goes_out_after(
    written: Written, now: datetime
) -> None:
    source = Source.objects.get()
    Source.objects.update(network="x")
    with locked(source.slug) as kept:
        secrets = {"client_id": "id", "token": "old", "refresh_token": "r"}
        kept.write(Login(secrets=secrets, expires_at=now + timedelta(hours=1)))
    line = Line([AuthFault("renew the token"), receipt(now)])
    send(now=now, networks=line)
    assert Source.objects.get().state == Source.State.ACTIVE
    assert read(source.slug).expires_at == now
    send(now=now + timedelta(minutes=5), networks=line)
    assert Reply.objects.get().state == State.SENT


AMBIGUOUS = [OutcomeUnknown("cut"), Malformed("not JSON"), RuntimeError("a mistake of ours")]


@pytest.mark.parametrize("fault", AMBIGUOUS, ids=repr)
def test_after_an_ambiguous_fault_the_reply_is_looked_for_and_found(
    written: Written, now: datetime, fault: Exception
) -> None:
    line = Line([fault, receipt(now)])
    send(now=now, networks=line)
    assert Reply.objects.get().state == State.UNKNOWN
    send(now=now + 5 * SECOND, networks=line)
    assert Reply.objects.get().state == State.SENT
    assert line.asked == ["send", "find"]


@pytest.mark.parametrize("native_id", ["", "7" * 201, "a\0b"])
def test_a_receipt_without_a_readable_id_proves_nothing(
    written: Written, now: datetime, native_id: str
) -> None:
    bad = Receipt(native_id=native_id, posted_at=now)
    line = Line([bad, bad, receipt(now)])
    for seconds in (0, 5, 10):
        send(now=now + seconds * SECOND, networks=line)
    assert line.asked == ["send", "find", "find"]
    assert Reply.objects.get().state == State.SENT


def test_an_address_too_long_to_keep_is_left_out(written: Written, now: datetime) -> None:
    send(
        now=now,
        networks=Line([Receipt(native_id="r1", posted_at=now, url="https://x.example/" + "a" * 1000)]),
    )
    assert (Reply.objects.get().state, Reply.objects.get().url) == (State.SENT, "")


def equal_one(reply: Reply, *, now: datetime) -> Reply:
    """Make a reply in the same words to the same person, as another case of theirs may hold one."""
    return Reply.objects.create(
        case=reply.case, mention=reply.mention, agent=reply.agent, text=reply.text,
        form_key=uuid.uuid4(), created_at=now, next_attempt_at=now,
    )  # fmt: skip


def test_of_two_equal_replies_whose_answers_were_lost_each_finds_one_of_its_own(
    written: Written, now: datetime
) -> None:
    equal_one(written[2], now=now)
    line = Line([OutcomeUnknown("cut"), OutcomeUnknown("cut"), receipt(now), receipt(now)])
    send(now=now, networks=line)
    send(now=now + 5 * SECOND, networks=line)
    assert sorted(Reply.objects.values_list("state", flat=True)) == [State.SENT, State.UNKNOWN]
    line.says = [replace(receipt(now), native_id="r2")]
    send(now=now + 10 * SECOND, networks=line)
    assert set(Reply.objects.values_list("state", "native_id")) == {(State.SENT, "r1"), (State.SENT, "r2")}
    assert [reply.others for call, reply in line.calls if call == "find"] == [{*()}, {*()}, {"r1"}]


def test_replies_to_others_and_of_long_ago_are_not_told_as_those_that_this_is_not(
    written: Written, now: datetime
) -> None:
    later = now + timedelta(days=3)
    send(now=now, networks=Line([receipt(now)]))
    case, agent = claimed_case(now=later - UNDO)
    done(queue(case, agent, now=later - UNDO))
    send(now=later, networks=Line([replace(receipt(later), native_id="r2")]))
    equal_one(written[2], now=later)
    line = Line([OutcomeUnknown("cut"), None])
    send(now=later, networks=line)
    send(now=later + 5 * SECOND, networks=line)
    assert line.calls[1][0] == "find"
    assert line.calls[1][1].others == frozenset()


def test_a_reply_that_cannot_be_recorded_does_not_keep_the_others(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        case, agent = claimed_case(now=now - UNDO)
        done(queue(case, agent, now=now - UNDO))
    answered = delivery.answered

    def fail_once(of: Case, reply: Reply, *, now: datetime) -> None:
        if reply.pk == first.pk:
            raise DatabaseError("the disk is full")
        answered(of, reply, now=now)

    first = Reply.objects.earliest("pk")
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "answered", fail_once)
        send(now=now, networks=Line([receipt(now)] * 3))
    assert sorted(Reply.objects.values_list("state", flat=True)) == [State.SENDING, State.SENT, State.SENT]
    send(now=now + 60 * SECOND, networks=Line([receipt(now)]))
    assert set(Reply.objects.values_list("state", flat=True)) == {State.SENT}


def test_only_a_proof_of_absence_that_comes_late_enough_lets_it_be_sent_again(
    written: Written, now: datetime
) -> None:
    line = Line([OutcomeUnknown("cut"), *[None] * 20])
    send(now=now, networks=line)
    at = now
    while (reply := Reply.objects.get()).state == State.UNKNOWN:
        at = reply.next_attempt_at
        send(now=at, networks=line)
    assert at - now >= 60 * SECOND
    assert (reply.state, line.asked.count("send")) == (State.QUEUED, 1)
    line.says = [receipt(now)]
    send(now=at, networks=line)
    assert (Reply.objects.get().state, line.asked[-1]) == (State.SENT, "send")


@pytest.mark.parametrize(
    ("fault", "patience"),
    [
        (OutcomeUnknown("the list is too short"), timedelta(minutes=10)),
        (Unavailable("no answer"), timedelta(days=1)),
        (NotImplementedError("no list"), timedelta(0)),
    ],
    ids=repr,
)
def test_what_nobody_can_tell_goes_to_a_person_after_a_while(
    written: Written, now: datetime, fault: Exception, patience: timedelta
) -> None:
    line = Line([OutcomeUnknown("cut")] + [fault] * 200)
    send(now=now, networks=line)
    while (reply := Reply.objects.get()).state == State.UNKNOWN:
        at = reply.next_attempt_at
        send(now=at, networks=line)
    assert reply.state == State.UNDECIDED
    assert patience <= at - now <= patience + timedelta(minutes=16)
    assert line.asked.count("send") == 1
    assert written[0].state == Case.State.OPEN


def test_a_worker_that_died_in_the_call_leaves_a_reply_that_is_looked_for_not_sent(
    written: Written, now: datetime
) -> None:
    with pytest.raises(KeyboardInterrupt):
        send(now=now, networks=Line([KeyboardInterrupt()]))
    assert Reply.objects.get().state == State.SENDING
    line = Line([receipt(now)])
    assert send(now=now + 59 * SECOND, networks=line) == 0
    assert send(now=now + 60 * SECOND, networks=line) == 1
    assert (Reply.objects.get().state, line.asked) == (State.SENT, ["find"])


class Slow(Line):
    """A call that takes so long that a person has been asked meanwhile."""

    def answer(self, call: str, reply: OutgoingReply) -> Receipt | None:
        Reply.objects.update(state=State.UNDECIDED)
        connection.close()
        return super().answer(call, reply)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", [None, Unavailable("503")])
def test_after_the_lease_a_receipt_still_counts_and_a_fault_does_not(
    fault: Exception | None, now: datetime
) -> None:
    case, agent = claimed_case(now=now - UNDO)
    done(queue(case, agent, now=now - UNDO))
    send(now=now, networks=Slow([fault or receipt(now)]))
    assert Reply.objects.get().state == (State.UNDECIDED if fault else State.SENT)


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_reply_once(now: datetime) -> None:
    for _ in range(12):
        case, agent = claimed_case(now=now - UNDO)
        done(queue(case, agent, now=now - UNDO))
    lines = [Line([receipt(now)] * 12) for _ in range(4)]
    together(lambda line: send(now=now, networks=line, size=5), lines)
    for line in lines:
        send(now=now, networks=line)
    sent = [outgoing.key for line in lines for _, outgoing in line.calls]
    assert len(sent) == len(set(sent)) == 12
    assert set(Reply.objects.values_list("state", flat=True)) == {State.SENT}
    assert audit.inspect().is_sound
