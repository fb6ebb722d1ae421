"""Windows of like length through a network together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sentiment.backends.interface import Floats

Windows = Sequence[Sequence[int]]
Ids = npt.NDArray[np.int64]
Run = Callable[[Windows], Floats]


def run_sorted(
    windows: Windows,
    run: Run,
    *,
    most_windows: int,
    most_tokens: int,
    spread: Callable[[Run, Iterable[Windows]], Iterable[Any]] = map,
) -> Floats:
    """Return the rows that `run` gives for each batch, in the order of `windows` (at least one).

    A batch ends with its longest window and holds at most `most_windows`, and `most_tokens` after padding
    unless one window alone is longer. `spread` maps `run` over batches, `map` or that of a pool of threads.
    """
    order = sorted(range(len(windows)), key=lambda i: len(windows[i]))
    batches = list(_batches(order, windows, most_windows, most_tokens))
    rows = np.concatenate(list(spread(run, [[windows[i] for i in batch] for batch in batches])))
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    found: Floats = rows[back]
    return found


def padded(batch: Windows, *, filler: int = 0, on_left: bool = False) -> tuple[Ids, Ids]:
    """Return piece numbers filled up to the length of the last window, and the mask of real pieces."""
    ids = np.full((len(batch), len(batch[-1])), filler, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, window in enumerate(batch):
        at = slice(-len(window), None) if on_left else slice(len(window))
        ids[row, at] = window
        mask[row, at] = 1
    return ids, mask


def _batches(
    order: Sequence[int], windows: Windows, most_windows: int, most_tokens: int
) -> Iterator[list[int]]:
    batch: list[int] = []
    for i in order:
        if batch and (len(batch) == most_windows or (len(batch) + 1) * len(windows[i]) > most_tokens):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
