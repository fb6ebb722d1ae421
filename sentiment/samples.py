"""Figures over weighted posts, for many sets of weights at once: ones give a figure, draws its spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int_]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating[Any]]
_BINS = 15


def draws(n: int, *, times: int, seed: int) -> Floats:
    """Return how often each of n posts occurs in `times` samples of n with replacement (times x n)."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=times).astype(np.float32)


def tables(truth: Ints, answers: Ints, size: int, weights: Floats) -> Floats:
    """Return the weight of each pair of true answer (row) and given answer (column): draws x size x size."""
    pairs = np.eye(size * size, dtype=weights.dtype)[truth * size + answers]
    found: Floats = (weights @ pairs).reshape(-1, size, size).astype(float)
    return found


def class_figures(found: Floats) -> dict[str, Floats]:
    """Return precision, recall, F1 and support by class (draws x size); 0 where nothing can be said."""
    right = np.einsum("dii->di", found)
    there, said = found.sum(axis=2), found.sum(axis=1)
    return {
        "precision": right / np.maximum(said, 1),
        "recall": right / np.maximum(there, 1),
        "f1": 2 * right / np.maximum(there + said, 1),
        "support": there,
    }


def over_classes(values: Floats, support: Floats) -> Floats:
    """Return the mean over the classes that occur."""
    there = support > 0
    return share((values * there).sum(axis=1), there.sum(axis=1))


def kappas(found: Floats) -> Floats:
    """Return Cohen's kappa with quadratic weights; 1.0 where both always say one and the same level."""
    steps = np.arange(found.shape[1])
    weight = np.subtract.outer(steps, steps) ** 2
    chance = np.einsum("di,dj->dij", found.sum(axis=2), found.sum(axis=1))
    expected = (weight * chance).sum(axis=(1, 2)) / np.maximum(found.sum(axis=(1, 2)), 1)
    apart = (weight * found).sum(axis=(1, 2))
    return np.where(expected == 0, 1.0, 1 - apart / np.where(expected == 0, 1.0, expected))


def calibration_errors(right: Bools, sure: Floats, weights: Floats) -> Floats:
    """Return the mean gap between how sure the answers were and how often they were right, over 15 bins."""
    bins = np.eye(_BINS)[np.minimum((sure * _BINS).astype(int), _BINS - 1)]
    gaps = np.abs(weights @ (bins * (right - sure)[:, None]))
    return share(gaps.sum(axis=1), weights.sum(axis=1))


def average_precisions(truth: Bools, scores: Floats, weights: Floats) -> Floats:
    """Return the area under precision over recall as a step function; equal scores count as one step."""
    recall, precision, _ = _curves(truth, scores, weights)
    area: Floats = (np.diff(recall, axis=1, prepend=0) * precision).sum(axis=1)
    return area


def recalls_at(least: float, truth: Bools, scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the best recall whose precision is at least `least`, and the score that gives it.

    0 and 1 where no score is that precise.
    """
    recall, precision, score = _curves(truth, scores, weights)
    allowed = np.where(precision >= least, recall, 0.0)
    best = allowed.argmax(axis=1)
    found = allowed[np.arange(len(best)), best]
    return found, np.where(found > 0, score[best], 1.0)


def _curves(truth: Bools, scores: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return recall and precision (draws x distinct scores) at each distinct score from the highest down."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    found = np.cumsum(weights[:, order] * truth[order], axis=1, dtype=float)[:, ends]
    said = np.cumsum(weights[:, order], axis=1, dtype=float)[:, ends]
    return share(found, found[:, -1:]), share(found, said), scores[order][ends]


def share(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, 0 where there is no whole."""
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)
