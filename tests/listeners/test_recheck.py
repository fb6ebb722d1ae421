from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from config.media_storage import in_folder
from config.pipeline import named, run_once
from listeners import budgets
from listeners import recheck as rechecking
from listeners.contract import Account, Allowance, Health, Network, Page, Photo, Post
from listeners.exceptions import AuthFault, InputError, Malformed, RateLimited, Unavailable
from listeners.guard import guarded_session
from listeners.intake import store
from listeners.models import DeadLetter, Media, Mention, Source
from listeners.networks.registry import NETWORKS
from listeners.networks.x import X
from listeners.recheck import LEASE, LOOK_AGAIN, due, recheck
from tests.conftest import NOW
from tests.factories import make_source
from tests.listeners.posts import make_page, make_post
from trends.index import index
from trends.models import Fact

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class Wall(Network):
    """A network on which posts stand until somebody takes them down; it writes down what it was asked."""

    name, label = "x", "Wall"

    def __init__(self) -> None:
        super().__init__(Account(), session=guarded_session(), clock=lambda: NOW)
        self.posts: dict[str, Post] = {}
        self.asked: list[list[str]] = []
        self.faults: list[BaseException] = []
        self.silent_about: set[str] = set()
        self.breaks_on = ""

    def fetch(self, cursor: str) -> Page:
        return Page(posts=tuple(self.posts.values()), cursor="next")

    def recheck(self, native_ids: Sequence[str]) -> list[Post]:
        self.asked.append(list(native_ids))
        if self.faults:
            raise self.faults.pop(0)
        if self.breaks_on in native_ids:
            raise Malformed("an answer that cannot be read")
        return [self._now(each) for each in native_ids if each not in self.silent_about]

    def check(self) -> Health:
        return Health(ok=True, message="")

    def allowance_key(self) -> str:
        return "x/calls"

    def _now(self, native_id: str) -> Post:
        gone = make_post(native_id, "", author="deleted", deleted=True)
        return self.posts.get(native_id, gone)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall()
    monkeypatch.setattr(rechecking, "open_network", lambda source, **_: wall)
    return wall


@pytest.fixture
def stored(wall: Wall, now: datetime) -> Callable[..., Source]:
    """Put posts on the wall and into the database."""

    def put(*posts: Post, **columns: Any) -> Source:
        source = make_source(now=now, network="x", settings={"found_by_search": False}, **columns)
        wall.posts |= {post.native_id: post for post in posts}
        store(make_page(*posts), source=source, now=now)
        return source

    return put


