"""The newest post of a case, with the words marked that carried what the model said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext

from responders.console.thread import LONGEST
from responders.models import Case
from sentiment.judge import terms_of
from sentiment.models import Assessment, Correction, Sentiment, Urgency
from sentiment.service import classifier
from sentiment.why import HEADS, Why, Word, why

_NAMED = 3
"""Words that a sentence names."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the post; `mark` is its class, "" where it is not marked."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What carried one answer, and what spoke against it, in words of the post, the weightiest first."""

    answer: str
    carrying: tuple[str, ...]
    opposing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """The text in pieces, as far as a page shows it, and a sentence an answer."""

    pieces: tuple[Piece, ...]
    sentences: tuple[Sentence, ...]
    is_cut: bool


def carried(case: Case, mention_id: str) -> Carried | None:
    """Explain the verdict on the newest mention of a case by its words.

    Returns None where there is nothing to explain: `mention_id` is not the newest any more, its text is gone
    or waits for the model, another model judged it, or people said something else. Raises ModelError.
    """
    mention = case.latest_mention
    found = Assessment.objects.filter(mention=mention).order_by("-pk").first()
    if found is None or str(mention.pk) != mention_id or mention.deleted_at or not mention.assessed_at:
        return None
    if not found.supported or found.model_hash != classifier().description.sha256:
        return None
    answers = _answers(found)
    if not answers:
        return None
    text = mention.text[:LONGEST]
    judged = found.model_hash, found.language, terms_of(mention.brand)
    reasons = _reasons(text, tuple(answers.items()), *judged)
    pieces = tuple(_pieces(text, _marked(reasons)))
    return Carried(pieces, tuple(map(_sentence, reasons)), len(mention.text) > LONGEST)


def _answers(found: Assessment) -> dict[str, str]:
    """Return what the model said and no person changed; no urgency explains itself by no word."""
    said = {head: str(getattr(found, head)) for head in HEADS if not found.is_from_person(head)}
    return {head: answer for head, answer in said.items() if (head, answer) != ("urgency", "0")}


@lru_cache(maxsize=256)
def _reasons(
    text: str, answers: tuple[tuple[str, str], ...], model_hash: str, language: str, terms: tuple[str, ...]
) -> tuple[Why, ...]:
    """Keep what was asked lately; another model, by its hash, is asked anew."""
    return why(text, dict(answers), model=classifier(), language=language, terms=terms)


def _marked(reasons: tuple[Why, ...]) -> tuple[Word, ...]:
    """Return the words to mark: those of the first answer that any word carried."""
    return next((reason.words for reason in reasons if any(w.weight > 0 for w in reason.words)), ())


def _pieces(text: str, words: tuple[Word, ...]) -> Iterator[Piece]:
    at = 0
    for word in words:
        yield Piece(text[at : word.start])
        yield Piece(word.text, f"{'carries' if word.weight > 0 else 'opposes'} s{word.strength}")
        at = word.end
    yield Piece(text[at:])


def _sentence(reason: Why) -> Sentence:
    label = Urgency(int(reason.answer)).label if reason.head == "urgency" else Sentiment(reason.answer).label
    words = sorted(reason.words, key=lambda word: -abs(word.weight))
    return Sentence(
        answer=gettext("%(head)s “%(answer)s”")
        % {"head": Correction.Head(reason.head).label, "answer": label},
        carrying=tuple(word.text for word in words if word.weight > 0)[:_NAMED],
        opposing=tuple(word.text for word in words if word.weight < 0)[:_NAMED],
    )
