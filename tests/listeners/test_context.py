from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from config.pipeline import named, run_once
from listeners import budgets
from listeners import context as fetching
from listeners.before import MOST_BEFORE
from listeners.context import LEASE, MOST_ASKED, REST, fetch_context
from listeners.contract import Account, Allowance, Health, Network, Page, Post
from listeners.conversations import LONGEST, MOST_POSTS, ask, with_context
from listeners.exceptions import AuthFault, Gone, InputError, Malformed, RateLimited, Refused, Unavailable
from listeners.guard import guarded_session
from listeners.intake import store
from listeners.models import Context, ContextPost, Conversation, Mention, Source
from sentiment.models import Assessment
from tests.conftest import NOW
from tests.factories import make_source
from tests.listeners.posts import make_page, make_post

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


class Wall(Network):
    """A network that shows whole conversations and writes down for which posts it was asked."""

    name, label = "x", "Wall"

    def __init__(self) -> None:
        super().__init__(Account(), session=guarded_session(), clock=lambda: NOW)
        self.posts: dict[str, Post] = {}
        self.asked: list[str] = []
        self.faults: list[BaseException] = []
        self.shows: Callable[[Post, Post], bool] = lambda post, asked: _begins(post) == _begins(asked)

    def fetch(self, cursor: str) -> Page:
        return Page(posts=(), cursor="next")

    def thread(self, mention_id: str) -> list[Post]:
        self.asked.append(mention_id)
        if self.faults:
            raise self.faults.pop(0)
        if mention_id not in self.posts:
            raise Gone("The post is no longer there.")
        asked = self.posts[mention_id]
        return [
            post
            for post in self.posts.values()
            if self.shows(post, asked) or post.native_id == asked.quoted_id
        ]

    def check(self) -> Health:
        return Health(ok=True, message="")

    def allowance_key(self) -> str:
        return "x/calls"


def _begins(post: Post) -> str:
    return post.thread_id or post.native_id


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall()
    monkeypatch.setattr(fetching, "open_network", lambda source, **_: wall)
    return wall


@pytest.fixture
def heard(wall: Wall, now: datetime) -> Callable[..., Source]:
    """Put posts on the wall, hear those named by `of`, and let somebody need what stands before them."""

    def put(*posts: Post, of: Sequence[str], network: str = "x", **columns: Any) -> Source:
        source = columns.pop("source", None) or make_source(
            now=now, network=network, settings={"found_by_search": False}, **columns
        )
        wall.posts |= {post.native_id: post for post in posts}
        store(make_page(*(wall.posts[each] for each in of)), source=source, now=now)
        ask(with_context(Mention.objects.filter(native_id__in=of)), now=now)
        return source

    return put


def thread(*texts: str, begins: str = "1", now: datetime = NOW) -> list[Post]:
    """A conversation in which each post answers the one before; its ids count on from its first."""
    first = int(begins)
    return [
        make_post(
            str(first + number),
            text,
            author=f"writer{number}",
            posted_at=now - DAY + number * MINUTE,
            parent_id=str(first + number - 1) if number else "",
            thread_id=begins,
        )
        for number, text in enumerate(texts)
    ]


def kept(**columns: Any) -> list[str]:
    return list(ContextPost.objects.filter(**columns).values_list("text", flat=True))


def test_what_stands_before_a_mention_is_kept_and_what_comes_after_it_is_not(
    heard: Callable[..., Source], now: datetime
) -> None:
    heard(*thread("Neu: der Gleit 4", "Wie lange hält der?", "Zwei Wochen!", "Haha"), of=["3"])
    assert fetch_context(now=now) == 1
    assert kept() == ["Neu: der Gleit 4", "Wie lange hält der?"]
    asked = ContextPost.objects.get(native_id="2")
    assert (asked.handle, asked.parent_id, asked.is_own) == ("writer1", "1", False)
    assert asked.posted_at == now - DAY + MINUTE


def test_context_is_no_mention_and_no_stage_works_on_it(heard: Callable[..., Source], now: datetime) -> None:
    heard(*thread("Die Sohle brennt!", "Bei mir auch!"), of=["2"])
    fetch_context(now=now)
    assert list(Mention.objects.values_list("native_id", flat=True)) == ["2"]
    handled = run_once(named(["route", "index"]), clock=lambda: now)
    assert set(handled.values()) == {0}
    assert not Assessment.objects.exists()


