"""Make probabilities honest: one temperature a head, fitted on posts that training did not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sentiment.training.corpora import Labelled

Floats = npt.NDArray[np.floating[Any]]
_TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(6.0), 161))


def temperatures(logits: Mapping[str, Floats], posts: Sequence[Labelled]) -> dict[str, float]:
    """Return each head's temperature under which the known answers are likeliest; 1.0 without any."""
    found = {}
    for head, values in logits.items():
        known = [i for i, post in enumerate(posts) if head in post.answers]
        truth = np.array([posts[i].answers[head] for i in known], dtype=int)
        found[head] = round(_best(values[known], truth), 4) if known else 1.0
    return found


def _best(values: Floats, truth: npt.NDArray[np.int_]) -> float:
    losses = [_loss(values / temperature, truth) for temperature in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def _loss(values: Floats, truth: npt.NDArray[np.int_]) -> float:
    values = values - values.max(axis=1, keepdims=True)
    log_odds = values - np.log(np.exp(values).sum(axis=1, keepdims=True))
    return float(-log_odds[np.arange(len(truth)), truth].mean())
