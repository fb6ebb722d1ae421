"""What every network promises when it is answered: at most once, and the truth about it."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer

from listeners.contract import Network, OutgoingReply
from listeners.exceptions import (
    AuthFault,
    Gone,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TerminalFault,
    TransientFault,
    Unavailable,
)
from listeners.networks.promptly import within
from tests.contract.conftest import reply_to, where_it_can_be_read_again, where_nothing_can_be_read_again
from tests.contract.fakes import Fake, Fault, Watch


@pytest.fixture(autouse=True)
def _posts_are_visible(network: Network, reply: OutgoingReply) -> None:
    network.fetch("")


def test_a_reply_stands_below_its_post_once(fake: Fake, network: Network, reply: OutgoingReply) -> None:
    receipt = network.send(reply)
    assert fake.replies() == [(reply.mention_id, reply.text)]
    assert receipt.native_id
    assert receipt.url.startswith("http")
    assert receipt.posted_at == reply.first_tried_at


def test_the_allowance_that_a_sent_reply_tells_of_is_one_that_replies_draw_on(
    network: Network, reply: OutgoingReply
) -> None:
    told = network.send(reply).allowance
    assert told is None or told.key in [price.key for price in network.prices("send")]


def test_a_call_that_took_too_long_to_get_ready_posts_nothing(
    fake: Fake, network: Network, reply: OutgoingReply
) -> None:
    with within(timedelta(0)), pytest.raises(Unavailable):
        network.send(reply)
    assert fake.replies() == []
    network.send(reply)


@where_it_can_be_read_again
def test_a_sent_reply_is_found_again(network: Network, reply: OutgoingReply) -> None:
    receipt = network.send(reply)
    assert network.find_sent(reply) == receipt
    assert receipt.native_id == network.thread(reply.mention_id)[-1].native_id


@where_it_can_be_read_again
@pytest.mark.parametrize("fault", ["lost_answer", "error_after_effect", "malformed_json"])
def test_a_reply_whose_answer_is_lost_is_unknown_and_then_found(
    fake: Fake, network: Network, reply: OutgoingReply, fault: Fault
) -> None:
    fake.break_down(fault, only_writes=True)
    with pytest.raises(OutcomeUnknown):
        network.send(reply)
    fake.heal()
    receipt = network.find_sent(reply)
    assert receipt is not None
    assert receipt.native_id == network.thread(reply.mention_id)[-1].native_id
    assert len(fake.replies()) == 1


@where_it_can_be_read_again
def test_a_cut_before_the_effect_is_unknown_and_absent_once_the_network_has_settled(
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


def test_a_reply_that_times_out_is_unknown(fake: Fake, reply: OutgoingReply) -> None:
    fake.break_down("hangs", only_writes=True)
    with pytest.raises(OutcomeUnknown):
        fake.network(timeout_s=0.5).send(reply)


def test_a_refused_connection_is_surely_not_sent(fake: Fake, network: Network, reply: OutgoingReply) -> None:
    fake.close()
    with pytest.raises(Unavailable):
        fake.network().send(reply)


def test_a_rate_limit_is_surely_not_sent(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch
) -> None:
    fake.break_down("rate_limited", retry_after=str(fake.pause_s))
    with pytest.raises(RateLimited) as caught:
        network.send(reply)
    assert caught.value.retry_at == watch() + timedelta(seconds=fake.pause_s)
    assert fake.replies() == []


def test_a_server_error_is_surely_not_sent_only_where_the_network_vouches_for_it(
    fake: Fake, network: Network, reply: OutgoingReply
) -> None:
    fake.break_down("server_error", only_writes=True)
    with pytest.raises(Unavailable if fake.vouches else OutcomeUnknown):
        network.send(reply)
    assert fake.replies() == []


def test_an_expired_token_refuses_a_reply(fake: Fake, network: Network, reply: OutgoingReply) -> None:
    fake.break_down("expired_token")
    with pytest.raises(AuthFault):
        network.send(reply)
    assert fake.replies() == []


def test_a_deleted_post_cannot_be_answered(fake: Fake, network: Network, reply: OutgoingReply) -> None:
    fake.delete(reply.mention_id)
    with pytest.raises(Gone):
        network.send(reply)


def test_a_post_that_never_was_cannot_be_answered(network: Network, watch: Watch) -> None:
    with pytest.raises(Gone):
        network.send(reply_to("no/such?post", now=watch()))


def test_a_text_of_just_the_longest_length_goes_and_one_more_is_refused(
    fake: Fake, network: Network, reply: OutgoingReply
) -> None:
    assert network.max_length
    letter = next(one for one in "üe" if network.length(one) == 1)
    with pytest.raises(Refused, match=str(network.max_length)):
        network.send(replace(reply, text=letter * (network.max_length + 1)))
    assert fake.replies() == []
    network.send(replace(reply, text=letter * network.max_length))
    assert len(fake.replies()) == 1


def test_an_empty_reply_is_refused(fake: Fake, network: Network, reply: OutgoingReply) -> None:
    with pytest.raises(Refused):
        network.send(replace(reply, text="  "))
    assert fake.replies() == []


def test_a_list_of_replies_that_ends_too_early_proves_nothing(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch
) -> None:
    for native_id in fake.publish("eins", "zwei"):
        network.fetch("")
        network.send(reply_to(native_id, now=watch()))
    fake.break_down("short_timeline")
    watch.wait(hours=1)
    with nullcontext() if fake.finds_by_key else pytest.raises(OutcomeUnknown):
        assert network.find_sent(reply) is None


@pytest.mark.parametrize("fault", ["malformed_json", "malformed_item"])
def test_a_list_of_replies_that_cannot_be_read_proves_nothing(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch, fault: Fault
) -> None:
    fake.break_down(fault)
    watch.wait(hours=1)
    is_no_matter = fake.finds_by_key and fault == "malformed_item"
    with nullcontext() if is_no_matter else pytest.raises(OutcomeUnknown):
        assert network.find_sent(reply) is None


@where_it_can_be_read_again
@pytest.mark.parametrize("fault", ["server_error", "cut_before", "rate_limited"])
def test_a_search_that_gets_no_answer_is_to_be_repeated(
    fake: Fake, network: Network, reply: OutgoingReply, fault: Fault
) -> None:
    fake.break_down(fault)
    with pytest.raises(TransientFault):
        network.find_sent(reply)


@where_it_can_be_read_again
def test_the_search_reads_back_through_several_pages(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch
) -> None:
    receipt = network.send(reply)
    for native_id in fake.publish(*(f"Nummer {number}" for number in range(25))):
        network.send(reply_to(native_id, now=watch(), text=reply.text))
    assert fake.network(page_size=10).find_sent(reply) == receipt


@where_it_can_be_read_again
def test_the_same_words_below_another_post_are_not_this_reply(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch
) -> None:
    (other,) = fake.publish("ein anderer Beitrag")
    network.fetch("")
    network.send(reply_to(other, now=watch(), text=reply.text))
    watch.wait(minutes=1)
    assert network.find_sent(reply) is None


@where_it_can_be_read_again
def test_the_same_words_of_the_day_before_are_not_this_reply(
    network: Network, reply: OutgoingReply, watch: Watch
) -> None:
    network.send(reply)
    watch.wait(days=1)
    later = replace(reply, key="later", first_tried_at=watch())
    watch.wait(minutes=1)
    assert network.find_sent(later) is None


@where_it_can_be_read_again
def test_a_network_whose_clock_is_an_hour_late_hides_no_reply(
    fake: Fake, network: Network, reply: OutgoingReply
) -> None:
    fake.set_clock_back(timedelta(hours=1))
    receipt = network.send(reply)
    assert network.find_sent(reply) == receipt


def test_a_reply_given_twice_stands_as_often_as_the_network_says(
    fake: Fake, network: Network, reply: OutgoingReply
) -> None:
    network.send(reply)
    with suppress(OutcomeUnknown):
        network.send(reply)
    assert len(fake.replies()) == fake.standing_after_two_sends


@where_it_can_be_read_again
def test_a_reply_that_was_given_twice_is_found(network: Network, reply: OutgoingReply) -> None:
    network.send(reply)
    with suppress(OutcomeUnknown):
        network.send(reply)
    assert network.find_sent(reply)


@where_it_can_be_read_again
def test_an_equal_reply_sent_before_is_not_taken_for_this_one(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch
) -> None:
    before = network.send(reply)
    watch.wait(minutes=5)
    others = frozenset({before.native_id})
    again = replace(reply, key="again", first_tried_at=watch(), others=others)
    watch.wait(seconds=fake.settles_s)
    assert (network.find_sent(again) is None) == fake.takes_equal_replies
    if fake.takes_equal_replies:
        second = network.send(again)
        found = network.find_sent(again)
        assert found is not None
        assert found.native_id == second.native_id != before.native_id


@where_nothing_can_be_read_again
@pytest.mark.parametrize("fault", ["lost_answer", "error_after_effect", "malformed_json", "cut_before"])
def test_a_reply_whose_answer_is_lost_stays_unknown_for_a_person_to_decide(
    fake: Fake, network: Network, reply: OutgoingReply, watch: Watch, fault: Fault
) -> None:
    fake.break_down(fault, only_writes=True)
    with pytest.raises(OutcomeUnknown):
        network.send(reply)
    fake.heal()
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            network.find_sent(reply)
        watch.wait(days=1)
    assert len(fake.replies()) == (fault != "cut_before")


def test_a_quota_that_is_used_up_is_surely_not_sent(
    fake: Fake, network: Network, reply: OutgoingReply
) -> None:
    fake.break_down("quota_used")
    with pytest.raises(RateLimited):
        network.send(reply)
    assert fake.replies() == []


def test_what_an_account_may_not_post_is_refused_with_the_reason(
    fake: Fake, network: Network, reply: OutgoingReply
) -> None:
    fake.break_down("forbidden")
    with pytest.raises(Refused, match=r"\w"):
        network.send(reply)
    assert fake.replies() == []


def test_a_redirected_reply_is_not_posted_elsewhere(
    fake: Fake, network: Network, reply: OutgoingReply, httpserver: HTTPServer
) -> None:
    fake.redirect_to(httpserver.url_for("/steal"))
    with pytest.raises((TerminalFault, OutcomeUnknown)):
        network.send(reply)
    assert httpserver.log == []
    assert fake.replies() == []
