from __future__ import annotations

import pytest

from listeners.exceptions import InputError
from listeners.importing.columns import guess, read_overrides


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (
            ["tweet_id", "created_at", "Text", "user.screen_name", "Retweet-Count"],
            {
                "id": "tweet_id",
                "posted_at": "created_at",
                "text": "Text",
                "author": "user.screen_name",
                "shares": "Retweet-Count",
            },
        ),
        (
            ["Beitrags-ID", "Veröffentlicht am", "Nachricht", "Verfasser", "Gefällt mir", "Sterne"],
            {
                "id": "Beitrags-ID",
                "posted_at": "Veröffentlicht am",
                "text": "Nachricht",
                "author": "Verfasser",
                "reactions": "Gefällt mir",
                "rating": "Sterne",
            },
        ),
        (["body", "title"], {"text": "body", "title": "title"}),
        (["text", "body"], {"text": "text"}),
        (
            ["id", "text", "author.id", "author.handle", "author.name", "name"],
            {
                "id": "id",
                "text": "text",
                "author_id": "author.id",
                "author": "author.handle",
                "author_name": "author.name",
            },
        ),
    ],
)
def test_columns_are_told_by_their_names(headers: list[str], found: dict[str, str]) -> None:
    assert guess(headers, overrides={}) == found


def test_an_override_comes_first_and_a_column_serves_once() -> None:
    assert guess(["text", "note", "id"], overrides={"text": "note"}) == {"text": "note", "id": "id"}


def test_without_a_text_the_columns_are_named() -> None:
    with pytest.raises(InputError, match=r"There are: a, b\. Say which one it is: --map text=COLUMN"):
        guess(["a", "b"], overrides={})


def test_ten_thousand_columns_are_not_all_named() -> None:
    with pytest.raises(InputError) as fault:
        guess([f"column {number}" for number in range(10_000)], overrides={})
    assert "and 9980 more" in str(fault.value) and len(str(fault.value)) < 1000


def test_an_override_of_a_column_that_is_not_there_names_the_others() -> None:
    with pytest.raises(InputError, match=r"no such column\. There are: text"):
        guess(["text"], overrides={"id": "nr"})


@pytest.mark.parametrize("pair", ["text", "colour=x", "=x"])
def test_an_override_must_name_a_field(pair: str) -> None:
    with pytest.raises(InputError, match="write FIELD=COLUMN"):
        read_overrides([pair])
