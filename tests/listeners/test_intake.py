from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listeners import intake
from listeners.contract import Person, Photo, Post, Reject
from listeners.intake import Stored, store
from listeners.models import Author, DeadLetter, Media, Mention, Source
from tests.factories import make_source
from tests.listeners.posts import make_page, make_post

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(now: datetime) -> Source:
    return make_source(now=now, network="demo_x", cursor="")


def everything() -> list[Any]:
    """All rows of the room, column by column."""
    tables: list[Any] = [Author, Mention, Media, DeadLetter, Source]
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_a_page_stores_posts_authors_photos_and_the_cursor(source: Source, now: datetime) -> None:
    who = Person(
        native_id="7", handle="@jana", name="Jana", followers=12, profile_url="https://x.example/jana"
    )
    photo = Photo(url="https://x.example/shoe.jpg", alt="a torn shoe")
    post = make_post("a1", "Gerissen!", who=who, photos=(photo,), url="https://x.example/a1", reactions=3)
    assert store(make_page(post), source=source, now=now) == Stored(new=1)

    mention = Mention.objects.select_related("author").get()
    assert (mention.text, mention.reactions, mention.brand) == ("Gerissen!", 3, "zehnschritt")
    assert (mention.author.handle, mention.author.followers) == ("jana", 12)
    assert (mention.seen_at, mention.assessed_at, mention.routed_at) == (now, None, None)
    media = Media.objects.get()
    assert (media.mention_id, media.url, media.next_fetch_at) == (mention.pk, photo.url, now)
    source.refresh_from_db()
    assert (source.cursor, source.last_post_at) == ("next", now)


def test_a_page_seen_twice_changes_nothing(source: Source, now: datetime) -> None:
    photo = Photo(url="https://x.example/shoe.jpg")
    page = make_page(
        make_post("1", photos=(photo,)),
        make_post("2", edited_at=now + timedelta(minutes=1)),
        make_post("3", author="zehnschritt"),
        rejects=(Reject(where="item 4", reason="no id", payload="{}"),),
    )
    store(page, source=source, now=now)
    before = everything()
    again = store(page, source=source, now=now + timedelta(minutes=5))
    assert (again.new, again.known, again.updated, again.rejected) == (0, 3, 0, 1)
    assert everything() == before


