from __future__ import annotations

import numpy as np
import pytest

from sentiment.metrics import Given, figures, intervals
from sentiment.samples import Floats
from tests.needs import need_module

LABELS = ("negative", "neutral", "positive")
LEVELS = ("0", "1", "2", "3")


def _given(truth: list[int], said: list[int], spread: Floats | None = None, *, levels: bool = False) -> Given:
    labels = LEVELS if levels else LABELS
    shares = np.eye(len(labels))[said] if spread is None else spread
    return Given(np.array(truth), np.array(said), shares, labels, levels)


def _by_chance(n: int) -> Given:
    chance = np.random.default_rng(3)
    spread = chance.dirichlet(np.ones(4), n).round(1)
    return Given(chance.integers(0, 4, n), chance.integers(0, 4, n), spread, LEVELS, levels=True)


def test_figures_of_a_small_table_are_those_worked_out_by_hand() -> None:
    found = figures(_given([0, 0, 1, 2], [0, 1, 1, 1], np.full((4, 3), 1 / 3)))
    assert found["n"] == 4
    assert found["confusion"] == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
    assert found["macro_recall"] == pytest.approx((0.5 + 1 + 0) / 3)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 0.5 + 0) / 3)
    assert found["accuracy"] == 0.5
    expected = {"precision": 1 / 3, "recall": 1.0, "f1": 0.5, "support": 1}
    assert found["per_class"]["neutral"] == pytest.approx(expected)
    assert found["ece"] == pytest.approx(0.5 - 1 / 3)


def test_a_class_that_does_not_occur_counts_in_no_mean() -> None:
    found = figures(_given([0, 1], [0, 1]))
    assert (found["macro_recall"], found["macro_f1"], found["ece"]) == (1.0, 1.0, 0.0)


def test_figures_agree_with_a_library_on_random_answers() -> None:
    need_module("sklearn", extra="train")
    from sklearn.metrics import average_precision_score, cohen_kappa_score, f1_score, recall_score

    given = _by_chance(300)
    found = figures(given)
    assert found["macro_f1"] == pytest.approx(f1_score(given.truth, given.said, average="macro"))
    assert found["macro_recall"] == pytest.approx(recall_score(given.truth, given.said, average="macro"))
    kappa = cohen_kappa_score(given.truth, given.said, weights="quadratic")
    assert found["kappa_quadratic"] == pytest.approx(kappa)
    expected = average_precision_score(given.truth >= 2, given.spread[:, 2:].sum(axis=1))
    assert found["average_precision_high"] == pytest.approx(expected)


def test_recall_at_a_precision_is_the_best_that_any_threshold_gives() -> None:
    need_module("sklearn", extra="train")
    from sklearn.metrics import precision_recall_curve

    given = _by_chance(300)
    found = figures(given)
    high, scores = given.truth >= 2, given.spread[:, 2:].sum(axis=1)
    precision, recall, _ = precision_recall_curve(high, scores)
    assert found["recall_high_at_precision_60"] == pytest.approx(recall[precision >= 0.6].max())
    chosen = scores >= found["threshold_high_at_precision_60"]
    assert high[chosen].mean() >= 0.6
    assert (high & chosen).sum() / high.sum() == pytest.approx(found["recall_high_at_precision_60"])


def test_where_no_threshold_is_precise_enough_nothing_is_found() -> None:
    found = figures(_given([0, 0, 0, 2], [2, 2, 2, 2], levels=True))
    assert found["recall_high_at_precision_60"] == 0
    assert found["threshold_high_at_precision_60"] == 1


def test_urgency_is_judged_by_who_needs_a_person_now() -> None:
    found = figures(_given([3, 3, 2, 1, 0], [2, 1, 3, 2, 0], levels=True))
    assert found["recall_high"] == pytest.approx(2 / 3)
    assert found["precision_high"] == pytest.approx(2 / 3)
    assert found["recall_critical_as_high"] == 0.5


@pytest.mark.parametrize(("sure", "error"), [(0.8, 0.0), (1.0, 0.2)])
def test_a_model_that_is_as_right_as_it_is_sure_has_no_calibration_error(sure: float, error: float) -> None:
    spread = np.tile([sure, 1 - sure, 0.0], (10, 1))
    assert figures(_given([0] * 8 + [1] * 2, [0] * 10, spread))["ece"] == pytest.approx(error)


def test_an_interval_holds_the_figure_and_narrows_with_more_posts() -> None:
    widths = []
    for n in (100, 1600):
        given = _by_chance(n)
        low, high = intervals(given)["accuracy"]
        assert low < figures(given)["accuracy"] < high
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0] / 4, rel=0.25)


def test_the_interval_of_a_share_is_that_of_a_library_that_draws_as_often() -> None:
    need_module("scipy", extra="train")
    from scipy.stats import bootstrap

    given = _by_chance(400)
    theirs = bootstrap(
        (given.right.astype(float),), np.mean, method="percentile", n_resamples=4000, rng=1
    ).confidence_interval
    assert intervals(given)["accuracy"] == pytest.approx([theirs.low, theirs.high], abs=0.01)


def test_intervals_are_the_same_each_time_and_bound_every_figure_and_class() -> None:
    given = _by_chance(200)
    found = intervals(given)
    assert found == intervals(given)
    assert set(found) == set(figures(given)) - {"n", "confusion", "threshold_high_at_precision_60"}
    assert set(found["per_class"]["3"]) == {"precision", "recall", "f1"}
