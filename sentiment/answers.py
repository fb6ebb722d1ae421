"""From a head's outputs to its answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sentiment.description import Head

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
    """Return one head's answer: the likeliest, or by thresholds the highest label that is reached."""
    if not head.thresholds:
        return head.labels[int(row.argmax())]
    at_least = row[::-1].cumsum()[::-1]
    reached = [i for i, label in enumerate(head.labels) if at_least[i] >= head.thresholds.get(label, 0.0)]
    return head.labels[reached[-1]]


def certain(head: Head, answer: str) -> Floats:
    """Return all probability on one answer."""
    return np.array([float(label == answer) for label in head.labels])


def even(head: Head) -> Floats:
    """Return the same probability for each answer."""
    return np.full(len(head.labels), 1 / len(head.labels))
