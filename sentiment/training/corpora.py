"""The training data as values: labelled posts, ours from the house, others from a folder."""

from __future__ import annotations

import csv
import gzip
import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from sentiment.exceptions import DataError
from sentiment.labels import HEADS

ALL_HEADS: dict[str, tuple[str, ...]] = {
    **HEADS,
    "emotion": ("anger", "joy", "optimism", "sadness"),
    "offensive": ("not", "offensive"),
}
"""The shipped heads and two more that only help in training."""

_T = TypeVar("_T")
_OWN = Path(__file__).parent.parent / "data"
"""Posts written for this project, and labels given by us, lie in the repository itself, as plain CSV."""
_COLUMNS = {
    "sentiment": "sentiment",
    "label": "sentiment",
    "urgency": "urgency",
    "angry": "angry",
    "intent": "intent",
    "emotion": "emotion",
    "offensive": "offensive",
}
_OTHER_NAMES = {"OTHER": "not", "OFFENSE": "offensive", "not-offensive": "not"}
_HELD_BACK = 10
"""One post of so many is held back."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A post and the answers known about it, as positions in `ALL_HEADS`; translations share a `twin`."""

    text: str
    language: str
    answers: Mapping[str, int]
    twin: str

    @property
    def held_back(self) -> bool:
        """Whether training must not see this post: by its twin alone, so the same in every file."""
        return int(text_sha(self.twin), 16) % _HELD_BACK == 0


def text_sha(text: str) -> str:
    """Return the name under which a post's labels are kept without its text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one training file, ours or in `folder`; raises DataError where it is missing."""
    own = _OWN / f"{name}.csv"
    if own.exists():
        with own.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
        return
    path = folder / f"{name}.csv.gz"
    if not path.exists():
        raise DataError(f"{path}: no such training file; give the folder that holds it with --data.")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def labelled(
    folder: Path,
    name: str,
    *,
    assumed: Mapping[str, str] = MappingProxyType({}),
    texts_of: str = "",
) -> list[Labelled]:
    """Return the posts of one file that carry at least one answer we know or assume.

    Where the file names its posts by `text_sha` alone, their texts are those of the file `texts_of`.
    """
    texts = {text_sha(row["text"]): row["text"] for row in rows(folder, texts_of)} if texts_of else {}
    posts = []
    for row in rows(folder, name):
        answers = _answers(row | dict(assumed), own_emotions=name != "complaints_en_xci")
        text = texts.get(row["text_sha"], "") if texts_of else row.get("text", "")
        if answers and text.strip():
            posts.append(Labelled(text, row.get("lang", ""), answers, row.get("en_text") or text))
    return posts


def unlabelled(folder: Path, name: str) -> list[Labelled]:
    """Return the distinct texts of one file, sentence pairs as two, without any answers."""
    columns = ("de", "en") if name.startswith("parallel") else ("text",)
    texts = dict.fromkeys(row[column] for row in rows(folder, name) for column in columns)
    return [Labelled(text, "", {}, text) for text in texts if text.strip()]


def _answers(row: Mapping[str, str], *, own_emotions: bool) -> dict[str, int]:
    answers = {}
    for column, head in _COLUMNS.items():
        value = row.get(column) or ""
        value = _OTHER_NAMES.get(value, value)
        if value in ALL_HEADS[head] and (own_emotions or head != "emotion"):
            answers[head] = ALL_HEADS[head].index(value)
    return answers


def repeat(items: list[_T], times: float, chance: random.Random) -> list[_T]:
    """Return `items` `times` times over; the broken part of `times` is a random sample."""
    whole = int(times)
    return items * whole + chance.sample(items, round(len(items) * (times - whole)))
