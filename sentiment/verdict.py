"""What the model says of one post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


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


class Model(Protocol):
    """Gives verdicts, whether it thinks in this process or in another. Safe to share between threads."""

    def classify(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> list[Verdict]:
        """Return one verdict a text, in order; `languages` are the networks' tags, "" where there is none."""
