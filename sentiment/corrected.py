"""Posts whose verdict a person corrected: most to learn from, a fifth held back to judge by."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db.models import F

from sentiment.judge import terms_of
from sentiment.labels import HEADS
from sentiment.models import Correction
from sentiment.normalise import normalise
from sentiment.terms import swap

FROZEN = Path(__file__).parent / "data" / "frozen.csv"
"""Invented posts by which models are compared; no lesson may ever see one of them."""
NEWEST = 1000
"""So many corrected posts that are held back are "recent" enough to judge by."""
_HELD_BACK = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """A post, its language ("" where nobody knows), and what people say of it: heads to labels."""

    text: str
    language: str
    answers: Mapping[str, str]


def to_learn_from() -> list[Judged]:
    """Return the corrected posts that a lesson may show, the newest first."""
    return [post for key, post in _corrected().items() if not _is_held_back(key)]


def to_judge_by() -> list[Judged]:
    """Return the newest of the corrected posts that no lesson shows."""
    return [post for key, post in _corrected().items() if _is_held_back(key)][:NEWEST]


@cache
def frozen() -> tuple[Judged, ...]:
    """Return the frozen evaluation set."""
    with FROZEN.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(Judged(row["text"], row["lang"], {head: row[head] for head in HEADS}) for row in rows)


def key_of(text: str) -> str:
    """Return by what two posts are one and the same: what the model reads, in any case."""
    return hashlib.sha256(normalise(text).casefold().encode()).hexdigest()


def _is_held_back(key: str) -> bool:
    return int(key[:8], 16) % _HELD_BACK == 0


def _corrected() -> dict[str, Judged]:
    """Return each corrected text once by its key, the newest first; a later word counts more.

    Left out are texts of the frozen set, texts that are gone, and what was said before a post was edited.
    """
    said = Correction.objects.filter(at__gte=F("assessment__assessed_at"), assessment__supported=True)
    about = said.exclude(assessment__mention__text="").order_by("-at", "-pk")
    never = {key_of(post.text) for post in frozen()}
    found: dict[str, Judged] = {}
    for head, label, text, brand, language in about.values_list(
        "head",
        "after",
        "assessment__mention__text",
        "assessment__mention__brand",
        "assessment__language",
    ):
        key = key_of(text)
        if key not in never:
            earlier = found.get(key, Judged(swap(text, terms_of(brand)), language, {}))
            found[key] = Judged(earlier.text, earlier.language, {head: label} | dict(earlier.answers))
    return found