def test_a_post_that_is_gone_after_a_day_is_redacted_and_the_others_stay(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    stored(make_post("1"), make_post("2"))
    assert recheck(now=now + DAY / 2) == 0
    assert not wall.asked
    del wall.posts["1"]
    assert [recheck(now=now + DAY), recheck(now=now + DAY)] == [2, 0]
    assert wall.asked == [["1", "2"]]
    gone, kept = Mention.objects.order_by("native_id")
    assert (gone.text, gone.deleted_at) == ("", now + DAY)
    assert (kept.text, kept.deleted_at) == ("Die Sohle löst sich.", None)


def test_what_is_left_is_asked_about_again_every_day_and_the_gone_never(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    stored(make_post("1"), make_post("2"))
    del wall.posts["1"]
    for day in range(1, 4):
        recheck(now=now + day * DAY)
    assert wall.asked == [["1", "2"], ["2"], ["2"]]


def test_a_gone_post_leaves_nothing_behind_in_photos_charts_and_dead_letters(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    source = stored(make_post("1", photos=(Photo(url="https://x.example/shoe.jpg"),)))
    mention = Mention.objects.get()
    Mention.objects.update(assessed_at=now, routed_at=now, indexed_at=now)
    Media.objects.update(file="ab/abc.jpg")
    Fact.objects.create(
        mention=mention,
        brand=source.brand,
        network="x",
        language="de",
        posted_at=now,
        sentiment="negative",
        urgency=2,
        angry=True,
        intent="problem",
    )
    DeadLetter.objects.create(stage="route", mention=mention, payload="Sohle", error="Sohle", at=now)
    wall.posts.clear()
    recheck(now=now + DAY)
    index(now=now + DAY)
    assert not Media.objects.exists()
    assert not Fact.objects.exists()
    assert DeadLetter.objects.get().payload == ""
    assert "Sohle" not in DeadLetter.objects.get().error


@pytest.mark.django_db(transaction=True)
def test_the_photo_leaves_the_disk_once_the_deletion_is_certain(
    wall: Wall, stored: Callable[..., Source], now: datetime, tmp_path: Path, settings: Any
) -> None:
    settings.STORAGES = settings.STORAGES | {"default": in_folder(tmp_path)}
    stored(make_post("1", photos=(Photo(url="https://x.example/shoe.jpg"),)))
    Media.objects.update(file="abc.jpg")
    (tmp_path / "abc.jpg").write_bytes(b"shoe")
    wall.posts.clear()
    recheck(now=now + DAY)
    assert not (tmp_path / "abc.jpg").exists()


def test_an_edited_post_gets_its_new_words_and_waits_to_be_assessed_again(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    stored(make_post("1"), make_post("2"))
    Mention.objects.update(assessed_at=now, routed_at=now, indexed_at=now)
    wall.posts["1"] = replace(wall.posts["1"], text="Doch nicht.", edited_at=now + timedelta(hours=1))
    recheck(now=now + DAY)
    edited, same = Mention.objects.order_by("native_id")
    assert (edited.text, edited.assessed_at, edited.routed_at) == ("Doch nicht.", None, None)
    assert (same.assessed_at, same.indexed_at) == (now, now)


def test_what_a_network_says_nothing_of_is_not_gone_and_gets_its_next_turn(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    stored(make_post("1"), make_post("2"))
    wall.silent_about = {"1"}
    recheck(now=now + DAY)
    assert Mention.objects.filter(deleted_at=None).count() == 2
    recheck(now=now + 2 * DAY)
    assert wall.asked == [["1", "2"], ["1", "2"]]


def test_posts_that_nobody_asked_about_stay_as_they_are(
    wall: Wall, stored: Callable[..., Source], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = stored(make_post("1"))
    store(make_page(make_post("2")), source=source, now=now + DAY)
    monkeypatch.setattr(wall, "recheck", lambda ids: [make_post("2", "", deleted=True)])
    assert recheck(now=now + DAY) == 1
    assert Mention.objects.filter(deleted_at=None).count() == 2


@pytest.mark.parametrize(
    "fault",
    [
        Unavailable("down"),
        AuthFault("renew"),
        Malformed("odd"),
        InputError("no token"),
        RuntimeError("a bug"),
    ],
)
def test_after_a_fault_nothing_is_gone_and_the_posts_are_asked_about_later(
    wall: Wall, stored: Callable[..., Source], now: datetime, fault: Exception
) -> None:
    source = stored(make_post("1"), make_post("2"))
    wall.faults = [fault]
    now += DAY
    assert [recheck(now=now), recheck(now=now)] == [0, 0]
    source.refresh_from_db()
    assert source.state == Source.State.ACTIVE and source.recheck_error
    assert Mention.objects.filter(deleted_at=None, rechecked_at=None).count() == 2
    assert recheck(now=now + timedelta(seconds=5)) == 2
    source.refresh_from_db()
    assert (source.recheck_error, source.recheck_failures) == ("", 0)


def test_a_pause_that_the_network_asks_for_is_kept(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    stored(make_post("1"))
    now += DAY
    wall.faults = [RateLimited("slow down", retry_at=now + timedelta(minutes=15))]
    assert recheck(now=now) == 0
    assert recheck(now=now + timedelta(minutes=14)) == 0
    assert recheck(now=now + timedelta(minutes=15)) == 1


def test_a_spent_budget_puts_the_question_off_until_there_is_one_again(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    stored(make_post("1"))
    now += DAY
    until = now + timedelta(minutes=10)
    budgets.note(Allowance(key="x/calls", limit=1, left=0, resets_at=until))
    assert recheck(now=now) == 0
    assert not wall.asked
    assert recheck(now=until) == 1


def test_one_post_that_breaks_the_answer_is_passed_over_and_the_others_get_theirs(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    source = stored(*(make_post(str(number)) for number in range(8)))
    wall.breaks_on = "0"
    del wall.posts["7"]
    now += DAY
    for _ in range(20):
        recheck(now=now, size=8)
        source.refresh_from_db()
        assert source.recheck_at is not None
        now = max(now, source.recheck_at)
    assert [len(ids) for ids in wall.asked] == [8, 4, 2, 1, 1, 6]
    assert set(Mention.objects.exclude(deleted_at=None).values_list("native_id", flat=True)) == {"7"}
    assert not Mention.objects.filter(rechecked_at=None).exists()


def test_a_paused_source_is_asked_and_one_whose_log_in_was_refused_waits_for_it(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    stored(make_post("1"), state=Source.State.PAUSED)
    stored(make_post("2", author="kim"), state=Source.State.DISABLED)
    assert recheck(now=now + DAY) == 1
    assert wall.asked == [["1"]]


def test_a_worker_that_dies_while_asking_holds_the_source_for_the_lease_only(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    stored(make_post("1"))
    wall.faults = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        recheck(now=now + DAY)
    assert recheck(now=now + DAY) == 0
    assert recheck(now=now + DAY + LEASE) == 1


def test_nothing_is_asked_inside_a_transaction(
    wall: Wall, stored: Callable[..., Source], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(make_post("1"))
    depth, answer = len(connection.savepoint_ids), wall.recheck

    def look(native_ids: Sequence[str]) -> list[Post]:
        assert len(connection.savepoint_ids) == depth
        return answer(native_ids)

    monkeypatch.setattr(wall, "recheck", look)
    assert recheck(now=now + DAY) == 1


def test_the_stage_asks_batch_after_batch_until_nothing_is_due(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    source = stored(*(make_post(str(number)) for number in range(120)))
    assert run_once(named(["recheck"]), clock=lambda: now + DAY) == {"recheck": 120}
    assert [len(ids) for ids in wall.asked] == [50, 50, 20]
    source.refresh_from_db()
    assert source.recheck_at == now + DAY + LOOK_AGAIN


def test_x_is_asked_within_a_day_and_all_others_within_a_week(
    stored: Callable[..., Source], now: datetime
) -> None:
    assert X.recheck_within == DAY
    assert {network.recheck_within for network in NETWORKS.values() if network is not X} == {7 * DAY}
    source = stored(make_post("1"))
    Source.objects.update(network="mastodon")
    source.refresh_from_db()
    assert not due(source, now=now + 5 * DAY).exists()
    assert due(source, now=now + 6 * DAY).exists()


def test_a_network_that_tells_of_deletions_by_itself_is_never_asked(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    stored(make_post("1"))
    Source.objects.update(network="feed")
    assert recheck(now=now + 30 * DAY) == 0
    assert not wall.asked


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_ask_about_each_post_once(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    for number in range(6):
        stored(make_post(str(number), author=str(number)))
    del wall.posts["3"]
    counts: list[int] = []

    def work() -> None:
        try:
            counts.append(recheck(now=now + DAY))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == 6
    assert sorted(wall.asked) == [[str(number)] for number in range(6)]
    assert Mention.objects.exclude(deleted_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_cut_off_at_any_statement_leaves_all_or_nothing_and_another_finishes(
    wall: Wall, stored: Callable[..., Source], now: datetime
) -> None:
    stored(make_post("1"), make_post("2"), make_post("3"))
    del wall.posts["1"]
    wall.posts["2"] = replace(wall.posts["2"], text="Doch nicht.", edited_at=now + timedelta(hours=1))
    cut = 0
    while cut_off_at(cut, now=now + DAY):
        done = Mention.objects.filter(rechecked_at=now + DAY).count()
        assert (done, Mention.objects.filter(text="Doch nicht.").count()) in ((0, 0), (3, 1))
        assert Mention.objects.exclude(deleted_at=None).count() == (1 if done else 0)
        Source.objects.update(recheck_at=None)
        cut += 1
    assert cut > 5
    assert list(Mention.objects.order_by("native_id").values_list("text", flat=True)) == [
        "",
        "Doch nicht.",
        "Die Sohle löst sich.",
    ]
    assert not Mention.objects.exclude(rechecked_at=now + DAY).exists()


def cut_off_at(number: int, *, now: datetime) -> bool:
    """Run the stage and end it before its statement of that number; tell whether there was one."""
    passed = iter(range(10_000))

    def cut(execute: Callable[..., Any], *rest: Any) -> Any:
        if next(passed) == number:
            raise KeyboardInterrupt
        return execute(*rest)

    try:
        with connection.execute_wrapper(cut):
            recheck(now=now)
    except KeyboardInterrupt:
        return True
    return False
