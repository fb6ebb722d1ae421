"""Whether counts rose beyond what their past explains; false alarms are bounded over all that is tested."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.integer[Any]]
Shares = npt.NDArray[np.floating[Any]]

_PRIOR = 20
"""How many windows the spread of all series counts for beside a series' own."""
_LEAST = 1.0
"""Added to a series' past, so that what never happened is rare and not impossible."""


def usual(past: Counts) -> Shares:
    """Return what each series (rows) brings in a window (columns) by its past."""
    return np.asarray((past.sum(axis=1) + _LEAST) / past.shape[1])


def chances(past: Counts, now: Counts) -> Shares:
    """Return for each series the share of false alarms among all that are as unusual (Benjamini-Hochberg).

    A count is held against a negative binomial with the mean of its past: posts come in bursts, so their
    spread is measured, and the mean of few windows is itself uncertain. `past` has at least two columns.
    """
    # Imported here, since it takes long and pages that say how people feel do without it.
    from scipy.stats import false_discovery_control, nbinom

    mean, windows = usual(past), past.shape[1]
    spread = _spread(past, mean) * mean * (1 + 2 / windows)
    size = mean**2 / np.maximum(spread - mean, 1e-9)
    return np.asarray(false_discovery_control(nbinom.sf(now - 1, size, size / (size + mean))))


def _spread(past: Counts, mean: Shares) -> Shares:
    """Return the variance in times of the mean: that of all series, more where its own is larger."""
    free = past.shape[1] - 1
    own = past.var(axis=1, ddof=1) / mean
    told = past.sum(axis=1) >= free
    shared = max(float(own[told].mean()) if told.any() else 1.0, 1.0)
    return np.asarray(np.maximum((own * free + shared * _PRIOR) / (free + _PRIOR), shared))
