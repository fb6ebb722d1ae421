"""Posts longer than the network reads at once, as overlapping windows, and their answers as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
_WORST_COUNTS = ("urgency", "angry")


def cut(ids: list[int], *, most: int) -> list[list[int]]:
    """Return piece numbers in windows of at most `most`, each with both end marks, a quarter shared."""
    if len(ids) <= most:
        return [ids]
    first, inner, last = ids[0], ids[1:-1], ids[-1]
    room = most - 2
    step = room - room // 4
    starts = range(0, max(len(inner) - room, 0) + step, step)
    return [[first, *inner[start : start + room], last] for start in starts]


def merge(windows: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return one row of probabilities a head from rows by window.

    Urgency and anger come from the worst window, for one alarming paragraph in a long letter is enough; the
    other heads are the mean.
    """
    return {
        head: _worst(rows) if head in _WORST_COUNTS else rows.mean(axis=0) for head, rows in windows.items()
    }


def merge_each(counts: Sequence[int], windows: Mapping[str, Floats]) -> Iterator[dict[str, Floats]]:
    """Yield each post's merged rows; `counts` says how many of the rows belong to each post, in order."""
    for count, end in zip(counts, accumulate(counts), strict=True):
        yield merge({head: rows[end - count : end] for head, rows in windows.items()})


def _worst(rows: Floats) -> Floats:
    level = rows @ np.arange(rows.shape[1])
    worst: Floats = rows[int(level.argmax())]
    return worst
