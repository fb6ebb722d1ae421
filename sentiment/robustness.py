"""How often a verdict changes when a post is edited without meaning anything else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentiment.classifier import Classifier
from sentiment.edits import Edit, edits
from sentiment.evaluate import Example
from sentiment.verdict import Verdict

_DATA = Path(__file__).parent / "data"
USUAL_POSTS = (_DATA / "frozen.csv", _DATA / "signs.csv")
"""Invented posts in both languages that no training has seen; those of the second file are full of signs."""
TARGET = 0.03
"""No question's answer should change more often than this."""
_HIGH = 2


@dataclass(frozen=True, slots=True)
class Flips:
    """Of `posts` edited posts, how many changed sentiment, side of urgency 2, any answer."""

    edit: str
    language: str
    posts: int
    sentiment: int
    needs_a_person: int
    verdict: int

    @property
    def changed(self) -> tuple[int, int, int]:
        """The three counts in the order of the tables."""
        return self.sentiment, self.needs_a_person, self.verdict


def flips(
    examples: Sequence[Example], classifier: Classifier, *, changes: Sequence[Edit] = ()
) -> list[Flips]:
    """Return one row an edit and language; posts in which an edit finds nothing to do, or all, do not count.

    The classifier has to find out the language itself, so a language taken for another shows here too.
    """
    pairs = [
        (edit.name, example, edited)
        for edit in changes or edits()
        for example in examples
        if example.language in edit.languages and (edited := edit(example.text)) not in ("", example.text)
    ]
    judged = _judge([text for _, example, edited in pairs for text in (example.text, edited)], classifier)
    groups: dict[tuple[str, str], list[tuple[Verdict, Verdict]]] = defaultdict(list)
    for name, example, edited in pairs:
        groups[name, example.language].append((judged[example.text], judged[edited]))
    return [_count(name, language, verdicts) for (name, language), verdicts in groups.items()]


def total(rows: Iterable[Flips], *, name: str, language: str) -> Flips:
    """Return the sum of all rows of one language."""
    mine = [row for row in rows if row.language == language]
    return Flips(
        name,
        language,
        sum(row.posts for row in mine),
        sum(row.sentiment for row in mine),
        sum(row.needs_a_person for row in mine),
        sum(row.verdict for row in mine),
    )


def _judge(texts: Sequence[str], classifier: Classifier) -> dict[str, Verdict]:
    distinct = list(dict.fromkeys(texts))
    return dict(zip(distinct, classifier.classify(distinct), strict=True))


def _count(name: str, language: str, verdicts: Sequence[tuple[Verdict, Verdict]]) -> Flips:
    return Flips(
        name,
        language,
        len(verdicts),
        sum(before.sentiment != after.sentiment for before, after in verdicts),
        sum((before.urgency >= _HIGH) != (after.urgency >= _HIGH) for before, after in verdicts),
        sum(_answers(before) != _answers(after) for before, after in verdicts),
    )


def _answers(verdict: Verdict) -> tuple[str, int, bool, str]:
    return verdict.sentiment, verdict.urgency, verdict.angry, verdict.intent
