from __future__ import annotations

import numpy as np
import pytest

from trends.numbers.compare import Change, compare
from trends.numbers.tally import Tally


def days(share: float, *, count: int = 14, posts: int = 100, seed: int, spread: float = 0.08) -> list[Tally]:
    """Days whose shares differ by more than chance would let them, as those of real days do."""
    chance = np.random.default_rng(seed)
    shares = np.clip(chance.normal(share, spread, count), 0, 1)
    negative = chance.binomial(posts, shares)
    return [Tally(negative=int(hits), neutral=posts - int(hits)) for hits in negative]


def change(before: list[Tally], after: list[Tally]) -> Change | None:
    return compare(before, after)[0].change


def test_a_rise_is_told_with_the_interval_in_which_it_lies() -> None:
    found = compare(days(0.3, seed=1), days(0.5, seed=2))[0]
    assert found.name == "negative" and found.change is not None
    assert found.change.low < 20 < found.change.high
    assert found.change.is_certain
    assert found.change.points == pytest.approx(found.after - found.before)


def test_chance_alone_is_seldom_called_a_change_although_days_differ() -> None:
    false = [change(days(0.3, seed=seed), days(0.3, seed=10_000 + seed)) for seed in range(300)]
    share = sum(one is not None and one.is_certain for one in false) / len(false)
    assert share < 0.035, "a sixtieth is meant: three shares are compared at once"


def test_too_few_days_or_posts_are_too_few_to_tell() -> None:
    long = days(0.3, seed=1)
    assert change(long, days(0.9, count=4, seed=2)) is None
    assert change(days(0.9, count=7, posts=4, seed=2), long) is None
    assert change(long, []) is None and compare(long, [])[0].after == 0
    assert change(long, [*days(0.9, count=4, seed=2), *[Tally()] * 9]) is None, (
        "days without posts say nothing"
    )


def test_days_that_are_all_alike_have_an_exact_difference() -> None:
    assert change([Tally(negative=10)] * 6, [Tally(positive=10)] * 6) == Change(-100, -100, -100)
