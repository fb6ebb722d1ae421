"""Vectors bring posts about the same thing together, in German and in English."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sentiment.classifier import SHIPPED
from sentiment.exceptions import ModelError
from sentiment.vectors import DIMS, Words, vectors, version

PARCEL = "Mein Paket ist seit zwei Wochen unterwegs, die Lieferung kommt nicht an."
GOOD_PARCEL = "Super, das Paket kam schon am nächsten Tag, so schnell war die Lieferung noch nie!"
SOLE = "Die Sohle vom Schuh löst sich nach drei Wochen."
ENGLISH_PARCEL = "My parcel has been on its way for two weeks, the delivery never arrives."


def test_posts_about_the_same_thing_lie_nearer_than_posts_of_the_same_mood() -> None:
    late, fast, sole = vectors([PARCEL, GOOD_PARCEL, SOLE])
    assert late @ fast > late @ sole


def test_a_matter_is_near_itself_in_the_other_language() -> None:
    german, english, sole = vectors([PARCEL, ENGLISH_PARCEL, SOLE])
    assert german @ english > sole @ english


def test_a_vector_has_length_one_and_without_words_it_is_nothing() -> None:
    rows = vectors([PARCEL, "", "1234 !!! 🙂", "@somebody https://example.org/x", PARCEL * 1000])
    assert rows.shape == (5, DIMS)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 0, 0, 1], abs=1e-5)
    assert vectors([]).shape == (0, DIMS)


def test_the_same_post_has_the_same_vector_in_any_company() -> None:
    alone, together = vectors([PARCEL])[0], vectors([SOLE, PARCEL, ENGLISH_PARCEL])[1]
    assert np.array_equal(alone, together)


def test_a_version_names_the_weights_and_the_recipe() -> None:
    assert version() == f"{Words.load(SHIPPED).version}"
    assert version().endswith("-1")


def test_a_model_whose_words_cannot_be_read_is_named(tmp_path: Path) -> None:
    for file in ("model.json", "model.onnx"):
        (tmp_path / file).write_bytes((SHIPPED / file).read_bytes())
    with pytest.raises(ModelError, match=str(tmp_path)):
        Words.load(tmp_path)
