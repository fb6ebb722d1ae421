"""Counts that rise by chance are not called rising; those that really rise are."""

from __future__ import annotations

import numpy as np
import pytest

from trends.topics.burst import chances, usual
from trends.topics.rising import FALSE_ALARMS

SERIES, WINDOWS, BRANDS = 30, 8, 300


def simulated(spread: float, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts of BRANDS times SERIES for WINDOWS past weeks and the present one, all from the same law."""
    chosen = np.random.default_rng(seed)
    means = np.exp(chosen.uniform(np.log(0.2), np.log(60), size=(BRANDS, SERIES, 1)))
    size = (BRANDS, SERIES, WINDOWS + 1)
    if spread == 1:
        counts = chosen.poisson(np.broadcast_to(means, size))
    else:
        counts = chosen.negative_binomial(np.broadcast_to(means / (spread - 1), size), 1 / spread)
    return counts[..., 1:], counts[..., 0]


@pytest.mark.parametrize("spread", [1, 2, 4])
def test_where_nothing_rises_few_brands_are_told_of_anything(spread: float) -> None:
    past, now = simulated(spread, seed=7)
    alarmed = [bool((chances(p, n) <= FALSE_ALARMS).any()) for p, n in zip(past, now, strict=True)]
    assert np.mean(alarmed) <= FALSE_ALARMS + 2 * np.sqrt(FALSE_ALARMS / BRANDS)


def test_of_what_is_called_rising_few_rose_by_chance_and_most_true_rises_are_found() -> None:
    past, now = simulated(2, seed=8)
    true = np.zeros(now.shape, dtype=bool)
    true[:, :3] = usual(past.reshape(-1, WINDOWS)).reshape(now.shape)[:, :3] >= 10
    now = np.where(true, now * 3, now)
    called = np.array([chances(p, n) <= FALSE_ALARMS for p, n in zip(past, now, strict=True)])
    by_chance = (called & ~true).sum(axis=1) / np.maximum(called.sum(axis=1), 1)
    assert by_chance.mean() <= FALSE_ALARMS
    assert (called & true).sum() / true.sum() > 0.7


def test_what_never_happened_rises_only_if_it_is_more_than_a_few() -> None:
    past = np.zeros((10, WINDOWS), dtype=int)
    assert chances(past, np.array([1] + [0] * 9))[0] > FALSE_ALARMS
    assert chances(past, np.array([8] + [0] * 9))[0] < FALSE_ALARMS
