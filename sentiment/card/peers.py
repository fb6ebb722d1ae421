"""Whom the model is compared with: a word list and a linear model, asked about the same posts' sentiment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentiment.evaluate import Example
from sentiment.labels import SENTIMENT
from sentiment.metrics import Given
from sentiment.normalise import normalise
from sentiment.samples import Ints

_UNDECIDED = 0.05
"""VADER's own bounds of a neutral text."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another way to answer, and the languages that it knows."""

    name: str
    languages: tuple[str, ...]
    answers: Callable[[Sequence[Example]], Given]


def peers(training: Path | None) -> list[Peer]:
    """Return VADER, and, where the training files are at hand, a linear model that has learnt from them."""
    learnt = [Peer("TF-IDF", ("de", "en"), linear(training))] if training else []
    return [Peer("VADER", ("en",), vader), *learnt]


def vader(examples: Sequence[Example]) -> Given:
    """Return VADER's answers; it knows English alone."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    judge = SentimentIntensityAnalyzer()
    tones = np.array([judge.polarity_scores(example.text)["compound"] for example in examples])
    return _given(examples, np.where(tones >= _UNDECIDED, 2, np.where(tones <= -_UNDECIDED, 0, 1)))


def linear(training: Path) -> Callable[[Sequence[Example]], Given]:
    """Return a linear model over TF-IDF of words, word pairs and parts of words.

    It learns the sentiment of the same posts as the shipped model's heads, each post once.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    texts, truth = _lesson(training)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, dtype=np.float32)
    parts = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3, dtype=np.float32
    )
    model = make_pipeline(make_union(words, parts), LinearSVC(C=0.1, class_weight="balanced", random_state=1))
    model.fit(texts, truth)
    return lambda examples: _given(examples, model.predict([normalise(e.text) for e in examples]))


def _lesson(training: Path) -> tuple[list[str], list[int]]:
    from sentiment.training.corpora import labelled
    from sentiment.training.recipe import SHIPPED, read_recipe

    recipe = read_recipe(SHIPPED)
    posts = [
        post
        for name in recipe.teach.passes
        for post in labelled(training, name, texts_of=recipe.labels.get(name, ""))
        if "sentiment" in post.answers and not post.held_back
    ]
    return [normalise(post.text) for post in posts], [post.answers["sentiment"] for post in posts]


def _given(examples: Sequence[Example], said: Ints) -> Given:
    truth = np.array([SENTIMENT.index(example.label) for example in examples])
    return Given(truth, said, np.eye(len(SENTIMENT))[said], SENTIMENT)
