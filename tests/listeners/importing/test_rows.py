from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from listeners.exceptions import InputError
from listeners.importing.columns import DOCUMENTED
from listeners.importing.rows import ANONYMOUS, Reading, read_post
from tests.conftest import NOW


def reading(**changes: Any) -> Reading:
    return Reading(now=NOW, **changes)


def cells(**changes: Any) -> dict[str, Any]:
    return {
        "id": "post-0001",
        "text": "Gerissen",
        "posted_at": "2026-11-24T09:00:00Z",
        "author.handle": "@Jana",
        **changes,
    }


def test_every_documented_field_arrives() -> None:
    post = read_post(
        cells(
            title="Schade",
            edited_at="2026-11-24T10:00:00Z",
            url="https://x.example/1",
            language="de",
            parent_id="0",
            thread_id="00",
            reactions="1.204",
            shares=2.0,
            rating="4,0",
            photos=[{"url": "https://x.example/1.jpg", "alt": "Öse"}],
            **{
                "author.id": 7,
                "author.name": "Jana K.",
                "author.followers": "12,400",
                "author.url": "https://x.example/jana",
            },
        ),
        reading(),
    )
    assert (post.text, post.kind, post.rating, post.reactions, post.shares) == (
        "Schade\n\nGerissen",
        "review",
        4,
        1204,
        2,
    )
    author = post.author
    assert (author.native_id, author.handle, author.name, author.followers) == ("7", "Jana", "Jana K.", 12400)
    assert (post.parent_id, post.thread_id, post.photos[0].alt) == ("0", "00", "Öse")
    assert post.edited_at == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_a_row_without_an_id_has_the_same_one_each_time() -> None:
    first, again, other = (read_post(cells(id=None, text=text), reading()) for text in ("a", "a", "b"))
    assert first.native_id == again.native_id != other.native_id


def test_short_ids_of_files_number_rows_and_are_not_trusted_alone() -> None:
    how = reading(unique_ids=False, namespace="brand:")
    ids = [read_post(cells(id="1", text=text), how).native_id for text in ("a", "b")]
    assert ids[0] != ids[1] and all(native_id.startswith("brand:1-") for native_id in ids)
    assert read_post(cells(id="570306133677760513"), how).native_id == "brand:570306133677760513"


def test_posts_without_an_author_are_of_different_people() -> None:
    nobody = {"author.handle": ""}
    authors = [read_post(cells(id=native_id, **nobody), reading()).author for native_id in ("a1", "b2")]
    assert authors[0].native_id != authors[1].native_id
    assert {author.handle for author in authors} == {ANONYMOUS}


def test_a_file_without_a_time_column_counts_as_posted_now() -> None:
    columns = {field: column for field, column in DOCUMENTED.items() if field != "posted_at"}
    assert read_post(cells(), reading(columns=columns)).posted_at == NOW


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": " "}, "It has no text"),
        ({"text": None}, "It has no text"),
        ({"text": ["a"]}, "It has no text"),
        ({"posted_at": ""}, "posted_at: it has no time"),
        ({"posted_at": "soon"}, "posted_at: 'soon' is not a date"),
        ({"edited_at": "later"}, "edited_at: 'later' is not a date"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_post(cells(**changes), reading())


def test_stars_alone_and_photos_alone_are_posts_too() -> None:
    assert read_post(cells(text="", rating=1), reading()).rating == 1
    assert (
        read_post(cells(text="", photos="https://x.example/1.jpg|javascript:x"), reading()).photos[0].alt
        == ""
    )


@pytest.mark.parametrize("count", ["many", "", None, [], "-", "1e9", "²", float(10**300), "9" * 99])
def test_a_count_that_is_none_is_unknown(count: Any) -> None:
    assert read_post(cells(**{"author.followers": count}), reading()).author.followers is None
