"""What every network promises that answers posts or messages privately: to one person, and at most once."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import replace

import pytest

from listeners.contract import Network, OutgoingReply, PrivateAnswers
from listeners.exceptions import Gone, OutcomeUnknown, RateLimited, Refused, TransientFault, Unavailable
from tests.contract.conftest import reply_to
from tests.contract.fakes import DISCREET, INBOXES, Fake, Fault, Watch

pytestmark = pytest.mark.parametrize("fake", sorted(DISCREET | INBOXES.keys()), indirect=True)


@pytest.fixture
def rules(fake: Fake, network: Network) -> PrivateAnswers:
    """How the network takes private answers to what customers write in this fake."""
    assert network.answers_privately
    if not fake.holds_messages:
        return network.answers_privately
    return replace(network.answers_privately, once=False, within=fake.message_window)


@pytest.fixture
def reply(fake: Fake, network: Network, watch: Watch) -> OutgoingReply:
    """A private reply that is about to be tried for the first time."""
    return private_reply(fake, network, watch)


def private_reply(
    fake: Fake, network: Network, watch: Watch, *, text: str = "Hier ist dein Gutschein 🎁: ÖSE-10"
) -> OutgoingReply:
    (native_id,) = fake.publish_for_private("Die Öse ist gerissen 😡")
    shown = [*network.thread(native_id), *network.fetch("").posts]
    post = next(post for post in shown if post.native_id == native_id)
    assert fake.holds_messages == (post.kind == "message")
    assert fake.holds_messages or not network.why_not_privately(native_id=native_id, kind=post.kind)
    return replace(
        reply_to(native_id, now=watch(), text=text),
        thread_id=post.thread_id,
        author_id=post.author.native_id,
        kind=post.kind,
        is_private=True,
    )


def test_a_private_reply_reaches_its_author_and_nobody_else(
    fake: Fake, network: Network, reply: OutgoingReply
) -> None:
    receipt = network.send(reply)
    assert fake.replies() == fake.private_replies() == [(reply.mention_id, reply.text)]
    assert receipt.native_id
    assert receipt.url.startswith("http")
    assert receipt.posted_at == reply.first_tried_at


def test_a_private_reply_is_found_again(network: Network, reply: OutgoingReply) -> None:
    receipt = network.send(reply)
    assert network.find_sent(reply) == receipt


@pytest.mark.parametrize("fault", ["lost_answer", "error_after_effect", "malformed_json"])
def test_a_private_reply_whose_answer_is_lost_is_unknown_and_then_found(
    fake: Fake, network: Network, reply: OutgoingReply, fault: Fault
) -> None:
    fake.break_down(fault, only_writes=True)
    with pytest.raises(OutcomeUnknown):
        network.send(reply)
    fake.heal()
    assert network.find_sent(reply) is not None
    assert len(fake.private_replies()) == 1


def test_a_private_reply_that_never_left_is_absent_once_the_network_has_settled(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch
) -> None:
    fake.break_down("cut_before", only_writes=True)
    with pytest.raises(OutcomeUnknown):
        network.send(reply)
    fake.heal()
    with pytest.raises(TransientFault):
        network.find_sent(reply)
    watch.wait(seconds=fake.settles_s)
    assert network.find_sent(reply) is None
    assert fake.replies() == []


def test_a_public_reply_in_the_same_words_is_not_the_private_one_but_below_a_message_none_is_public(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch
) -> None:
    network.send(replace(reply, is_private=False))
    watch.wait(seconds=fake.settles_s)
    assert len(fake.private_replies()) == fake.holds_messages
    assert (network.find_sent(reply) is not None) == fake.holds_messages


def test_the_same_words_to_another_person_are_not_this_private_reply(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch
) -> None:
    fake.next_is("toni")
    network.send(private_reply(fake, network, watch, text=reply.text))
    watch.wait(seconds=fake.settles_s)
    assert network.find_sent(reply) is None


def test_the_same_private_words_of_the_day_before_are_not_this_reply(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch
) -> None:
    network.send(reply)
    watch.wait(days=1)
    later = replace(reply, key="later", first_tried_at=watch())
    watch.wait(seconds=fake.settles_s)
    assert network.find_sent(later) is None


def test_an_equal_private_reply_sent_before_is_not_taken_for_this_one(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch
) -> None:
    before = network.send(reply)
    watch.wait(minutes=5)
    others = frozenset({before.native_id})
    again = replace(reply, key="again", first_tried_at=watch(), others=others)
    watch.wait(seconds=fake.settles_s)
    assert network.find_sent(again) is None
    with suppress(Refused):
        second = network.send(again)
        assert network.find_sent(again) == second != before


def test_a_conversation_that_is_shown_in_part_proves_nothing(
    fake: Fake, network: Network, watch: Watch
) -> None:
    sent = [private_reply(fake, network, watch, text=text) for text in ("eins", "zwei", "drei")]
    for reply in sent:
        network.send(reply)
    fake.break_down("short_timeline")
    watch.wait(hours=1)
    unsent = replace(sent[-1], text="vier")
    with nullcontext() if fake.shows_whole_threads else pytest.raises(OutcomeUnknown):
        assert network.find_sent(unsent) is None


@pytest.mark.parametrize("fault", ["malformed_json", "malformed_item"])
def test_a_conversation_that_cannot_be_read_proves_nothing(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch, fault: Fault
) -> None:
    network.send(reply)
    fake.break_down(fault)
    watch.wait(hours=1)
    with pytest.raises(OutcomeUnknown):
        network.find_sent(replace(reply, text="etwas anderes"))


@pytest.mark.parametrize("fault", ["server_error", "cut_before", "rate_limited"])
def test_a_search_for_a_private_reply_that_gets_no_answer_is_to_be_repeated(
    fake: Fake, network: Network, reply: OutgoingReply, fault: Fault
) -> None:
    fake.break_down(fault)
    with pytest.raises(TransientFault):
        network.find_sent(reply)


def test_a_refused_connection_or_a_limit_is_surely_no_private_reply(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch
) -> None:
    fake.break_down("rate_limited", retry_after=str(fake.pause_s))
    with pytest.raises(RateLimited):
        network.send(reply)
    assert fake.replies() == []
    fake.heal()
    fake.close()
    with pytest.raises(Unavailable):
        fake.network().send(reply)


def test_a_private_reply_is_taken_as_often_as_the_network_says(
    fake: Fake, network: Network, rules: PrivateAnswers, reply: OutgoingReply
) -> None:
    network.send(reply)
    again = replace(reply, key="again", text="Noch etwas.")
    with pytest.raises(Refused) if rules.once else nullcontext():
        network.send(again)
    assert len(fake.private_replies()) == (1 if rules.once else 2)


def test_the_same_private_reply_given_twice_stands_as_often_as_the_network_lets_it_and_is_found(
    fake: Fake, network: Network, rules: PrivateAnswers, reply: OutgoingReply
) -> None:
    network.send(reply)
    with suppress(OutcomeUnknown, Refused):
        network.send(reply)
    assert len(fake.private_replies()) == (1 if rules.once else fake.private_after_two_sends)
    assert network.find_sent(reply)


def test_after_its_window_a_private_reply_is_refused(
    fake: Fake, network: Network, rules: PrivateAnswers, reply: OutgoingReply, watch: Watch
) -> None:
    watch.wait(days=8)
    with pytest.raises(Refused) if rules.within else nullcontext():
        network.send(reply)
    assert len(fake.replies()) == (0 if rules.within else 1)


def test_a_private_text_of_just_the_longest_length_goes_and_one_more_is_refused(
    fake: Fake, network: Network, rules: PrivateAnswers, reply: OutgoingReply
) -> None:
    assert rules.max_length
    with pytest.raises(Refused, match=str(rules.max_length)):
        network.send(replace(reply, text="e" * (rules.max_length + 1)))
    with pytest.raises(Refused):
        network.send(replace(reply, text="  "))
    assert fake.replies() == []
    network.send(replace(reply, text="e" * rules.max_length))
    assert len(fake.replies()) == 1


def test_a_post_that_was_deleted_is_answered_privately_no_more(
    fake: Fake, network: Network, reply: OutgoingReply
) -> None:
    fake.delete(reply.mention_id)
    with nullcontext() if fake.holds_messages else pytest.raises(Gone):
        network.send(reply)
