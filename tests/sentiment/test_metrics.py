from __future__ import annotations

import numpy as np
import pytest

from sentiment.metrics import average_precision, calibration_error, figures, kappa, urgent_figures
from tests.needs import need_module

LABELS = ("negative", "neutral", "positive")


def test_figures_of_a_small_table_are_those_worked_out_by_hand() -> None:
    truth, said = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1])
    found = figures(truth, said, np.full((4, 3), 1 / 3), LABELS)
    assert found["n"] == 4
    assert found["confusion"] == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
    assert found["macro_recall"] == pytest.approx((0.5 + 1 + 0) / 3)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 0.5 + 0) / 3)
    assert found["accuracy"] == 0.5
    assert found["per_class"]["neutral"] == {"precision": 1 / 3, "recall": 1.0, "f1": 0.5, "support": 1}
    assert found["ece"] == pytest.approx(0.5 - 1 / 3)


def test_a_class_that_does_not_occur_counts_in_no_mean() -> None:
    found = figures(np.array([0, 1]), np.array([0, 1]), np.eye(3)[:2], LABELS)
    assert (found["macro_recall"], found["macro_f1"], found["ece"]) == (1.0, 1.0, 0.0)


def test_figures_agree_with_a_library_on_random_answers() -> None:
    need_module("sklearn", extra="train")
    from sklearn.metrics import average_precision_score, cohen_kappa_score, f1_score, recall_score

    chance = np.random.default_rng(3)
    truth, said = chance.integers(0, 4, 300), chance.integers(0, 4, 300)
    spread = chance.dirichlet(np.ones(4), 300).round(1)
    found = figures(truth, said, spread, tuple("0123"))
    assert found["macro_f1"] == pytest.approx(f1_score(truth, said, average="macro"))
    assert found["macro_recall"] == pytest.approx(recall_score(truth, said, average="macro"))
    assert kappa(truth, said, 4) == pytest.approx(cohen_kappa_score(truth, said, weights="quadratic"))
    scores = spread[:, 2:].sum(axis=1)
    expected = average_precision_score(truth >= 2, scores)
    assert average_precision(truth >= 2, scores) == pytest.approx(expected)


def test_urgency_is_judged_by_who_needs_a_person_now() -> None:
    truth, said = np.array([3, 3, 2, 1, 0]), np.array([2, 1, 3, 2, 0])
    found = urgent_figures(truth, said, np.eye(4)[said])
    assert found["recall_high"] == pytest.approx(2 / 3)
    assert found["precision_high"] == pytest.approx(2 / 3)
    assert found["recall_critical_as_high"] == 0.5


def test_a_model_that_is_as_right_as_it_is_sure_has_no_calibration_error() -> None:
    right = np.array([True] * 8 + [False] * 2)
    assert calibration_error(right, np.full(10, 0.8)) == pytest.approx(0.0)
    assert calibration_error(right, np.full(10, 1.0)) == pytest.approx(0.2)
