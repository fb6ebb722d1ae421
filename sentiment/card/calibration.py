"""The calibration plot: how often answers are right, against how sure the model is of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.card.trials import Score
from sentiment.metrics import Given
from sentiment.samples import Bools, Floats

_BINS = 10
_FEWEST = 20
"""A point of fewer answers would say nothing."""
_TICKS = (0, 0.5, 1)
_STEADY = {"svg.hashsalt": "kulanz", "svg.fonttype": "none", "font.family": "sans-serif"}
"""Text stays text, and the same figures always give the same file."""


def draw(scores: Sequence[Score], path: Path) -> None:
    """Write one picture with a plot a question, a line a language, over all sets of posts together."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STEADY):
        figure = Figure(figsize=(10, 2.9), layout="constrained", facecolor="white")
        tasks = list(dict.fromkeys(score.trial.task for score in scores))
        rooms = figure.subplots(1, len(tasks), sharey=True, squeeze=False)[0]
        rooms[0].set_ylabel("how often right")
        for axes, task in zip(rooms, tasks, strict=True):
            _plot(axes, task, [score for score in scores if score.trial.task == task])
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _plot(axes: Any, task: str, scores: Sequence[Score]) -> None:
    axes.set(
        title=task, xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="how sure", xticks=_TICKS, yticks=_TICKS
    )
    axes.plot((0, 1), (0, 1), color="#999999", linewidth=1, linestyle="--")
    for language, colour, marker in (("de", "#b45309", "s"), ("en", "#1d4ed8", "o")):
        right, sure = _together(scores, language)
        points = list(_points(right, sure))
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, marker=marker, markersize=4, label=language)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", frameon=False)


def _together(scores: Sequence[Score], language: str) -> tuple[Bools, Floats]:
    parts: list[Given] = [score.given.only(np.array(score.languages) == language) for score in scores]
    return np.concatenate([p.right for p in parts]), np.concatenate([p.sure for p in parts])


def _points(right: Bools, sure: Floats) -> Iterator[tuple[float, float]]:
    """Yield the mean of how sure and of how often right, for each tenth that holds enough answers."""
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    for place in range(_BINS):
        inside = bins == place
        if inside.sum() >= _FEWEST:
            yield float(sure[inside].mean()), float(right[inside].mean())
