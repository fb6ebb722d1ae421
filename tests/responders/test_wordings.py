from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responders.wordings import (
    FEWEST_TO_VARY,
    are_alike,
    bands_of,
    can_be_copied,
    digest,
    key_of,
    words_of,
)

WORDS = st.text("abcdefghijklmnopqrstuvwxyzäöü", min_size=2, max_size=9)
TEXTS = st.lists(WORDS, min_size=1, max_size=40)
NOISE = st.sampled_from(
    [
        "!!!",
        "123",
        "@zehnschritt",
        "@jana@lauf.example",
        "https://kauf.example/x?y=1",
        "bit.ly/3xYz",
        "…",
        "🔥",
    ]
)
LONG = (
    "Zehnschritt lässt seine Schuhe von Kindern nähen und verkauft sie hier für zweihundert Euro, "
    "bitte teilt das überall und kauft dort nie wieder etwas ein"
)


@given(words=TEXTS, data=st.data())
def test_what_a_copy_changes_makes_no_difference(words: list[str], data: st.DataObject) -> None:
    copy: list[str] = []
    for word in words:
        copy += data.draw(st.lists(NOISE, max_size=2))
        copy.append(
            data.draw(st.sampled_from([word, word.upper(), word.capitalize(), f"{word}!", f"#{word}"]))
        )
    assert words_of(" ".join(copy)) == words_of(" ".join(words)) == tuple(words)


@given(st.text(max_size=300))
def test_any_text_is_normalised_and_once_is_enough(text: str) -> None:
    words = words_of(text)
    assert all(word and not word.isspace() for word in words)
    assert words_of(" ".join(words)) == words
    assert len(digest(words)) == 4 * len(words)
    assert len(bands_of(digest(words), brand="zehnschritt")) in {0, 8}


@given(words=st.lists(WORDS, min_size=FEWEST_TO_VARY, max_size=60, unique=True), data=st.data())
def test_a_long_text_with_few_words_changed_is_alike_and_with_half_of_them_it_is_not(
    words: list[str], data: st.DataObject
) -> None:
    def changed(count: int) -> bytes:
        places = data.draw(
            st.lists(st.integers(0, len(words) - 1), min_size=count, max_size=count, unique=True)
        )
        return digest([f"{word}xyz" if n in places else word for n, word in enumerate(words)])

    assert are_alike(digest(words), changed(len(words) // 10))
    assert not are_alike(digest(words), changed(len(words) // 2))


def test_one_word_more_or_less_is_found_by_the_bands() -> None:
    words = words_of(LONG)
    whole = set(bands_of(digest(words), brand="zehnschritt"))
    for place in range(len(words)):
        less = digest([*words[:place], *words[place + 1 :]])
        assert whole & set(bands_of(less, brand="zehnschritt"))
        assert are_alike(digest(words), less)


def test_bands_of_different_texts_and_brands_are_different() -> None:
    words = digest(words_of(LONG))
    other = digest(
        words_of("Die Sohle meiner neuen Laufschuhe löst sich nach drei Wochen an der Spitze ab, schade")
    )
    bands = set(bands_of(words, brand="zehnschritt"))
    assert not bands & set(bands_of(other, brand="zehnschritt"))
    assert not bands & set(bands_of(words, brand="another"))


def test_the_keys_stay_the_same_for_ever_since_they_are_stored() -> None:
    words = digest(words_of(LONG))
    assert key_of(words) == "3c7fad540a1dcf99c97de6c168bdf823"
    assert bands_of(words, brand="zehnschritt")[0] == 8506852155114322276


@pytest.mark.parametrize(
    "text",
    [
        "Danke!",
        "Same here",
        "Die App geht nicht",
        "nein " * 30,
        "👍👍👍",
        "",
        "@a @b @c https://x.example",
        "123 456",
    ],
)
def test_a_short_text_is_never_a_copy(text: str) -> None:
    assert not can_be_copied(words_of(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Seit heute morgen kann ich mich nicht mehr in der App anmelden",
            "Seit heute früh kann ich mich nicht mehr in der App anmelden",
        ),
        (
            "The app keeps crashing since the last update this morning",
            "The app keeps crashing since this morning",
        ),
    ],
)
def test_short_complaints_in_own_words_are_not_alike(one: str, other: str) -> None:
    assert not are_alike(_digest(one), _digest(other))


def _digest(text: str) -> bytes:
    words: Sequence[str] = words_of(text)
    return digest(words)
