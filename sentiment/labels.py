"""The questions the model answers about a post, and the answers it may give, in the order of its outputs."""

from __future__ import annotations

SENTIMENT = ("negative", "neutral", "positive")
URGENCY = ("0", "1", "2", "3")
ANGRY = ("0", "1")
INTENT = ("problem", "question", "thanks", "feedback", "other")

HEADS: dict[str, tuple[str, ...]] = {
    "sentiment": SENTIMENT,
    "urgency": URGENCY,
    "angry": ANGRY,
    "intent": INTENT,
}
"""Head name to its labels; urgency is 0 none, 1 normal, 2 high, 3 critical; angry is 1 or 0."""
