"""How good a model's answers are: plain figures from true answers and predicted probabilities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sentiment import samples
from sentiment.samples import Floats, Ints

_DRAWS = 1000
_SEED = 4
_MIDDLE = (2.5, 97.5)
_HIGH = 2
_PRECISION = 0.6


@dataclass(frozen=True, slots=True)
class Given:
    """True and given answers of one head over n posts.

    `truth` and `said` are positions in `labels` (n), `spread` the probabilities (n x labels). With `levels`
    the labels are the urgency's.
    """

    truth: Ints
    said: Ints
    spread: Floats
    labels: tuple[str, ...]
    levels: bool = False

    @property
    def right(self) -> samples.Bools:
        """Which answers are true."""
        same: samples.Bools = self.truth == self.said
        return same

    @property
    def sure(self) -> Floats:
        """The probability of each given answer."""
        picked: Floats = self.spread[np.arange(len(self.said)), self.said]
        return picked

    def only(self, chosen: samples.Bools) -> Given:
        """Return the answers about the chosen posts."""
        return replace(self, truth=self.truth[chosen], said=self.said[chosen], spread=self.spread[chosen])


def figures(given: Given) -> dict[str, Any]:
    """Return the figures of one head: shares between 0 and 1, by class, and who was taken for whom.

    A class that does not occur counts in no mean.
    """
    ones = np.ones((1, len(given.truth)))
    found: dict[str, Any] = _each(_figures(given, ones), lambda values: float(values[0]))
    for row in found["per_class"].values():
        row["support"] = round(row["support"])
    table = samples.tables(given.truth, given.said, len(given.labels), ones)[0]
    return {"n": len(given.truth)} | found | {"confusion": table.astype(int).tolist()}


def intervals(given: Given) -> dict[str, Any]:
    """Return the 95 % confidence interval of each figure as [low, high]: percentiles of 1,000 bootstraps."""
    weights = samples.draws(len(given.truth), times=_DRAWS, seed=_SEED)
    found = _figures(given, weights)
    found.pop("threshold_high_at_precision_60", None)
    for row in found["per_class"].values():
        del row["support"]
    bounds: dict[str, Any] = _each(found, lambda values: np.percentile(values, _MIDDLE).tolist())
    return bounds


def _figures(given: Given, weights: Floats) -> dict[str, Any]:
    table = samples.tables(given.truth, given.said, len(given.labels), weights)
    classes = samples.class_figures(table)
    support = classes["support"]
    found = {
        "macro_recall": samples.over_classes(classes["recall"], support),
        "macro_f1": samples.over_classes(classes["f1"], support),
        "accuracy": samples.share(np.einsum("dii->d", table), table.sum(axis=(1, 2))),
        "ece": samples.calibration_errors(given.right, given.sure, weights),
        "per_class": {
            label: {name: values[:, i] for name, values in classes.items()}
            for i, label in enumerate(given.labels)
        },
    }
    return found | _urgent(given, table, weights) if given.levels else found


def _urgent(given: Given, table: Floats, weights: Floats) -> dict[str, Floats]:
    """Return what matters of urgency: agreement of levels, and who needs a person now (2 or 3)."""
    high, scores = given.truth >= _HIGH, given.spread[:, _HIGH:].sum(axis=1)
    found = table[:, _HIGH:, _HIGH:].sum(axis=(1, 2))
    recall, threshold = samples.recalls_at(_PRECISION, high, scores, weights)
    return {
        "kappa_quadratic": samples.kappas(table),
        "recall_high": samples.share(found, table[:, _HIGH:].sum(axis=(1, 2))),
        "precision_high": samples.share(found, table[:, :, _HIGH:].sum(axis=(1, 2))),
        "average_precision_high": samples.average_precisions(high, scores, weights),
        "recall_critical_as_high": samples.share(table[:, 3, _HIGH:].sum(axis=1), table[:, 3].sum(axis=1)),
        "recall_high_at_precision_60": recall,
        "threshold_high_at_precision_60": threshold,
    }


def _each(tree: dict[str, Any], change: Any) -> dict[str, Any]:
    """Return the tree with each leaf changed."""
    return {
        name: _each(value, change) if isinstance(value, dict) else change(value)
        for name, value in tree.items()
    }
