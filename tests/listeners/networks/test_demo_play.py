"""The demo network's life over time: posts appear, customers answer, and a restart changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from listeners.contract import Account, OutgoingReply, Post
from listeners.networks.demo import DemoServer, serve
from listeners.networks.demo.client import DemoFacebook, DemoX
from listeners.networks.demo.script import Author, Entry, Script
from tests.contract.fakes import Watch


class World:
    """A running demo network, its clock, and what a listener has read of its Facebook so far."""

    def __init__(self, server: DemoServer, watch: Watch, session: httpx.Client, cursor: str = "") -> None:
        self.server, self.watch, self.cursor = server, watch, cursor
        account = Account(settings={"base_url": server.url, "page_size": 100})
        self.facebook = DemoFacebook(account, session=session, clock=watch)
        self.x = DemoX(account, session=session, clock=watch)

    def news(self) -> list[Post]:
        """Read what is new."""
        page = self.facebook.fetch(self.cursor)
        self.cursor = page.cursor
        return list(page.posts)

    def answer(self, post: Post, text: str) -> None:
        """Reply to a post."""
        self.facebook.send(
            OutgoingReply(
                key=text, mention_id=post.native_id, thread_id=post.thread_id, author_id="", text=text
            )
        )


@contextmanager
def running(folder: Path, watch: Watch, *, script: Script | None = None, cursor: str = "") -> Iterator[World]:
    with (
        serve(folder / "book.sqlite3", clock=watch, script=script) as server,
        httpx.Client() as session,
    ):
        yield World(server, watch, session, cursor)


@pytest.fixture
def watch(now: datetime) -> Watch:
    return Watch(now)


@pytest.fixture
def world(tmp_path: Path, watch: Watch) -> Iterator[World]:
    with running(tmp_path, watch) as world:
        yield world


def jana(world: World) -> Post:
    (post,) = [post for post in world.news() if post.author.handle == "jana.rennt"]
    return post


def words(posts: list[Post], handle: str = "jana.rennt") -> list[str]:
    return [post.text for post in posts if post.author.handle == handle]


def test_what_lies_before_the_start_was_posted_in_the_last_hours(world: World, now: datetime) -> None:
    posts = world.news()
    assert len(posts) >= 10
    assert all(now - timedelta(hours=6) < post.posted_at < now for post in posts)


def test_the_rest_appears_minute_by_minute_and_is_all_there_after_a_quarter_of_an_hour(world: World) -> None:
    counts = []
    for _ in range(15):
        world.news()
        world.watch.wait(minutes=1)
        counts.append(len(world.news()))
    assert all(counts[:12])
    assert counts[14] == 0


def test_a_post_is_dated_at_the_moment_at_which_it_became_visible(world: World, now: datetime) -> None:
    world.news()
    world.watch.wait(minutes=1)
    assert all(now < post.posted_at <= world.watch() for post in world.news())


def test_jana_sends_the_photo_that_she_is_asked_for_and_is_won_back_by_a_new_pair(world: World) -> None:
    world.answer(jana(world), "Oh nein, Jana! Schickst du uns bitte ein Foto?")
    world.watch.wait(seconds=15)
    (photo,) = [post for post in world.news() if post.author.handle == "jana.rennt"]
    assert photo.text.startswith("Ja klar, hier.")
    assert photo.kind == "comment"
    picture = httpx.get(photo.photos[0].url)
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.content.startswith(b"\xff\xd8")
    world.answer(photo, "Danke für das Foto! Wir schicken dir ein neues Paar.")
    world.watch.wait(seconds=15)
    (thanks,) = words(world.news())
    assert "Moosgrün" in thanks


def test_jana_gets_angrier_when_brushed_off(world: World) -> None:
    world.answer(jana(world), "Danke für deine Nachricht. Wir haben sie weitergeleitet.")
    world.watch.wait(seconds=15)
    (answer,) = words(world.news())
    assert "keine schönen Worte" in answer


def test_jana_loses_patience_when_nobody_answers(world: World) -> None:
    jana(world)
    world.watch.wait(minutes=4)
    assert any("nichts. Kein Wort" in text for text in words(world.news()))


def test_an_answered_customer_does_not_complain_of_silence(world: World) -> None:
    world.answer(jana(world), "Wir sehen uns das an.")
    world.watch.wait(minutes=5)
    assert not any("Kein Wort" in text for text in words(world.news()))


def test_an_answer_to_a_neighbour_does_not_count_as_one_to_jana(world: World) -> None:
    jana(world)
    world.watch.wait(seconds=10)
    (neighbour,) = [post for post in world.news() if post.author.handle == "lauftreff.ostpark"]
    world.answer(neighbour, "Danke für den Hinweis.")
    world.watch.wait(minutes=5)
    assert any("Kein Wort" in text for text in words(world.news()))


def test_a_customer_gives_each_answer_once_however_often_a_reply_arrives(world: World) -> None:
    post = jana(world)
    world.answer(post, "Schickst du uns ein Foto?")
    world.answer(post, "Schickst du uns ein Foto?")
    world.watch.wait(minutes=1)
    texts = words(world.news())
    assert len(texts) == len(set(texts)) == 2


def test_a_restart_goes_on_where_it_was(tmp_path: Path, watch: Watch) -> None:
    with running(tmp_path, watch) as world:
        world.answer(jana(world), "Schickst du uns bitte ein Foto?")
        seen = world.cursor
    watch.wait(seconds=15)
    with running(tmp_path, watch, cursor=seen) as world:
        (text,) = words(world.news())
        assert text.startswith("Ja klar, hier.")
        assert len(world.server.book.all_replies()) == 1


def test_the_cursor_of_a_book_that_was_thrown_away_starts_anew(tmp_path: Path, watch: Watch) -> None:
    with running(tmp_path / "old", watch) as world:
        before = {post.native_id for post in world.news()}
        seen = world.cursor
    watch.wait(minutes=1)
    with running(tmp_path / "new", watch, cursor=seen) as world:
        after = {post.native_id for post in world.news()}
    assert after
    assert not before & after


def test_the_brands_own_posts_are_read_in_threads_only(world: World) -> None:
    posts = world.news()
    assert "zehnschritt" not in {post.author.handle for post in posts}
    (comment,) = [post for post in posts if post.author.handle == "guenter.s"]
    assert world.facebook.thread(comment.native_id)[0].author.handle == "zehnschritt"


def test_on_x_only_those_who_name_the_account_can_be_answered(tmp_path: Path, watch: Watch) -> None:
    people = {"kim": Author(network="x"), "lee": Author(network="x")}
    posts = {
        "at": Entry(by="kim", at=0, text="@Zehnschritt hallo?"),
        "about": Entry(by="lee", at=0, text="Zehnschritt halt."),
    }
    with running(tmp_path, watch, script=Script(people, posts)) as world:
        named, unnamed = world.x.fetch("").posts
    assert (named.can_reply, named.cannot_reply_reason) == (True, "")
    assert not unnamed.can_reply
    assert unnamed.cannot_reply_reason == "X: author did not mention the brand; reply by hand"
