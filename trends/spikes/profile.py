"""What is usual at each hour of the week, learned from the weeks before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from trends.spikes.rule import level

Numbers = NDArray[np.float64]
SLOTS = 168
"""Hours of a week; slot 0 is Monday's first."""
SURE_AFTER = 14
"""Days of history from which a profile is trusted; before it the bar is higher."""
_NARROWEST, _WIDEST, _UNSURE = 0.08, 2.0, 1.0
_PRIOR_HOURS = 4
_EPOCH = 72
"""The slot at which 1970 began, a Thursday."""
_QUARTER = 900
"""Seconds in which no clock changes its offset."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Posts an hour for each slot, how far counts spread around them, and how many days taught that."""

    rates: Numbers
    spread: float
    days: int

    def expected(self, starts: Numbers, hours: float) -> Numbers:
        """Return how many posts are usual in stretches of `hours` that begin at these slots (0 to 168)."""
        at = (starts + hours / 2 - 0.5) % SLOTS
        before = np.floor(at).astype(int)
        share = at - before
        rates = self.rates[before % SLOTS] * (1 - share) + self.rates[(before + 1) % SLOTS] * share
        return np.asarray(rates * hours)

    def as_json(self) -> dict[str, Any]:
        """Return it as the database keeps it."""
        rates = [round(rate, 4) for rate in self.rates.tolist()]
        return {"rates": rates, "spread": round(self.spread, 4), "days": self.days}


def from_json(kept: Mapping[str, Any]) -> Profile:
    """Read what the database keeps."""
    return Profile(np.array(kept["rates"], dtype=float), kept["spread"], kept["days"])


def slots(begin: datetime, *, count: int, step: timedelta, zone: ZoneInfo) -> Numbers:
    """Return at which slot of the week, by the clock of `zone`, each of `count` stretches begins."""
    at = begin.timestamp() + np.arange(count) * step.total_seconds()
    quarters, number = np.unique(at // _QUARTER, return_inverse=True)
    offsets = np.array([_offset(quarter * _QUARTER, zone) for quarter in quarters.tolist()])
    return np.asarray(((at + offsets[number]) / 3600 + _EPOCH) % SLOTS)


def _offset(at: float, zone: ZoneInfo) -> float:
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    return offset.total_seconds() if offset else 0.0


def learn(counts: Numbers, hours: NDArray[np.int_]) -> Profile | None:
    """Learn from counts of hours in their order and the slots they fell on; None where there is no day yet.

    Single hours far above their like (a storm that nobody noted) count only in part. Where an hour of the
    week was seen seldom, it leans on the same hour of the other days, and these on the whole.
    """
    days = len(counts) // 24
    if not days:
        return None
    kinds = hours % 24 + np.where(hours >= 120, 24, 0)
    rough = _means(np.minimum(counts, 6 * counts.mean() + 5), kinds, 48, counts.mean())
    tamed = np.minimum(counts, 3 * rough[kinds] + 5)
    by_day = _means(tamed, kinds, 48, float(tamed.mean()))
    rates = _means(
        tamed, hours, SLOTS, by_day[np.arange(SLOTS) % 24 + np.where(np.arange(SLOTS) >= 120, 24, 0)]
    )
    smooth = rates / 2 + (np.roll(rates, 1) + np.roll(rates, -1)) / 4
    spread = _spread(tamed, smooth[hours])
    return Profile(smooth, spread if days >= SURE_AFTER else max(spread, _UNSURE), days)


def _means(counts: Numbers, groups: NDArray[np.int_], size: int, prior: float | Numbers) -> Numbers:
    sums = np.bincount(groups, weights=counts, minlength=size)
    seen = np.bincount(groups, minlength=size)
    return np.asarray((sums + _PRIOR_HOURS * np.asarray(prior)) / (seen + _PRIOR_HOURS))


def _spread(counts: Numbers, usual: Numbers) -> float:
    """Estimate by moments how far hours are from what their day before made one expect."""
    levels = np.ones(len(counts))
    levels[24:] = level(_days_before(counts), _days_before(usual))
    expected = usual * levels
    excess = float(((counts - expected) ** 2 - expected).sum())
    return float(np.clip(excess / max(float((expected**2).sum()), 1e-9), _NARROWEST, _WIDEST))


def _days_before(counts: Numbers) -> Numbers:
    sums = np.concatenate([[0.0], np.cumsum(counts)])
    return np.asarray(sums[24:-1] - sums[:-25])
