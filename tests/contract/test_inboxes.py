"""What every inbox promises when it is read: as other networks do, and what only messages ask for."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer

from listeners.contract import Network, OutgoingReply, Post
from listeners.exceptions import Malformed
from tests.contract.conftest import reply_to
from tests.contract.fakes import INBOXES, BookFake, Watch
from tests.contract.test_reading import (
    ids,
    test_a_deleted_post_comes_again_without_its_words,
    test_a_fault_that_may_pass_is_transient_and_loses_nothing,
    test_a_healthy_account_says_so,
    test_a_page_seen_twice_gives_the_same_posts_under_the_same_ids,
    test_a_post_that_appears_late_is_found_within_the_overlap,
    test_a_quota_that_is_used_up_asks_for_a_pause_and_keeps_the_source,
    test_a_rate_limit_says_when_to_come_back_in_each_way_of_the_network,
    test_a_redirect_to_another_host_gets_neither_a_call_nor_the_token,
    test_an_answer_that_is_not_json_is_malformed,
    test_an_empty_page_leaves_a_cursor_that_goes_on,
    test_an_expired_token_says_what_to_do_and_keeps_the_token_to_itself,
    test_doubled_and_shuffled_posts_all_arrive,
    test_posts_that_come_while_pages_are_read_are_not_missed,
    test_what_an_account_may_not_read_is_a_fault_of_its_own_and_not_a_dead_token,
    walk,
)

__all__ = [
    "test_a_deleted_post_comes_again_without_its_words",
    "test_a_fault_that_may_pass_is_transient_and_loses_nothing",
    "test_a_healthy_account_says_so",
    "test_a_page_seen_twice_gives_the_same_posts_under_the_same_ids",
    "test_a_post_that_appears_late_is_found_within_the_overlap",
    "test_a_quota_that_is_used_up_asks_for_a_pause_and_keeps_the_source",
    "test_a_rate_limit_says_when_to_come_back_in_each_way_of_the_network",
    "test_a_redirect_to_another_host_gets_neither_a_call_nor_the_token",
    "test_an_answer_that_is_not_json_is_malformed",
    "test_an_empty_page_leaves_a_cursor_that_goes_on",
    "test_an_expired_token_says_what_to_do_and_keeps_the_token_to_itself",
    "test_doubled_and_shuffled_posts_all_arrive",
    "test_posts_that_come_while_pages_are_read_are_not_missed",
    "test_what_an_account_may_not_read_is_a_fault_of_its_own_and_not_a_dead_token",
]
pytestmark = pytest.mark.parametrize("fake", sorted(INBOXES), indirect=True)


def answer(post: Post, *, watch: Watch, text: str = "Wir kümmern uns.") -> OutgoingReply:
    reply = reply_to(post.native_id, now=watch(), text=text)
    return replace(reply, author_id=post.author.native_id, kind="message", is_private=True)


def test_a_message_arrives_with_its_words_its_picture_and_who_wrote_it(
    fake: BookFake, network: Network, watch: Watch
) -> None:
    (native_id,) = fake.write_to_inbox("Die Öse ist gerissen 😡")
    (post,) = walk(network)[0]
    assert (post.native_id, post.text, post.kind) == (native_id, "Die Öse ist gerissen 😡", "message")
    assert (post.posted_at, post.thread_id, post.parent_id) == (watch(), native_id, "")
    assert [photo.url.rpartition("/")[2] for photo in post.photos] == ["torn-eyelet.jpg"] * fake.shows_photos
    assert "kim" in post.author.handle.lower()
    assert post.url.startswith("https://")
    assert post.can_reply and not post.is_own


def test_two_pages_and_a_resume_bring_every_message_and_then_only_what_is_new(
    fake: BookFake, watch: Watch
) -> None:
    fake.handles = (f"runner{number}" for number in itertools.count())
    early = fake.write_to_inbox(*(f"Nummer {number}" for number in range(25)))
    posts, cursor = walk(fake.network(page_size=10))
    assert sorted(ids(posts)) == sorted(early)
    watch.wait(hours=1)
    late = fake.write_to_inbox("später")
    _, cursor = walk(fake.network(page_size=10), cursor)
    again = ids(walk(fake.network(page_size=10), cursor)[0])
    assert {*late} <= {*again}
    assert len(again) <= 10, "a page holds what lies within the overlap"


def test_a_person_who_writes_on_while_pages_are_read_has_all_their_messages_heard(
    fake: BookFake, watch: Watch
) -> None:
    network = fake.network(page_size=10)
    fake.next_is("kim")
    published = fake.write_to_inbox("die erste")
    for number in range(12):
        watch.wait(minutes=20)
        fake.next_is(f"runner{number}")
        published += fake.write_to_inbox(f"Nummer {number}")
    first = network.fetch("")
    watch.wait(minutes=20)
    fake.next_is("kim")
    published += fake.write_to_inbox("die zweite")
    rest, cursor = walk(network, first.cursor) if first.more else ([], first.cursor)
    after, _ = walk(network, cursor)
    assert {*ids(first.posts), *ids(rest), *ids(after)} == {*published}


def test_a_link_behind_many_people_to_another_host_gets_neither_a_call_nor_the_token(
    fake: BookFake, httpserver: HTTPServer
) -> None:
    fake.handles = (f"runner{number}" for number in itertools.count())
    fake.write_to_inbox(*(f"Nummer {number}" for number in range(15)))
    fake.point_next_page_to(httpserver.url_for("/steal?after=x"))
    with pytest.raises(Malformed, match="another host"):
        walk(fake.network(page_size=10))
    assert httpserver.log == []


def test_our_own_messages_are_context(fake: BookFake, network: Network, watch: Watch) -> None:
    fake.write_to_inbox("Hallo?")
    (theirs,) = walk(network)[0]
    watch.wait(minutes=1)
    receipt = network.send(answer(theirs, watch=watch))
    ours = next(post for post in walk(network)[0] if post.is_own)
    assert ours.native_id == f"message/{receipt.native_id}"
    assert ours.author.native_id != theirs.author.native_id
    assert ours.reply_until is None


def test_one_malformed_entry_is_set_aside_and_the_messages_are_kept(fake: BookFake, network: Network) -> None:
    published = fake.write_to_inbox("eins")
    fake.break_down("malformed_item")
    page = network.fetch("")
    assert ids(page.posts) == published
    assert page.rejects and all(reject.reason for reject in page.rejects)


def test_messages_are_no_posts_and_posts_no_messages(fake: BookFake, network: Network) -> None:
    fake.write_to_inbox("@zehnschritt nur für euch")
    fake.comment_below_own("für alle")
    assert [post.text for post in walk(network)[0]] == ["@zehnschritt nur für euch"]
    account = replace(network.account, query="")
    public = type(network)(account, session=fake.session, clock=fake.watch)
    assert "nur für euch" not in " ".join(post.text for post in walk(public)[0])


def test_messages_have_no_thread_and_are_not_looked_for_again(fake: BookFake, network: Network) -> None:
    (native_id,) = fake.write_to_inbox("eins")
    assert network.thread(native_id) == []
    assert network.recheck([native_id]) == []


def test_what_was_written_long_ago_is_not_dug_up(fake: BookFake, network: Network, watch: Watch) -> None:
    fake.write_to_inbox("vor langer Zeit")
    watch.wait(days=31)
    fake.next_is("toni")
    late = fake.write_to_inbox("heute")
    posts, cursor = walk(network)
    assert ids(posts) == late
    assert timedelta(0) <= watch() - posts[0].posted_at < timedelta(days=1)
    assert {*ids(walk(network, cursor)[0])} <= {*late}
