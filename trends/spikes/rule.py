"""When a number of posts is a rise: numbers in, an answer out."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", float, NDArray[np.float64])

WINDOWS = (5, 15, 60, 240)
"""Minutes that are looked at: short ones see a storm at once, long ones the slow rise of a small brand."""
LEAST = 5
"""Fewer posts are never a rise, however few are usual."""
TIMES = 2.0
"""A rise is at least so many times the usual number."""
CHANCE = 2e-6
"""How seldom a window without any cause may look like a rise; `bench/spikes.py` says what that amounts to."""
BRIEF_SPREAD = 0.15
"""By how much counts of minutes spread more than counts of hours."""
_CALM_CHANCE = 0.02
_LEVEL_PRIOR = 5


def chance(count: int, usual: float, spread: float) -> float:
    """Return how likely `count` posts or more are where `usual` (> 0) are to be expected.

    The number is negative binomial, with variance `usual + spread * usual²`; 1 for what is not above it.
    """
    if count <= usual:
        return 1.0
    # Imported here, since it takes long and every page imports what shows incidents.
    from scipy.special import betainc

    size = 1 / spread
    return float(betainc(count, size, usual / (size + usual)))


def level(count: Number, usual: Number) -> Number:
    """Return how many times the usual number a day brought, at least 1: what lasts is no sudden rise."""
    return np.maximum(1.0, (count + _LEVEL_PRIOR) / (usual + _LEVEL_PRIOR))  # type: ignore[no-any-return]


def spread_of(minutes: int, spread: float) -> float:
    """Return the spread of counts of so many minutes, where those of hours have `spread`."""
    return spread + (BRIEF_SPREAD if minutes < 60 else 0.0)


def is_rise(count: int, usual: float, spread: float, *, minutes: int) -> bool:
    """Tell whether `count` posts in a window of `minutes` are a sudden rise."""
    if count < LEAST or count < TIMES * usual:
        return False
    return chance(count, max(usual, 1e-6), spread_of(minutes, spread)) <= CHANCE


def is_high(count: int, usual: float, spread: float, *, minutes: int) -> bool:
    """Tell whether a rise still lasts: a lower bar than the one it had to pass."""
    if count < LEAST / 2 or count < 1.5 * usual:
        return False
    return chance(count, max(usual, 1e-6), spread_of(minutes, spread)) <= _CALM_CHANCE


def first_bin(counts: Sequence[int], usual: Sequence[float]) -> int:
    """Return in which of equal stretches, the newest last, the rise of the last one seems to have begun.

    It is the beginning that makes twice the usual number most likely since.
    """
    best, found, score = 0.0, len(counts) - 1, 0.0
    for number in range(len(counts) - 1, -1, -1):
        score += counts[number] * log(2) - usual[number]
        if score > best:
            best, found = score, number
    return found
