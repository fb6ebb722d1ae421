from __future__ import annotations

import numpy as np

from sentiment.windows import cut, merge


def test_a_short_post_is_one_window() -> None:
    assert cut([1, 5, 6, 2], most=4) == [[1, 5, 6, 2]]


def test_a_long_post_is_read_to_its_end_in_overlapping_windows() -> None:
    windows = cut([1, *range(10, 35), 2], most=10)
    assert all(window[0] == 1 and window[-1] == 2 and len(window) <= 10 for window in windows)
    assert sorted({piece for window in windows for piece in window[1:-1]}) == list(range(10, 35))
    assert windows[0][-3:-1] == windows[1][1:3]


def test_one_alarming_window_makes_a_letter_urgent_and_the_mood_is_the_mean() -> None:
    found = merge(
        {
            "urgency": np.array([[0.9, 0.1, 0.0, 0.0], [0.0, 0.1, 0.2, 0.7], [1.0, 0.0, 0.0, 0.0]]),
            "sentiment": np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.5, 0.0]]),
        }
    )
    assert found["urgency"].tolist() == [0.0, 0.1, 0.2, 0.7]
    assert found["sentiment"].tolist() == [0.5, 0.5, 0.0]
