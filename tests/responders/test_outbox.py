from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from responders import audit, cases, claims, goodwill, outbox
from responders.models import Agent, AuditEntry, Case, Offer, Reply
from responders.refusal import Refusal
from responders.route import route
from tests.factories import make_agent, make_author, make_source
from tests.responders.answers import done, refused
from tests.responders.desk import claimed_case, make_post
from tests.responders.together import together

State = Reply.State
SECOND = timedelta(seconds=1)


def queue(
    case: Case,
    agent: Agent,
    *,
    now: datetime,
    text: str = "Das tut uns leid!",
    form_key: uuid.UUID | None = None,
    newest: int | None = None,
    offer: Offer | None = None,
    resolves: bool = False,
) -> Reply | Refusal:
    return outbox.queue_reply(
        case.pk,
        agent=agent,
        text=text,
        form_key=form_key or uuid.uuid4(),
        newest_mention_id=newest or case.latest_mention_id,
        offer_id=offer.pk if offer else None,
        resolves=resolves,
        now=now,
    )


@pytest.mark.django_db
def test_a_reply_waits_in_the_outbox_until_it_cannot_be_undone(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    reply = done(queue(case, agent, now=now, text="  Das tut\0 uns leid!  "))
    assert (reply.state, reply.text, reply.mention) == (
        State.QUEUED,
        "Das tut uns leid!",
        case.latest_mention,
    )
    assert reply.next_attempt_at == now + 10 * SECOND
    assert AuditEntry.objects.filter(action="reply_queued", case=case).count() == 1


@pytest.mark.django_db
def test_the_same_form_sent_twice_is_one_reply(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    key = uuid.uuid4()
    first = done(queue(case, agent, now=now, form_key=key))
    assert done(queue(case, agent, now=now + SECOND, form_key=key, text="anders")) == first
    other, _ = claimed_case(now=now, agent=agent)
    assert refused(queue(other, agent, now=now, form_key=key)) == "form_used"


@pytest.mark.django_db
def test_who_does_not_hold_the_case_sends_nothing(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    assert refused(queue(case, make_agent(), now=now)) == "held"
    assert refused(queue(case, agent, now=now + timedelta(minutes=10))) == "not_held"
    done(claims.take_over(case.pk, agent=make_agent("lead"), now=now))
    assert refused(queue(case, agent, now=now)) == "held"
    assert not Reply.objects.exists()


@pytest.mark.django_db
def test_a_mention_that_the_agent_has_not_seen_stops_the_reply(now: datetime) -> None:
    author = make_author(network="demo_x")
    case, agent = claimed_case(now=now, author=author)
    seen = case.latest_mention_id
    make_post(now=now, author=author, posted_at=now + SECOND)
    route(now=now)
    assert refused(queue(case, agent, now=now, newest=seen)) == "newer_mention"


@pytest.mark.django_db
def test_what_the_network_does_not_take_is_refused_before_it_is_sent(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    assert refused(queue(case, agent, now=now, text=" \n ")) == "empty"
    too_long = queue(case, agent, now=now, text="a" * 281)
    assert str(too_long) == "The text has 281 characters; X takes 280."
    assert done(queue(case, agent, now=now, text="a" * 280))


@pytest.mark.django_db
def test_an_author_who_cannot_be_answered_here_is_answered_by_hand(now: datetime) -> None:
    reason = "X: author did not mention the brand; reply by hand"
    case, agent = claimed_case(now=now, can_reply=False, cannot_reply_reason=reason)
    assert reason in str(queue(case, agent, now=now))
    imported, _ = claimed_case(now=now, agent=agent, source=make_source(now=now))
    assert refused(queue(imported, agent, now=now)) == "cannot_send"

    def by_hand(url: str) -> Reply | Refusal:
        return outbox.answer_by_hand(
            case.pk, agent=agent, text="Hallo!", url=url, form_key=uuid.uuid4(), now=now
        )

    for url in ("", "javascript:alert(1)", "https://", "http://[", "x.example/1"):
        assert refused(by_hand(url)) == "address_wrong"
    assert done(by_hand("https://x.example/1")).state == State.BY_HAND
    case.refresh_from_db()
    case.latest_mention.refresh_from_db()
    assert (case.state, case.first_replied_at, case.due_at) == (Case.State.WAITING, now, None)
    assert case.latest_mention.first_reply_at == now


@pytest.mark.django_db
def test_one_reply_at_a_time_is_under_way(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    reply = done(queue(case, agent, now=now))
    assert refused(queue(case, agent, now=now, text="Noch etwas")) == "reply_under_way"
    assert refused(cases.resolve(case.pk, agent=agent, now=now)) == "reply_under_way"
    assert done(outbox.cancel(reply.pk, agent=agent, now=now)).state == State.CANCELLED
    assert done(queue(case, agent, now=now)).state == State.QUEUED


@pytest.mark.django_db
def test_the_same_text_does_not_go_to_the_same_mention_twice(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    reply = done(queue(case, agent, now=now))
    Reply.objects.filter(pk=reply.pk).update(state=State.SENT, native_id="1", sent_at=now)
    assert refused(queue(case, agent, now=now)) == "reply_repeated"


@pytest.mark.django_db
def test_a_reply_that_is_being_sent_is_not_taken_back(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    reply = done(queue(case, agent, now=now))
    assert refused(outbox.retry(reply.pk, agent=agent, now=now)) == "not_failed"
    assert refused(outbox.settle(reply.pk, was_sent=True, agent=agent, now=now)) == "not_undecided"
    Reply.objects.filter(pk=reply.pk).update(state=State.SENDING)
    assert refused(outbox.cancel(reply.pk, agent=agent, now=now)) == "too_late"


@pytest.mark.django_db
def test_only_a_granted_offer_of_the_case_is_told_and_once_told_it_stands(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    other, _ = claimed_case(now=now, agent=agent)

    def offer(of: Case, value: int) -> Offer:
        return done(
            goodwill.propose(of.pk, kind="voucher", value=Decimal(value), reason="", agent=agent, now=now)
        )

    granted, waiting = offer(case, 20), offer(case, 90)
    assert refused(queue(case, agent, now=now, offer=offer(other, 20))) == "offer_foreign"
    assert refused(queue(case, agent, now=now, offer=waiting)) == "offer_not_granted"
    reply = done(queue(case, agent, now=now, offer=granted))
    assert refused(goodwill.withdraw(granted.pk, agent=agent, now=now)) == "offer_told"
    done(outbox.cancel(reply.pk, agent=agent, now=now))
    assert refused(queue(case, agent, now=now, resolves=True)) == "offer_open"
    assert done(goodwill.withdraw(granted.pk, agent=agent, now=now))


@pytest.mark.django_db
@pytest.mark.parametrize("was_sent", [True, False])
def test_a_person_decides_what_no_machine_could_find_out(was_sent: bool, now: datetime) -> None:
    case, agent = claimed_case(now=now)
    reply = done(queue(case, agent, now=now))
    Reply.objects.filter(pk=reply.pk).update(state=State.UNDECIDED, tried_at=now)
    assert refused(outbox.settle(reply.pk, was_sent=True, agent=agent, now=now)) == "address_wrong"
    url = "https://x.example/1"
    settled = done(outbox.settle(reply.pk, was_sent=was_sent, url=url, agent=agent, now=now))
    case.refresh_from_db()
    if was_sent:
        assert (settled.state, case.state) == (State.SENT, Case.State.WAITING)
    else:
        assert (settled.state, case.state) == (State.FAILED, Case.State.OPEN)
        assert done(outbox.retry(reply.pk, agent=agent, now=now)).state == State.QUEUED
    assert audit.inspect().is_sound


@pytest.mark.django_db(transaction=True)
def test_a_form_that_arrives_many_times_at_once_is_one_reply(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    key = uuid.uuid4()
    answers = together(lambda _: queue(case, agent, now=now, form_key=key), range(6))
    assert len({done(answer).pk for answer in answers}) == 1


@pytest.mark.django_db(transaction=True)
def test_a_take_over_at_the_moment_of_sending_lets_one_of_both_through_whole(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    lead = make_agent("lead")
    acts: list[Callable[[], object]] = [
        lambda: queue(case, agent, now=now),
        lambda: claims.take_over(case.pk, agent=lead, now=now),
    ]
    reply, _ = together(lambda act: act(), acts)
    order = list(AuditEntry.objects.values_list("action", flat=True))[-2:]
    if isinstance(reply, Refusal):
        assert reply.code == "held"
    else:
        assert order == ["reply_queued", "taken_over"]