def test_our_own_posts_are_marked_by_the_network_s_word_or_by_the_brand_s_names(
    heard: Callable[..., Source], now: datetime
) -> None:
    told, named_so, theirs = (
        make_post("1", "Sale!", author="77", is_own=True, thread_id="1", posted_at=now - DAY),
        make_post("2", "Nur heute", author="zehnschritt", parent_id="1", thread_id="1", posted_at=now - DAY),
        make_post("3", "Teuer", parent_id="2", thread_id="1", posted_at=now - DAY),
    )
    mention = make_post("4", "Und kaputt", parent_id="3", thread_id="1")
    heard(told, named_so, theirs, mention, of=["4"])
    fetch_context(now=now)
    assert dict(ContextPost.objects.values_list("native_id", "is_own")) == {"1": True, "2": True, "3": False}


def test_what_a_mention_quotes_is_kept_though_it_belongs_elsewhere(
    heard: Callable[..., Source], now: datetime
) -> None:
    original = make_post("9", "Unsere Schuhe halten ewig", posted_at=now - 30 * DAY, thread_id="9")
    heard(original, make_post("1", "Ach ja?", quoted_id="9", thread_id="1"), of=["1"])
    fetch_context(now=now)
    assert kept() == ["Unsere Schuhe halten ewig"]


@pytest.mark.parametrize(
    ("network", "columns"),
    [("x", {"thread_id": "1"}), ("x", {}), ("file", {"parent_id": "0"}), ("x", {"parent_id": "1"})],
)
def test_a_mention_that_answers_nothing_or_stands_where_no_conversation_is_shown_is_not_asked_about(
    wall: Wall, heard: Callable[..., Source], now: datetime, network: str, columns: dict[str, str]
) -> None:
    heard(make_post("1", **columns), of=["1"], network=network)
    assert fetch_context(now=now) == 0
    assert wall.asked == [] and not Conversation.objects.exists()


def test_a_conversation_is_asked_for_once_and_again_when_another_mention_joins_it(
    wall: Wall, heard: Callable[..., Source], now: datetime
) -> None:
    posts = thread("a", "b", "c", "d")
    source = heard(*posts, of=["2"])
    assert [fetch_context(now=now), fetch_context(now=now + MINUTE)] == [1, 0]
    heard(of=["4"], source=source)
    assert fetch_context(now=now + 2 * MINUTE) == 1
    assert wall.asked == ["2", "4"]
    assert kept() == ["a", "b", "c"]


def test_a_mention_is_asked_about_itself_where_a_newer_one_did_not_show_what_it_needs(
    wall: Wall, heard: Callable[..., Source], now: datetime
) -> None:
    posts = thread(*(f"Beitrag {number}" for number in range(12)))
    wall.shows = lambda post, asked: post.native_id in (asked.native_id, asked.parent_id)
    heard(*posts, of=["3", "6", "9", "12"])
    fetch_context(now=now)
    assert wall.asked == ["12", "9", "6", "3"]
    assert {"Beitrag 1", "Beitrag 4", "Beitrag 7", "Beitrag 10"} <= set(kept())
    assert MOST_ASKED == 4


def test_of_a_long_conversation_a_bounded_part_is_kept_what_is_answered_first(
    heard: Callable[..., Source], now: datetime
) -> None:
    crowd = [
        make_post(
            f"n{number}", f"Nr. {number}", posted_at=now - number * MINUTE, parent_id="1", thread_id="1"
        )
        for number in range(1, 300)
    ]
    first = make_post("1", "x" * 9000, posted_at=now - DAY, thread_id="1")
    mentions = [
        make_post(f"m{number}", "so nicht", author=f"w{number}", parent_id="1", thread_id="1", posted_at=at)
        for number, at in enumerate(now - number * 20 * MINUTE for number in range(1, 15))
    ]
    heard(first, *crowd, mentions[0], of=["m0"])
    fetch_context(now=now)
    assert len(kept()) == MOST_BEFORE
    assert kept()[0] == "x" * LONGEST + "…"
    heard(*mentions, of=[mention.native_id for mention in mentions], slug="other")
    fetch_context(now=now)
    assert MOST_BEFORE < len(kept()) <= MOST_POSTS


def test_posts_that_answer_each_other_in_a_circle_end_nobody(
    heard: Callable[..., Source], now: datetime
) -> None:
    one, two = (
        make_post(mine, mine, parent_id=other, thread_id="1", posted_at=now - DAY)
        for mine, other in (("1", "2"), ("2", "1"))
    )
    heard(one, two, make_post("3", "c", parent_id="2", thread_id="1"), of=["3"])
    fetch_context(now=now)
    assert sorted(kept()) == ["1", "2"]


def test_what_is_deleted_on_the_network_is_gone_here_within_the_time_it_grants(
    wall: Wall, heard: Callable[..., Source], now: datetime
) -> None:
    heard(*thread("a", "b", "c"), of=["3"])
    fetch_context(now=now)
    del wall.posts["1"]
    wall.posts["2"] = make_post("2", "b, anders", parent_id="1", thread_id="1", posted_at=now - DAY)
    fetch_context(now=now + DAY * 0.7)
    assert kept() == ["a", "b"]
    fetch_context(now=now + DAY * 0.75)
    assert kept() == ["b, anders"]


