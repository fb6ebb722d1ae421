"""Verdicts for tests, made with as few words as possible."""

from __future__ import annotations

from typing import Any

from sentiment.labels import HEADS
from sentiment.verdict import Verdict


def make_verdict(**parts: Any) -> Verdict:
    """A verdict that is sure of nothing."""
    usual: dict[str, Any] = {
        "language": "de",
        "supported": True,
        "sentiment": "neutral",
        "urgency": 1,
        "angry": False,
        "intent": "other",
        "probabilities": {head: dict.fromkeys(labels, 1 / len(labels)) for head, labels in HEADS.items()},
        "model_name": "test",
        "model_version": "1",
        "model_hash": "0" * 64,
    }
    return Verdict(**usual | parts)