def test_a_fault_between_posts_and_cursor_leaves_nothing_behind(
    source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    before = everything()
    page = make_page(
        make_post(photos=(Photo(url="https://x.example/shoe.jpg"),)),
        rejects=(Reject(where="2", reason="bad", payload=""),),
    )
    monkeypatch.setattr(intake, "_move_cursor", die)
    with pytest.raises(KeyboardInterrupt):
        store(page, source=source, now=now)
    assert everything() == before

    monkeypatch.undo()
    assert store(page, source=source, now=now).new == 1
    source.refresh_from_db()
    assert source.cursor == "next"


def test_a_cursor_that_another_worker_moved_is_left_alone(source: Source, now: datetime) -> None:
    Source.objects.filter(pk=source.pk).update(cursor="further")
    assert store(make_page(make_post()), source=source, now=now).new == 1
    source.refresh_from_db()
    assert source.cursor == "further"


def test_an_edit_brings_the_new_text_before_every_stage_again(source: Source, now: datetime) -> None:
    store(make_page(make_post("1", "Gut")), source=source, now=now)
    Mention.objects.update(assessed_at=now, routed_at=now, indexed_at=now, queued_at=now, dead=True)
    edited = make_post("1", "Doch nicht gut", edited_at=now + timedelta(minutes=2))
    assert store(make_page(edited), source=source, now=now).updated == 1
    mention = Mention.objects.get()
    assert mention.text == "Doch nicht gut"
    assert (mention.assessed_at, mention.routed_at, mention.indexed_at, mention.dead) == (
        None,
        None,
        None,
        False,
    )
    assert mention.queued_at == now


def test_an_older_version_that_arrives_late_does_not_undo_an_edit(source: Source, now: datetime) -> None:
    first, second = (
        make_post("1", text, edited_at=now + timedelta(minutes=m)) for text, m in (("b", 1), ("c", 2))
    )
    store(make_page(second), source=source, now=now)
    for late in (first, make_post("1", "a")):
        assert store(make_page(late), source=source, now=now).updated == 0
    assert Mention.objects.get().text == "c"


def test_an_edit_can_add_a_photo(source: Source, now: datetime) -> None:
    store(make_page(make_post("1")), source=source, now=now)
    photo = Photo(url="https://x.example/proof.jpg")
    store(
        make_page(make_post("1", edited_at=now + timedelta(minutes=1), photos=(photo,))),
        source=source,
        now=now,
    )
    assert Media.objects.get().url == photo.url


def test_a_deleted_post_is_blanked_and_stays_so(source: Source, now: datetime) -> None:
    post = make_post("1", "private", photos=(Photo(url="https://x.example/1.jpg"),))
    store(make_page(post), source=source, now=now)
    gone = replace(post, deleted=True, text="")
    assert store(make_page(gone), source=source, now=now).updated == 1
    assert (
        store(make_page(replace(post, edited_at=now + timedelta(hours=1))), source=source, now=now).updated
        == 0
    )
    mention = Mention.objects.get()
    assert (mention.text, mention.deleted_at) == ("", now)
    assert mention.assessed_at and mention.routed_at
    assert not Media.objects.exists()


def test_a_deletion_of_a_post_never_seen_stores_nothing(source: Source, now: datetime) -> None:
    stored = store(make_page(make_post(deleted=True)), source=source, now=now)
    assert (stored.new, stored.ignored) == (0, 1)
    assert not Mention.objects.exists() and not Author.objects.exists()


def test_posts_of_the_brand_are_kept_as_context_that_no_stage_takes(source: Source, now: datetime) -> None:
    store(make_page(make_post(author="Zehnschritt")), source=source, now=now)
    mention = Mention.objects.get()
    assert (mention.assessed_at, mention.routed_at, mention.indexed_at) == (now, now, now)


def test_what_a_search_found_must_name_the_brand_unless_it_answers_a_known_post(
    source: Source, now: datetime
) -> None:
    source.settings = {"found_by_search": True}
    posts = (
        make_post("1", "Meine #Zehnschritts sind durch"),
        make_post("2", "Meine Schuhe sind durch"),
        make_post("3", "Hier das Foto", parent_id="1"),
    )
    stored = store(make_page(*posts[:2]), source=source, now=now)
    assert (stored.new, stored.ignored) == (1, 1)
    assert store(make_page(posts[2]), source=source, now=now).new == 1
    later = make_post("4", "Und die Antwort darauf", thread_id="3", posted_at=now + timedelta(minutes=1))
    first = make_post("5", "Mein @zehnschritt ist da")
    answer = make_post("6", "Meiner auch", parent_id="5", posted_at=now + timedelta(minutes=1))
    assert store(make_page(answer, first, later), source=source, now=now).new == 3
    assert set(Author.objects.values_list("native_id", flat=True)) == {"jana"}


def test_a_message_is_for_the_brand_whatever_its_words_say(source: Source, now: datetime) -> None:
    source.settings = {"found_by_search": True}
    message = make_post("1", "Meine Schuhe sind durch", kind="message")
    assert store(make_page(message), source=source, now=now).new == 1


def test_posts_of_long_ago_are_history(source: Source, now: datetime) -> None:
    store(
        make_page(make_post("old", posted_at=now - timedelta(days=4)), make_post("new")),
        source=source,
        now=now,
    )
    store(make_page(make_post("gap", posted_at=now)), source=source, now=now, backfill=True)
    history = Mention.objects.filter(is_backfill=True).values_list("native_id", flat=True)
    assert set(history) == {"old", "gap"}


def test_a_time_in_the_future_becomes_now(source: Source, now: datetime) -> None:
    store(make_page(make_post(posted_at=now + timedelta(days=900))), source=source, now=now)
    assert Mention.objects.get().posted_at == now


def test_an_author_is_updated_but_never_emptied(source: Source, now: datetime) -> None:
    full = Person(native_id="7", handle="jana", name="Jana", followers=10)
    store(make_page(make_post("1", who=full)), source=source, now=now)
    bare = Person(native_id="7", handle="jana_runs")
    store(make_page(make_post("2", who=bare)), source=source, now=now)
    author = Author.objects.get()
    assert (author.handle, author.name, author.followers) == ("jana_runs", "Jana", 10)


def test_an_item_that_cannot_be_stored_becomes_one_dead_letter(source: Source, now: datetime) -> None:
    naive = make_post("9", posted_at=datetime(2026, 1, 1))  # noqa: DTZ001
    for _ in range(2):
        stored = store(make_page(make_post("1"), naive), source=source, now=now)
        assert "no time zone" in stored.rejects[0].reason
    assert Mention.objects.get().native_id == "1"
    letter = DeadLetter.objects.get()
    assert (letter.stage, letter.where, letter.source_id) == ("listen", "9", source.pk)


def test_hostile_posts_are_stored_as_harmless_ones(source: Source, now: datetime) -> None:
    who = Person(
        native_id="\u202e7",
        handle="ja\x00na\u202e",
        name="\ud800 J",
        followers=2**63,
        profile_url="javascript:alert(1)",
    )
    post = make_post(
        "x" * 5000,
        "a\x00b\ud800c" + "😀" * 60_000,
        who=who,
        url="javascript:alert(1)",
        kind="spaceship",
        language="<b>",
        rating=99,
        reactions=-(2**70),
        shares=2**70,
        photos=(Photo(url="file:///etc/passwd"), Photo(url="https://x.example/\n.jpg")),
    )
    assert store(make_page(post), source=source, now=now).new == 1
    mention = Mention.objects.select_related("author").get()
    assert mention.text.startswith("abc😀") and len(mention.text) == 50_000
    assert mention.native_id.startswith("sha256:")
    assert (mention.url, mention.kind, mention.language, mention.rating) == ("", "post", "", None)
    assert (mention.reactions, mention.shares) == (0, 2**31 - 1)
    assert mention.author.handle == "ja na" and mention.author.profile_url == ""
    assert not Media.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_workers_that_store_the_same_posts_at_once_neither_wait_for_ever_nor_double_them(
    now: datetime,
) -> None:
    sources = [make_source(now=now, network="demo_x", cursor="") for _ in range(4)]
    faults: list[BaseException] = []

    def work(worker: int) -> None:
        dice = random.Random(worker)
        try:
            for turn in range(12):
                posts = [
                    make_post(
                        str(number),
                        author=f"a{number % 17}",
                        who=Person(native_id=f"a{number % 17}", handle="jana", followers=dice.randrange(99)),
                        edited_at=now + timedelta(minutes=turn),
                        reactions=dice.randrange(9),
                        photos=(Photo(url="https://x.example/1.jpg"),),
                    )
                    for number in dice.sample(range(60), 40)
                ]
                store(make_page(*posts), source=sources[worker], now=now)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not faults
    assert (Mention.objects.count(), Author.objects.count(), Media.objects.count()) == (60, 17, 60)


texts = st.text(st.characters(codec=None), max_size=30)
times = st.datetimes(timezones=st.just(UTC)) | st.datetimes()
whole = st.integers(-(2**80), 2**80)
posts = st.builds(
    Post,
    native_id=st.sampled_from(["1", "2", "3", "ä" * 300]) | texts,
    author=st.builds(
        Person,
        native_id=st.sampled_from(["a", "b"]) | texts,
        handle=texts,
        name=texts,
        followers=st.none() | whole,
    ),
    text=texts,
    posted_at=times,
    kind=texts,
    url=texts,
    language=texts,
    parent_id=texts,
    thread_id=texts,
    edited_at=st.none() | times,
    reactions=whole,
    shares=whole,
    rating=st.none() | st.integers(-9, 9),
    photos=st.lists(
        st.builds(Photo, url=texts | st.just("https://x.example/a.jpg"), alt=texts), max_size=2
    ).map(tuple),
    deleted=st.booleans(),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pages=st.lists(st.lists(posts, max_size=6), min_size=1, max_size=3))
def test_whatever_pages_hold_the_last_one_again_changes_nothing(
    pages: list[list[Post]], source: Source, now: datetime
) -> None:
    for page in pages:
        store(make_page(*page), source=source, now=now)
    before = everything()
    stored = store(make_page(*pages[-1]), source=source, now=now)
    assert (stored.new, stored.updated) == (0, 0)
    assert everything() == before


def test_a_thousand_posts_take_few_queries(
    source: Source, now: datetime, django_assert_max_num_queries: Any
) -> None:
    page = make_page(*(make_post(str(n), author=f"a{n % 300}") for n in range(1000)))
    with django_assert_max_num_queries(60):
        assert store(page, source=source, now=now).new == 1000
