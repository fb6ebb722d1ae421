"""Two models on the same posts: the figure of each head, and how sure it is which one is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sentiment import samples
from sentiment.classifier import Classifier
from sentiment.corrected import Judged
from sentiment.labels import HEADS
from sentiment.samples import Floats
from sentiment.verdict import Verdict

Measure = Callable[[Floats], Floats]
"""From confusion tables (draws x labels x labels) to their figures (draws)."""
_DRAWS = 2000
_SEED = 4
_NOW = ("2", "3")


def macro_f1(tables: Floats) -> Floats:
    """Return the mean F1 of the classes that occur."""
    classes = samples.class_figures(tables)
    return samples.over_classes(classes["f1"], classes["support"])


def right(tables: Floats) -> Floats:
    """Return the share of right answers."""
    return samples.share(np.einsum("dii->d", tables), tables.sum(axis=(1, 2)))


USUAL: Mapping[str, Measure] = dict.fromkeys(HEADS, macro_f1) | {"urgency": samples.kappas}
"""Macro-F1, and for urgency the quadratic kappa: one level off is not as bad as three."""
SHARE_RIGHT: Mapping[str, Measure] = dict.fromkeys(HEADS, right)
"""All that can be asked of few posts."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of both models over `n` posts; `low` to `high` holds 95 % of the drawn differences."""

    name: str
    n: int
    champion: float
    challenger: float
    low: float
    high: float

    @property
    def is_worse(self) -> bool:
        """Whether the challenger is worse by more than the noise."""
        return self.high < 0

    @property
    def is_better(self) -> bool:
        """Whether the challenger is better by more than the noise."""
        return self.low > 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both models on one set: a row a head, their mean, and the posts found that need a person now."""

    name: str
    heads: tuple[Row, ...]
    mean: Row | None
    found_now: Row | None


@dataclass(frozen=True, slots=True)
class _Heard:
    """What both models said, and how often each draw holds each post; the first holds all once."""

    posts: Sequence[Judged]
    said: tuple[list[Verdict], list[Verdict]]
    draws: Floats


def compare(
    name: str,
    posts: Sequence[Judged],
    champion: Classifier,
    challenger: Classifier,
    *,
    measures: Mapping[str, Measure] = USUAL,
) -> Comparison:
    """Judge the posts by both models, and draw them anew 2,000 times for both alike (paired bootstrap)."""
    if not posts:
        return Comparison(name, (), None, None)
    texts, tags = [post.text for post in posts], [post.language for post in posts]
    draws = samples.draws(len(posts), times=_DRAWS, seed=_SEED)
    both = champion.classify(texts, tags), challenger.classify(texts, tags)
    heard = _Heard(posts, both, np.vstack([np.ones((1, len(posts)), draws.dtype), draws]))
    asked = [head for head in HEADS if any(head in post.answers for post in posts)]
    figures = {head: _figures(heard, head, measures[head]) for head in asked}
    rows = tuple(
        _row(head, sum(head in post.answers for post in posts), found) for head, found in figures.items()
    )
    mean = _row("mean", len(posts), np.mean(list(figures.values()), axis=0))
    return Comparison(name, rows, mean, _found_now(heard))


def _figures(heard: _Heard, head: str, measure: Measure) -> Floats:
    """Return the figures of a head over the posts of which people answered it (2 models x draws)."""
    labels = HEADS[head]
    known = [i for i, post in enumerate(heard.posts) if head in post.answers]
    truth = np.array([labels.index(heard.posts[i].answers[head]) for i in known])
    weights = heard.draws[:, known]
    return np.array(
        [
            measure(samples.tables(truth, _positions(verdicts, known, head), len(labels), weights))
            for verdicts in heard.said
        ]
    )


def _positions(verdicts: Sequence[Verdict], known: Sequence[int], head: str) -> samples.Ints:
    answers = (getattr(verdicts[i], head) for i in known)
    return np.array([HEADS[head].index(str(int(a)) if head == "angry" else str(a)) for a in answers])


def _found_now(heard: _Heard) -> Row | None:
    """Return the recall of posts that need a person now, None where there is no such post."""
    now = [i for i, post in enumerate(heard.posts) if post.answers.get("urgency") in _NOW]
    if not now:
        return None
    found = np.array([[str(verdicts[i].urgency) in _NOW for i in now] for verdicts in heard.said])
    weights = heard.draws[:, now]
    return _row("needs a person", len(now), samples.share(found @ weights.T, weights.sum(axis=1)))


def _row(name: str, n: int, figures: Floats) -> Row:
    """Return a row from figures (2 models x draws)."""
    low, high = np.quantile(figures[1, 1:] - figures[0, 1:], [0.025, 0.975])
    return Row(name, n, float(figures[0, 0]), float(figures[1, 0]), float(low), float(high))
