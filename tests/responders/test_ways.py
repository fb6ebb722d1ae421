from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from django.utils import translation

from listeners.models import Mention
from listeners.networks.registry import NETWORKS
from responders import outbox
from responders.models import AuditEntry, Case, Reply
from responders.refusal import Refusal
from responders.ways import way
from tests.factories import make_source
from tests.responders.answers import done, refused
from tests.responders.desk import claimed_case, make_case, make_post

DAY = timedelta(days=1)


def on(network: str, *, now: datetime, **columns: object) -> Mention:
    return make_post(now=now, source=make_source(now=now, network=network), **columns)


def comment_case(now: datetime, **columns: object) -> tuple[Case, object]:
    source = make_source(now=now, network="facebook")
    return claimed_case(now=now, source=source, kind="comment", **columns)


def answer(case: Case, agent: object, *, now: datetime, **more: object) -> Reply | Refusal:
    columns = {"text": "Hier ist dein Code.", "is_private": True} | more
    return outbox.queue_reply(
        case.pk,
        agent=agent,
        form_key=uuid.uuid4(),
        newest_mention_id=case.latest_mention_id,
        now=now,
        **columns,
    )


@pytest.mark.django_db
def test_a_comment_on_facebook_is_answered_publicly_for_ever_and_privately_for_a_week(now: datetime) -> None:
    mention = on("facebook", now=now, kind="comment")
    private = way(mention, is_private=True, now=now)
    assert (private.refusal, private.until, private.limit) == (None, now + 7 * DAY, 2000)
    late = way(mention, is_private=True, now=now + 7 * DAY)
    assert str(late.refusal).startswith("Facebook took a private reply until ")
    assert way(mention, is_private=False, now=now + 300 * DAY).refusal is None


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_network_that_takes_no_private_answer_says_why_in_both_languages(
    language: str, now: datetime
) -> None:
    silent = [
        name for name, network in NETWORKS.items() if network.can_send and not network.answers_privately
    ]
    with translation.override(language):
        reasons = {name: str(way(on(name, now=now), is_private=True, now=now).refusal) for name in silent}
    assert "reddit" in reasons
    assert all(reason.partition(": ")[2] for reason in reasons.values())
    assert ("Privatnachrichten" in reasons["reddit"]) == (language == "de")


@pytest.mark.django_db
def test_a_post_that_only_comments_could_follow_privately_says_so(now: datetime) -> None:
    for network, native_id in (("facebook", "1_2"), ("instagram", "media/3")):
        mention = on(network, now=now, native_id=native_id)
        assert refused(way(mention, is_private=True, now=now).refusal) == "not_privately"


@pytest.mark.django_db
def test_x_takes_messages_to_those_only_who_may_be_answered_publicly_and_bluesky_to_others_too(
    now: datetime,
) -> None:
    closed = {"now": now, "can_reply": False, "cannot_reply_reason": "Nobody asked us."}
    assert refused(way(on("x", **closed), is_private=True, now=now).refusal) == "cannot_reply"
    for mention in (on("x", now=now), on("bluesky", **closed)):
        assert way(mention, is_private=True, now=now).refusal is None


@pytest.mark.django_db
@pytest.mark.parametrize(("network", "limit"), [("x", 10_000), ("bluesky", 1000)])
def test_a_message_on_x_and_bluesky_is_answered_in_its_conversation_for_ever(
    network: str, limit: int, now: datetime
) -> None:
    mention = on(network, now=now, kind="message", native_id="message/5")
    late = way(mention, is_private=True, now=now + 300 * DAY)
    assert (late.refusal, late.until, late.limit) == (None, None, limit)
    assert refused(way(mention, is_private=False, now=now).refusal) == "message_private"


@pytest.mark.django_db
def test_a_message_is_answered_privately_whatever_was_asked_for(now: datetime) -> None:
    case, agent = claimed_case(now=now, kind="message", source=make_source(now=now, network="telegram"))
    assert refused(way(case.latest_mention, is_private=False, now=now).refusal) == "message_private"
    assert done(answer(case, agent, now=now, is_private=False)).is_private


@pytest.mark.django_db
def test_the_one_private_reply_is_taken_once_unless_it_surely_does_not_stand(now: datetime) -> None:
    case, agent = comment_case(now)
    reply = done(answer(case, agent, now=now))
    assert reply.is_private
    assert AuditEntry.objects.get(action="reply_queued").detail["is_private"] is True
    Reply.objects.update(state=Reply.State.FAILED)
    second = done(answer(case, agent, now=now))
    Reply.objects.filter(pk=second.pk).update(state=Reply.State.SENT, native_id="m_1", sent_at=now)
    assert refused(answer(case, agent, now=now, text="Noch etwas.")) == "private_once"
    assert not done(answer(case, agent, now=now, text="Noch etwas.", is_private=False)).is_private
    assert refused(outbox.retry(reply.pk, agent=agent, now=now)) == "reply_under_way"


@pytest.mark.django_db
def test_a_reply_that_failed_is_not_tried_again_after_its_window(now: datetime) -> None:
    case, agent = comment_case(now, posted_at=now - 7 * DAY + timedelta(minutes=1))
    reply = done(answer(case, agent, now=now))
    Reply.objects.update(state=Reply.State.FAILED)
    assert refused(outbox.retry(reply.pk, agent=agent, now=now + timedelta(minutes=2))) == "private_over"


@pytest.mark.django_db
def test_after_the_networks_deadline_nothing_goes_into_the_outbox(now: datetime) -> None:
    case, agent = claimed_case(now=now, kind="message", reply_until=now + timedelta(minutes=5))
    late = answer(case, agent, now=now + timedelta(minutes=5))
    assert refused(late) == "window_over"
    with translation.override("de"):
        assert str(late).startswith("X nahm bis ")
    assert done(answer(case, agent, now=now + timedelta(minutes=4)))


@pytest.mark.django_db
def test_an_answer_is_due_before_the_network_takes_none_any_more(now: datetime) -> None:
    closes_at = now + timedelta(hours=2)
    case = make_case(now=now, kind="message", reply_until=closes_at, verdict={"urgency": 0})
    assert case.due_at == closes_at - timedelta(hours=1)


@pytest.mark.django_db
def test_a_deadline_of_the_network_that_lies_far_ahead_does_not_delay_an_answer(now: datetime) -> None:
    promised = make_case(now=now).due_at
    assert make_case(now=now, kind="message", reply_until=now + 30 * DAY).due_at == promised


@pytest.mark.django_db
def test_a_message_found_after_its_deadline_is_due_no_earlier_than_it_was_heard_of(now: datetime) -> None:
    case = make_case(now=now, kind="message", posted_at=now, reply_until=now - DAY)
    assert case.due_at == now