def test_a_deleted_post_that_is_answered_leaves_its_place_without_words(
    wall: Wall, heard: Callable[..., Source], now: datetime
) -> None:
    posts = thread("a", "b", "c")
    posts[1] = make_post("2", "b", parent_id="1", thread_id="1", posted_at=posts[1].posted_at, deleted=True)
    heard(*posts[:2], make_post("3", "c", parent_id="2", thread_id="1"), of=["3"])
    fetch_context(now=now)
    gone = ContextPost.objects.get(native_id="2")
    assert (gone.deleted, gone.text, gone.handle, gone.url) == (True, "", "", "")


def test_what_was_deleted_here_stays_blank_however_long_the_network_shows_it(
    heard: Callable[..., Source], now: datetime
) -> None:
    source = heard(*thread("a", "b", "c"), of=["3"])
    store(make_page(make_post("2", "b", author="writer1")), source=source, now=now)
    Mention.objects.filter(native_id="2").update(deleted_at=now, text="")
    fetch_context(now=now)
    assert kept() == ["a", ""]


@pytest.mark.parametrize("source_state", [Source.State.ACTIVE, Source.State.DISABLED])
def test_what_the_network_did_not_confirm_in_time_goes_whatever_the_reason(
    wall: Wall, heard: Callable[..., Source], now: datetime, source_state: str
) -> None:
    heard(*thread("a", "b"), of=["2"])
    fetch_context(now=now)
    Source.objects.update(state=source_state)
    wall.faults = [Unavailable("down")] * 9
    fetch_context(now=now + DAY - MINUTE)
    assert kept() == ["a"]
    fetch_context(now=now + DAY)
    assert kept() == []


def test_nobody_asks_for_a_mention_that_nobody_works_on_and_its_context_goes_in_time(
    wall: Wall, heard: Callable[..., Source], now: datetime
) -> None:
    heard(*thread("a", "b"), of=["2"])
    fetch_context(now=now)
    Context.objects.update(is_wanted=False)
    fetch_context(now=now + DAY - MINUTE)
    assert kept() == ["a"]
    fetch_context(now=now + DAY)
    assert wall.asked == ["2"]
    assert not Conversation.objects.exists() and not Context.objects.exists() and kept() == []


def test_when_a_mention_is_deleted_its_context_goes_and_what_another_one_needs_stays(
    wall: Wall, heard: Callable[..., Source], now: datetime
) -> None:
    source = heard(*thread("a", "b", "c", "d", "e"), of=["3", "5"])
    fetch_context(now=now)
    assert kept() == ["a", "b", "c", "d"]
    store(make_page(make_post("5", "", author="writer4", deleted=True)), source=source, now=now + MINUTE)
    assert kept() == ["a", "b"]
    store(make_page(make_post("3", "", author="writer2", deleted=True)), source=source, now=now + MINUTE)
    assert kept() == [] and not Conversation.objects.exists()
    fetch_context(now=now + DAY)
    assert wall.asked == ["5"]


def test_a_mention_that_is_gone_from_the_network_shows_nothing_and_the_others_are_asked(
    wall: Wall, heard: Callable[..., Source], now: datetime
) -> None:
    heard(*thread("a", "b", "c"), of=["2", "3"])
    del wall.posts["3"]
    assert fetch_context(now=now) == 1
    assert (wall.asked, kept()) == (["3", "2"], ["a", "b"])


@pytest.mark.parametrize("fault", [Unavailable("down"), AuthFault("renew"), InputError("no token")])
def test_a_fault_of_the_network_puts_its_source_off_and_stops_no_other(
    wall: Wall, heard: Callable[..., Source], now: datetime, fault: Exception
) -> None:
    heard(*thread("a", "b"), *thread("m", "n", begins="21"), of=["2", "22"], slug="broken")
    heard(*thread("x", "y", begins="11"), of=["12"], slug="whole")
    wall.faults = [fault]
    assert fetch_context(now=now) == 1
    assert (wall.asked, kept()) == (["2", "12"], ["x"])
    assert not Source.objects.filter(state=Source.State.DISABLED).exists()
    assert Conversation.objects.filter(error=str(fault)).count() == 2
    assert fetch_context(now=now + timedelta(seconds=5)) == 2
    assert not Conversation.objects.exclude(failures=0, error="").exists()


