"""What every network promises when it is read."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from pytest_httpserver import HTTPServer

from listeners.contract import Network, Post
from listeners.exceptions import AuthFault, Malformed, RateLimited, TerminalFault, Unavailable
from tests.contract.conftest import (
    reply_to,
    where_it_can_be_read_again,
    where_nothing_can_be_read_again,
    where_posts_are_passed_on,
)
from tests.contract.fakes import Fake, Fault, Watch


def walk(network: Network, cursor: str = "") -> tuple[list[Post], str]:
    """Read page after page to the end."""
    posts: list[Post] = []
    more = True
    while more:
        page = network.fetch(cursor)
        posts, cursor, more = [*posts, *page.posts], page.cursor, page.more
    return posts, cursor


def ids(posts: list[Post] | tuple[Post, ...]) -> list[str]:
    return [post.native_id for post in posts]


def test_a_post_arrives_with_all_that_the_network_shows(fake: Fake, network: Network, now: datetime) -> None:
    (native_id,) = fake.publish("Grüße aus Köln 👟 – «reißt» leider\nzweite Zeile")
    (post,) = network.fetch("").posts
    assert post.native_id == native_id
    assert post.text.endswith("Grüße aus Köln 👟 – «reißt» leider\nzweite Zeile")
    assert post.posted_at == now
    assert post.posted_at.utcoffset() == timedelta(0)
    assert post.author.native_id
    assert (post.author.handle, post.author.name, post.author.followers) == fake.author
    assert post.url.startswith("http")
    assert post.thread_id == native_id
    assert post.can_reply
    files = [network.photo_url(photo.url) for photo in post.photos]
    assert [url.rpartition(".")[2] for url in files] == ["jpg"] * fake.shows_photos


def test_a_page_seen_twice_gives_the_same_posts_under_the_same_ids(fake: Fake, network: Network) -> None:
    fake.publish("eins", "zwei", "drei")
    assert network.fetch("") == network.fetch("")


def test_an_empty_page_leaves_a_cursor_that_goes_on(fake: Fake, network: Network) -> None:
    empty = network.fetch("")
    assert (empty.posts, empty.more, empty.rejects) == ((), False, ())
    published = fake.publish("später")
    assert ids(network.fetch(empty.cursor).posts) == published


def test_two_pages_and_a_resume_bring_every_post_once(fake: Fake) -> None:
    published = fake.publish(*(f"Nummer {number}" for number in range(25)))
    first = fake.network(page_size=10).fetch("")
    assert len(first.posts) == 10
    assert first.more
    rest, cursor = walk(fake.network(page_size=10), first.cursor)
    assert sorted([*ids(first.posts), *ids(rest)]) == sorted(published)
    assert {*ids(walk(fake.network(), cursor)[0])} <= {*published}


def test_posts_that_come_while_pages_are_read_are_not_missed(fake: Fake) -> None:
    network = fake.network(page_size=10)
    early = fake.publish(*(f"Nummer {number}" for number in range(15)))
    first = network.fetch("")
    late = fake.publish("vier")
    rest, cursor = walk(network, first.cursor)
    after, _ = walk(network, cursor)
    assert {*ids(first.posts), *ids(rest), *ids(after)} == {*early, *late}


def test_an_edited_post_comes_again_with_its_new_words(fake: Fake, network: Network, watch: Watch) -> None:
    (native_id,) = fake.publish("Drecksladen")
    _, cursor = walk(network)
    watch.wait(minutes=3)
    fake.edit(native_id, "Schade")
    (post,) = walk(network, cursor)[0] or network.recheck([native_id])
    changed = ("Schade", watch()) if fake.lets_edit else ("@zehnschritt Drecksladen", None)
    assert (post.native_id, post.text, post.edited_at) == (native_id, *changed)
    assert post.posted_at < watch() or not fake.tells_first_date


@where_posts_are_passed_on
def test_a_repost_is_reach_of_the_original_and_no_mention_of_its_own(
    fake: Fake, network: Network, watch: Watch
) -> None:
    (native_id,) = fake.publish("Die Öse ist gerissen")
    posts, cursor = walk(network)
    assert [post.shares for post in posts] == [0]
    watch.wait(minutes=1)
    fake.pass_on(native_id)
    assert {*ids(walk(network, cursor)[0])} <= {native_id}
    again = walk(network)[0]
    assert {*ids(again)} == {native_id}
    assert {post.shares for post in again} == {int(fake.counts_reposts)}


def test_a_deleted_post_comes_again_without_its_words(fake: Fake, network: Network) -> None:
    (native_id,) = fake.publish("bereue ich gleich")
    _, cursor = walk(network)
    fake.delete(native_id)
    found = walk(network, cursor)[0] or network.recheck([native_id])
    told = [(post.native_id, post.deleted, post.text, post.photos) for post in found]
    assert told == [(native_id, True, "", ())] * fake.tells_deletions


def test_doubled_and_shuffled_posts_all_arrive(fake: Fake, network: Network) -> None:
    published = fake.publish(*"abcdefgh")
    fake.break_down("duplicates_and_disorder")
    page = network.fetch("")
    assert {*ids(page.posts)} == {*published}
    assert page.rejects == ()


def test_one_malformed_post_is_set_aside_and_the_others_are_kept(fake: Fake, network: Network) -> None:
    published = fake.publish("gut", "auch gut")
    fake.break_down("malformed_item")
    page = network.fetch("")
    assert sorted(ids(page.posts)) == sorted(published)
    (reject,) = page.rejects
    assert "item" in reject.where
    assert reject.reason
    assert "nobody" in reject.payload
    with pytest.raises(Malformed):
        network.read(reject.payload)


def test_a_rate_limit_says_when_to_come_back_in_each_way_of_the_network(
    fake: Fake, network: Network, now: datetime
) -> None:
    until = now + timedelta(minutes=2)
    for told in ["120", *([format_datetime(until, usegmt=True)] if fake.pauses_by_date else [])]:
        fake.break_down("rate_limited", retry_after=told)
        with pytest.raises(RateLimited) as caught:
            network.fetch("")
        assert caught.value.retry_at == until


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bald",
        "-5",
        "0",
        "³",
        "1e3",
        "999999999999999999999",
        "Wed, 01 Jan 2020 00:00:00 GMT",
        "Fri, 99 Foo",
    ],
)
def test_a_missing_or_nonsense_retry_after_is_no_time(fake: Fake, network: Network, header: str) -> None:
    fake.break_down("rate_limited", retry_after=header)
    with pytest.raises(RateLimited) as caught:
        network.fetch("")
    assert caught.value.retry_at is None


@pytest.mark.parametrize("fault", ["server_error", "cut_before", "cut_mid_body"])
def test_a_fault_that_may_pass_is_transient_and_loses_nothing(
    fake: Fake, network: Network, fault: Fault
) -> None:
    published = fake.publish("noch da")
    fake.break_down(fault)
    with pytest.raises(Unavailable):
        network.fetch("")
    fake.heal()
    assert ids(network.fetch("").posts) == published


def test_a_network_that_hangs_is_left_after_the_timeout(fake: Fake) -> None:
    fake.break_down("hangs")
    with pytest.raises(Unavailable, match="Timeout"):
        fake.network(timeout_s=0.05).fetch("")


def test_a_network_that_is_not_there_is_a_transient_fault(fake: Fake, network: Network) -> None:
    fake.close()
    with pytest.raises(Unavailable):
        network.fetch("")


def test_the_call_after_the_last_one_that_was_left_is_made_or_refused_but_not_slept_for(
    fake: Fake, network: Network
) -> None:
    fake.publish("gerade noch")
    fake.break_down("nothing_left")
    page = network.fetch("")
    with suppress(RateLimited):
        network.fetch(page.cursor)


def test_an_answer_that_is_not_json_is_malformed(fake: Fake, network: Network) -> None:
    fake.publish("egal")
    fake.break_down("malformed_json")
    with pytest.raises(Malformed):
        network.fetch("")


def test_an_expired_token_says_what_to_do_and_keeps_the_token_to_itself(fake: Fake, network: Network) -> None:
    fake.break_down("expired_token")
    with pytest.raises(AuthFault, match="new one") as caught:
        network.fetch("")
    assert "Bearer" not in str(caught.value)
    health = network.check()
    assert not health.ok
    assert health.what_to_do


def test_a_healthy_account_says_so(network: Network) -> None:
    health = network.check()
    assert health.ok
    assert network.label in health.message


def test_a_link_to_another_host_gets_neither_a_call_nor_the_token(fake: Fake, httpserver: HTTPServer) -> None:
    fake.publish(*(f"Nummer {number}" for number in range(15)))
    network = fake.network(page_size=10)
    fake.point_next_page_to(httpserver.url_for("/steal?after=x"))
    with pytest.raises(Malformed, match="another host"):
        walk(network)
    assert httpserver.log == []


def test_a_redirect_to_another_host_gets_neither_a_call_nor_the_token(
    fake: Fake, network: Network, httpserver: HTTPServer
) -> None:
    fake.redirect_to(httpserver.url_for("/steal"))
    with pytest.raises(Malformed):
        network.fetch("")
    assert httpserver.log == []


def test_a_quota_that_is_used_up_asks_for_a_pause_and_keeps_the_source(fake: Fake, network: Network) -> None:
    fake.break_down("quota_used")
    with pytest.raises(RateLimited, match="used up"):
        network.fetch("")


def test_what_an_account_may_not_read_is_a_fault_of_its_own_and_not_a_dead_token(
    fake: Fake, network: Network
) -> None:
    fake.break_down("forbidden")
    with pytest.raises(TerminalFault) as caught:
        network.fetch("")
    assert not isinstance(caught.value, AuthFault)
    assert not network.check().ok


def test_a_post_that_appears_late_is_found_within_the_overlap(
    fake: Fake, network: Network, watch: Watch
) -> None:
    fake.publish("pünktlich")
    _, cursor = walk(network)
    fake.set_clock_back(timedelta(seconds=30))
    late = fake.publish("verspätet")
    fake.set_clock_back(timedelta())
    assert {*late} <= {*ids(walk(network, cursor)[0])}


@where_it_can_be_read_again
def test_a_thread_is_read_oldest_first_with_our_own_replies(
    fake: Fake, network: Network, watch: Watch
) -> None:
    (native_id,) = fake.publish("Wo bleibt mein Paket?")
    network.fetch("")
    watch.wait(minutes=1)
    sent = network.send(reply_to(native_id, now=watch(), text="Wir sehen nach."))
    assert ids(network.thread(native_id)) == [native_id, sent.native_id]
    assert network.thread(native_id)[1].parent_id == native_id


@where_nothing_can_be_read_again
def test_a_thread_that_the_network_does_not_show_is_empty(fake: Fake, network: Network) -> None:
    assert network.thread(fake.publish("Wo bleibt mein Paket?")[0]) == []


def test_ten_pages_of_posts_are_read_without_a_gap(fake: Fake) -> None:
    published = fake.publish(*(f"Post {number}" for number in range(500)))
    posts, _ = walk(fake.network(page_size=50))
    assert sorted(ids(posts)) == sorted(published)
