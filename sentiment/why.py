"""The words that carried a verdict, found by asking the model again without each of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from sentiment.classifier import Classifier
from sentiment.language import SUPPORTED
from sentiment.terms import occurrences, swap
from sentiment.verdict import Verdict

HEADS = ("urgency", "sentiment")
"""The answers that are explained."""
MOST_WORDS = 20
"""A post of up to so many words is looked at as a whole."""
PASSAGE_WORDS = 16
"""Of a longer one, up to so many words, from the passages that alone speak most for the answers."""
_LONGEST_PASSAGE = 8
_LEAST = 0.25
_LEAST_SHARE = 0.2
_SURE = 5e-4

Span = tuple[int, int]
_WORD = re.compile(r"\S+")
_EDGE = ".,;:()[]{}\"'„“”‚‘’«»‹›"


@dataclass(frozen=True, slots=True)
class Word:
    """A stretch of the post from `start` up to `end`, in characters, and what it weighs.

    The weight is in log-odds of the answer: above 0 the word speaks for it, below 0 against it. `strength` is
    1 to 3, compared with the weightiest word of the post.
    """

    start: int
    end: int
    text: str
    weight: float
    strength: int


@dataclass(frozen=True, slots=True)
class Why:
    """The words that carried one answer, in the order of the post; none where no single word mattered."""

    head: str
    answer: str
    words: tuple[Word, ...]


def why(
    text: str, answers: Mapping[str, str], *, model: Classifier, language: str = "", terms: Sequence[str] = ()
) -> tuple[Why, ...]:
    """Return one explanation for each head in `answers` ("urgency": "3"), of a post that the model reads.

    An urgency above none is explained as "this or more". `language` and `terms` are those that the post was
    judged with; a term is left out as one word.
    """
    judge = _Judge(model, language if language in SUPPORTED else SUPPORTED[0], terms, answers)
    passage = _passage(text, judge)
    without = [_join(text, passage[:at] + passage[at + 1 :]) for at in range(len(passage))]
    alone = [_join(text, [word]) for word in passage]
    whole, *odds = judge.odds([_join(text, passage), *without, *alone])
    return tuple(
        Why(head, answer, _words(text, passage, _weights(whole[at], [row[at] for row in odds])))
        for at, (head, answer) in enumerate(answers.items())
    )


def _weights(whole: float, odds: Sequence[float]) -> list[float]:
    """Return each word's weight: the mean of what goes with it and what it brings alone.

    The first tells nothing where two words say the same, the second nothing where words mean something only
    together.
    """
    without, alone = odds[: len(odds) // 2], odds[len(odds) // 2 :]
    usual = median(alone) if alone else 0.0
    return [((whole - less) + (only - usual)) / 2 for less, only in zip(without, alone, strict=True)]


def answers_of(verdict: Verdict) -> dict[str, str]:
    """Return the answers of a verdict that can be explained; none of a post that nobody judged."""
    return {head: str(getattr(verdict, head)) for head in HEADS} if verdict.supported else {}


@dataclass(frozen=True, slots=True)
class _Judge:
    """Asks the model how much texts speak for the given answers."""

    model: Classifier
    language: str
    terms: Sequence[str]
    answers: Mapping[str, str]

    def odds(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the log-odds of each answer, text by text."""
        plain = [swap(text, self.terms) for text in texts]
        verdicts = self.model.classify(plain, [self.language] * len(plain))
        return [[_odds(verdict, *asked) for asked in self.answers.items()] for verdict in verdicts]


def _odds(verdict: Verdict, head: str, answer: str) -> float:
    shares = verdict.probabilities[head]
    if head == "urgency" and answer != "0":
        share = sum(value for label, value in shares.items() if label >= answer)
    else:
        share = shares[answer]
    share = min(max(share, _SURE), 1 - _SURE)
    return math.log(share / (1 - share))


def _passage(text: str, judge: _Judge) -> list[Span]:
    """Return the words to look at: all, or those of the passages that alone speak most for the answers."""
    hidden = occurrences(tuple(judge.terms)).sub(lambda term: "x" * len(term[0]), text)
    words = [word.span() for word in _WORD.finditer(hidden)]
    if len(words) <= MOST_WORDS:
        return words
    passages = _passages(text, words)
    odds = judge.odds([_join(text, passage) for passage in passages])
    chosen: list[Span] = []
    for _, passage in sorted(zip(map(sum, odds), passages, strict=True), key=lambda pair: -pair[0]):
        if len(chosen) + len(passage) > PASSAGE_WORDS:
            break
        chosen += passage
    return sorted(chosen)


def _passages(text: str, words: Sequence[Span]) -> list[list[Span]]:
    """Cut a post at the ends of sentences and lines, longer ones again after a few words."""
    passages: list[list[Span]] = [[]]
    for word, (start, end) in enumerate(words):
        passages[-1].append((start, end))
        after = text[end : words[word + 1][0]] if word + 1 < len(words) else ""
        if text[end - 1] in ".!?…" or "\n" in after or len(passages[-1]) == _LONGEST_PASSAGE:
            passages.append([])
    return [passage for passage in passages if passage]


def _join(text: str, words: Sequence[Span]) -> str:
    return " ".join(text[start:end] for start, end in words)


def _words(text: str, spans: Sequence[Span], weights: Sequence[float]) -> tuple[Word, ...]:
    most = max(map(abs, weights), default=0.0)
    least = max(_LEAST, _LEAST_SHARE * most)
    return tuple(
        _word(text, span, weight, most)
        for span, weight in zip(spans, weights, strict=True)
        if abs(weight) >= least
    )


def _word(text: str, span: Span, weight: float, most: float) -> Word:
    start, end = _bare(text, *span)
    return Word(start, end, text[start:end], round(weight, 2), min(1 + int(3 * abs(weight) / most), 3))


def _bare(text: str, start: int, end: int) -> Span:
    """Return the word without the punctuation around it."""
    word = text[start:end]
    left, right = len(word) - len(word.lstrip(_EDGE)), len(word.rstrip(_EDGE))
    return (start + left, start + right) if left < right else (start, end)
