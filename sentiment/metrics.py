"""How good a model's answers are: plain figures from true answers and predicted probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int_]
Floats = npt.NDArray[np.floating[Any]]
_BINS = 15
_HIGH = 2


def figures(truth: Ints, answers: Ints, probabilities: Floats, labels: Sequence[str]) -> dict[str, Any]:
    """Return the figures of one head over n posts.

    `truth` and `answers` are positions in `labels` (n), `probabilities` n x labels. Shares lie between 0 and
    1; a class that does not occur counts in no mean.
    """
    table = confusion(truth, answers, len(labels))
    per_class = {label: _class(table, i) for i, label in enumerate(labels)}
    present = [row for row in per_class.values() if row["support"]]
    return {
        "n": len(truth),
        "macro_recall": _mean([row["recall"] for row in present]),
        "macro_f1": _mean([row["f1"] for row in present]),
        "accuracy": _mean(truth == answers),
        "ece": calibration_error(truth == answers, probabilities[np.arange(len(answers)), answers]),
        "per_class": per_class,
        "confusion": table.tolist(),
    }


def urgent_figures(truth: Ints, answers: Ints, probabilities: Floats) -> dict[str, float]:
    """Return what matters of urgency: agreement of levels, and who needs a person now (2 or 3)."""
    high, said = truth >= _HIGH, answers >= _HIGH
    critical = truth == 3
    return {
        "kappa_quadratic": kappa(truth, answers, 4),
        "recall_high": _mean(said[high]),
        "precision_high": _mean(high[said]),
        "average_precision_high": average_precision(high, probabilities[:, _HIGH:].sum(axis=1)),
        "recall_critical_as_high": _mean(said[critical]),
    }


def confusion(truth: Ints, answers: Ints, size: int) -> Ints:
    """Return how often each true answer (row) was given each answer (column)."""
    table = np.zeros((size, size), dtype=int)
    np.add.at(table, (truth, answers), 1)
    return table


def _class(table: Ints, i: int) -> dict[str, float]:
    right, there, said = int(table[i, i]), int(table[i].sum()), int(table[:, i].sum())
    return {
        "precision": right / said if said else 0.0,
        "recall": right / there if there else 0.0,
        "f1": 2 * right / (there + said) if there + said else 0.0,
        "support": there,
    }


def kappa(truth: Ints, answers: Ints, size: int) -> float:
    """Return Cohen's kappa with quadratic weights; 1.0 where both always say one and the same level."""
    table = confusion(truth, answers, size)
    weight = np.subtract.outer(np.arange(size), np.arange(size)) ** 2
    chance = np.outer(table.sum(axis=1), table.sum(axis=0)) / max(len(truth), 1)
    expected = float((weight * chance).sum())
    return 1.0 if expected == 0 else 1 - float((weight * table).sum()) / expected


def average_precision(truth: npt.NDArray[np.bool_], scores: Floats) -> float:
    """Return the area under precision over recall as a step function; equal scores count as one step."""
    if not truth.any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    found = np.cumsum(truth[order])[ends]
    steps = np.diff(found, prepend=0) / truth.sum()
    return float((steps * found / (ends + 1)).sum())


def calibration_error(right: npt.NDArray[np.bool_], sure: Floats) -> float:
    """Return the mean gap between how sure the answers were and how often they were right, over 15 bins."""
    if not len(sure):
        return 0.0
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(_mean(right[bins == b]) - _mean(sure[bins == b])) * _mean(bins == b) for b in set(bins.tolist())
    ]
    return float(sum(gaps))


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else 0.0
