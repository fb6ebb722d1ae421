"""What changed with an event: shares before and after it, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trends.numbers.tally import Tally, together

FEWEST_DAYS, FEWEST_POSTS = 5, 30
"""Days with posts, and posts, that each side needs before anything is said."""
COMPARED = ("negative", "positive", "urgent")
CERTAINTY = 0.95
"""How certain all intervals together hold the truth."""
NOTHING = 1e-12
"""A spread below it is one of rounding."""


@dataclass(frozen=True, slots=True)
class Change:
    """The difference of two shares, after less before, in points of a hundred, and where it really lies."""

    points: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Whether chance alone would hardly have brought it about."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The shares of posts that are `name`, in percent, and their change; None of too few to tell."""

    name: str
    before: float
    after: float
    change: Change | None


def compare(before: Sequence[Tally], after: Sequence[Tally]) -> list[Comparison]:
    """Compare the days before an event with those from it on, one tally a day.

    Posts of one day hang together, so that the day counts as one observation, weighed by its posts.
    """
    before, after = _with_posts(before), _with_posts(after)
    enough = _is_enough(before) and _is_enough(after)
    return [
        Comparison(
            name, _share(before, name), _share(after, name), _change(before, after, name) if enough else None
        )
        for name in COMPARED
    ]


def _with_posts(days: Sequence[Tally]) -> list[Tally]:
    return [day for day in days if day.total]


def _is_enough(days: Sequence[Tally]) -> bool:
    return len(days) >= FEWEST_DAYS and together(days).total >= FEWEST_POSTS


def _share(days: Sequence[Tally], name: str) -> float:
    total = together(days)
    return 100 * getattr(total, name) / total.total if total.total else 0.0


def _change(before: Sequence[Tally], after: Sequence[Tally], name: str) -> Change:
    first, second = _by_day(before, name), _by_day(after, name)
    points = float(second.mean() - first.mean())
    half = _half(first, second)
    return Change(points, points - half, points + half)


def _half(first: np.ndarray, second: np.ndarray) -> float:
    """Return half of the interval around the difference of two means, by Welch; their spreads may differ."""
    from scipy.stats import t

    parts = np.array([side.var(ddof=1) / len(side) for side in (first, second)])
    if parts.sum() < NOTHING:
        return 0.0
    freedom = parts.sum() ** 2 / sum(parts**2 / (np.array([len(first), len(second)]) - 1))
    return float(t.ppf(1 - (1 - CERTAINTY) / len(COMPARED) / 2, freedom) * np.sqrt(parts.sum()))


def _by_day(days: Sequence[Tally], name: str) -> np.ndarray:
    """Return one number a day whose mean is the share of all days and whose spread is that of the days."""
    counts = np.array([[getattr(day, name), day.total] for day in days], dtype=float)
    hits, posts = counts.T
    share = hits.sum() / posts.sum()
    return np.asarray(100 * (share + (hits - share * posts) / posts.mean()))
