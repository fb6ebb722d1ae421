"""What the model says of one post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Answers to all questions about one post, and who gave them.

    `probabilities` maps each head to its labels' calibrated probabilities (they sum to 1); anger's labels are
    "0" and "1". Where `supported` is False the model does not speak `language`: the answers are those of a
    post that nobody has judged (neutral, urgency 1: a person should look) and the probabilities are even.
    """

    language: str
    supported: bool
    sentiment: str
    urgency: int
    angry: bool
    intent: str
    probabilities: Mapping[str, Mapping[str, float]]
    model_name: str
    model_version: str
    model_hash: str