@pytest.mark.parametrize("fault", [Malformed("odd"), Refused("not yours"), RuntimeError("a bug")])
def test_a_conversation_that_cannot_be_read_rests_and_those_beside_it_are_read(
    wall: Wall, heard: Callable[..., Source], now: datetime, fault: Exception
) -> None:
    heard(*thread("a", "b"), *thread("m", "n", begins="21"), of=["2", "22"])
    wall.faults = [fault]
    assert fetch_context(now=now) == 1
    assert (wall.asked, kept()) == (["2", "22"], ["m"])
    assert fetch_context(now=now + REST - MINUTE) == 0
    assert fetch_context(now=now + REST) == 1


def test_a_pause_that_the_network_asks_for_and_a_spent_budget_are_kept(
    wall: Wall, heard: Callable[..., Source], now: datetime
) -> None:
    heard(*thread("a", "b"), of=["2"])
    pause = now + 20 * MINUTE
    wall.faults = [RateLimited("slow down", retry_at=pause)]
    assert [fetch_context(now=now), fetch_context(now=pause - MINUTE)] == [0, 0]
    budgets.note(Allowance(key="x/calls", limit=1, left=0, resets_at=pause + 20 * MINUTE))
    assert [fetch_context(now=pause), fetch_context(now=pause + 19 * MINUTE)] == [0, 0]
    assert wall.asked == ["2"]
    assert fetch_context(now=pause + 20 * MINUTE) == 1


def test_a_worker_that_dies_while_asking_holds_the_conversation_for_the_lease_only(
    wall: Wall, heard: Callable[..., Source], now: datetime
) -> None:
    heard(*thread("a", "b"), of=["2"])
    wall.faults = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        fetch_context(now=now)
    assert fetch_context(now=now + LEASE - MINUTE) == 0
    assert fetch_context(now=now + LEASE) == 1


def test_a_mention_that_is_deleted_or_joins_while_the_network_answers_counts(
    wall: Wall, heard: Callable[..., Source], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = heard(*thread("a", "b", "c", "d", "e"), of=["3"])
    answer = wall.thread

    def meanwhile(mention_id: str) -> list[Post]:
        monkeypatch.setattr(wall, "thread", answer)
        store(make_page(make_post("3", "", author="writer2", deleted=True)), source=source, now=now)
        heard(of=["5"], source=source)
        return answer(mention_id)

    monkeypatch.setattr(wall, "thread", meanwhile)
    fetch_context(now=now)
    assert wall.asked == ["3", "5"]
    assert kept() == ["a", "b", "", "d"]
    assert list(Context.objects.values_list("mention__native_id", flat=True)) == ["5"]


def test_nothing_is_asked_inside_a_transaction(
    wall: Wall, heard: Callable[..., Source], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard(*thread("a", "b"), of=["2"])
    depth, answer = len(connection.savepoint_ids), wall.thread

    def look(mention_id: str) -> list[Post]:
        assert len(connection.savepoint_ids) == depth
        return answer(mention_id)

    monkeypatch.setattr(wall, "thread", look)
    assert fetch_context(now=now) == 1


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_ask_for_each_conversation_once(
    wall: Wall, heard: Callable[..., Source], now: datetime
) -> None:
    starts = [str(number * 10) for number in range(1, 9)]
    for begins in starts:
        heard(*thread("a", "b", begins=begins), of=[str(int(begins) + 1)])
    counts: list[int] = []

    def work() -> None:
        try:
            counts.append(fetch_context(now=now))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == len(starts) == len(set(wall.asked)) == len(wall.asked)
    assert kept() == ["a"] * len(starts)


@pytest.mark.django_db(transaction=True)
def test_a_worker_cut_off_at_any_statement_leaves_the_old_or_the_new_and_another_finishes(
    wall: Wall, heard: Callable[..., Source], now: datetime
) -> None:
    heard(*thread("a", "b", "c"), of=["3"])
    fetch_context(now=now)
    del wall.posts["1"]
    wall.posts["2"] = make_post("2", "b, anders", parent_id="1", thread_id="1", posted_at=now - DAY)
    again, cut = now + DAY * 0.75, 0
    while cut_off_at(cut, now=again):
        assert kept() in (["a", "b"], ["b, anders"])
        Conversation.objects.update(next_fetch_at=again)
        cut += 1
    assert cut > 5
    assert kept() == ["b, anders"]
    assert Conversation.objects.get().fetched_at == again


def cut_off_at(number: int, *, now: datetime) -> bool:
    """Run the stage and end it before its statement of that number; tell whether there was one."""
    passed = iter(range(10_000))

    def cut(execute: Callable[..., Any], *rest: Any) -> Any:
        if next(passed) == number:
            raise KeyboardInterrupt
        return execute(*rest)

    try:
        with connection.execute_wrapper(cut):
            fetch_context(now=now)
    except KeyboardInterrupt:
        return True
    return False
