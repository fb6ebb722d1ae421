"""The training data as values: labelled posts and sentence pairs, read from gzipped CSV files."""

from __future__ import annotations

import csv
import gzip
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
"""Posts written for this project lie in the repository itself, as plain CSV."""
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


@dataclass(frozen=True, slots=True)
class Labelled:
    """A post and the answers known about it, as positions in `ALL_HEADS`; translations share a `twin`."""

    text: str
    language: str
    answers: Mapping[str, int]
    twin: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts of one meaning: `text` for the pupil, `english` for the teacher."""

    text: str
    english: str


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


def labelled(folder: Path, name: str, assumed: Mapping[str, str] = MappingProxyType({})) -> list[Labelled]:
    """Return the posts of one file that carry at least one answer we know or assume."""
    posts = []
    for row in rows(folder, name):
        answers = _answers(row | dict(assumed), own_emotions=name != "complaints_en_xci")
        if answers and row["text"].strip():
            twin = row.get("en_text") or row["text"]
            posts.append(Labelled(row["text"], row.get("lang", ""), answers, twin))
    return posts


def _answers(row: Mapping[str, str], *, own_emotions: bool) -> dict[str, int]:
    answers = {}
    for column, head in _COLUMNS.items():
        value = row.get(column) or ""
        value = _OTHER_NAMES.get(value, value)
        if value in ALL_HEADS[head] and (own_emotions or head != "emotion"):
            answers[head] = ALL_HEADS[head].index(value)
    return answers


def split(posts: list[Labelled], *, share: float, most: int) -> tuple[list[Labelled], list[Labelled]]:
    """Part `posts` into (training, held back); translations of one post always fall on the same side."""
    twins = sorted({post.twin for post in posts})
    random.Random(0).shuffle(twins)
    held = set(twins[: min(most, int(len(twins) * share))])
    return [p for p in posts if p.twin not in held], [p for p in posts if p.twin in held]


def pairs(folder: Path, passes: Mapping[str, float], *, seed: int) -> list[Pair]:
    """Return the sentence pairs in the mixture that `passes` asks for, shuffled; unnamed kinds stay out."""
    kinds: dict[str, list[Pair]] = {kind: [] for kind in passes}
    for row in rows(folder, "parallel_de_en"):
        if row["source"] in kinds:
            kinds[row["source"]].append(Pair(row["de"], row["en"]))
    if "posts" in kinds:
        kinds["posts"] = [Pair(row["text"], row["en_text"]) for row in rows(folder, "posts_de_versions")]
    if "english_posts" in kinds:
        kinds["english_posts"] = [
            Pair(row["text"], row["text"]) for row in rows(folder, "sentiment_en_semeval")
        ]
    chance = random.Random(seed)
    mixture = [pair for kind in sorted(kinds) for pair in repeat(kinds[kind], passes[kind], chance)]
    chance.shuffle(mixture)
    return mixture


def repeat(items: list[_T], times: float, chance: random.Random) -> list[_T]:
    """Return `items` `times` times over; the broken part of `times` is a random sample."""
    whole = int(times)
    return items * whole + chance.sample(items, round(len(items) * (times - whole)))
