"""From a head's outputs to its answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sentiment.description import Head
from sentiment.labels import URGENCY
from sentiment.levels import level

Floats = npt.NDArray[np.floating[Any]]

NOTHING_TO_READ = {"sentiment": "neutral", "urgency": "0", "angry": "0", "intent": "other"}
"""What a post without any words or signs says."""
NOT_JUDGED = {"sentiment": "neutral", "urgency": "1", "angry": "0", "intent": "other"}
"""What stands for a post in a language that the model does not speak: a person should look at it."""


def softmax(logits: Floats) -> Floats:
    """Return probabilities along the last axis."""
    grown = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = grown / grown.sum(axis=-1, keepdims=True)
    return shares


def choose(head: Head, row: Floats) -> str:
    """Return one head's answer: of urgency the level of least expected cost, else the likeliest."""
    if head.labels == URGENCY:
        return str(level(dict(zip(URGENCY, map(float, row), strict=True))))
    return head.labels[int(row.argmax())]


def certain(head: Head, answer: str) -> Floats:
    """Return all probability on one answer."""
    return np.array([float(label == answer) for label in head.labels])


def even(head: Head) -> Floats:
    """Return the same probability for each answer."""
    return np.full(len(head.labels), 1 / len(head.labels))
