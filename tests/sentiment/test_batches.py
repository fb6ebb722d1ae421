from __future__ import annotations

import numpy as np

from sentiment.backends.batches import Windows, padded, run_sorted
from sentiment.backends.interface import Floats

WINDOWS = [[7] * length for length in (3, 9, 1, 4, 9, 2, 30, 5)]


def test_rows_come_in_the_order_of_the_windows_and_batches_keep_both_limits() -> None:
    sizes = []

    def lengths(batch: Windows) -> Floats:
        sizes.append((len(batch), len(batch) * len(batch[-1])))
        return np.array([[float(len(window))] for window in batch])

    rows = run_sorted(WINDOWS, lengths, most_windows=3, most_tokens=12)
    assert rows.tolist() == [[len(window)] for window in WINDOWS]
    assert sizes == [(3, 9), (2, 10), (1, 9), (1, 9), (1, 30)]


def test_short_windows_are_filled_up_on_the_side_that_the_model_wants() -> None:
    batch = [[5], [6, 7, 8]]
    ids, mask = padded(batch, filler=1)
    assert ids.tolist() == [[5, 1, 1], [6, 7, 8]]
    assert mask.tolist() == [[1, 0, 0], [1, 1, 1]]
    ids, mask = padded(batch, filler=1, on_left=True)
    assert ids.tolist() == [[1, 1, 5], [6, 7, 8]]
    assert mask.tolist() == [[0, 0, 1], [1, 1, 1]]
