"""Which of a hub model's labels mean which of our answers."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sentiment.exceptions import ModelError
from sentiment.labels import HEADS

LabelMap = Mapping[str, Mapping[str, str]]
"""Head to the model's labels to the head's answer: `{"sentiment": {"5 stars": "positive", …}}`."""

_SPELLINGS = {
    "negative": ("negative", "negativ", "neg", "very negative", "1 star", "2 stars"),
    "neutral": ("neutral", "neu", "mixed", "3 stars"),
    "positive": ("positive", "positiv", "pos", "very positive", "4 stars", "5 stars"),
}
_MEANING = {spelling: answer for answer, spellings in _SPELLINGS.items() for spelling in spellings}


def label_map(labels: Sequence[str], file: Path | None) -> LabelMap:
    """Return what a model's `labels` mean: by `file` where there is one, else by well-known spellings.

    Raises ModelError that names the labels without a meaning, or what is wrong in the file.
    """
    if file is None:
        return {"sentiment": _by_spelling(labels)}
    tables = _read(file)
    for head, meanings in tables.items():
        _check_table(head, meanings, labels, file)
    unmapped = set(labels).difference(*tables.values())
    if unmapped:
        raise ModelError(f"{file}: says nothing about the model's labels {_listed(unmapped)}.")
    return tables


def _by_spelling(labels: Sequence[str]) -> dict[str, str]:
    meant = {label: _MEANING.get(" ".join(label.lower().replace("_", " ").split())) for label in labels}
    known = {label: answer for label, answer in meant.items() if answer}
    if len(known) < len(labels) or len(set(known.values())) < 2:
        lines = "".join(f'\n"{label}" = "{known.get(label, "…")}"' for label in labels)
        raise ModelError(
            f"what the model's labels {_listed(labels)} mean is not known; name a file in KULANZ_LABELS that "
            f"says negative, neutral or positive for each:\n[sentiment]{lines}"
        )
    return known


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{file}: cannot be read as TOML: {error}") from error


def _check_table(head: str, meanings: object, labels: Sequence[str], file: Path) -> None:
    if head not in HEADS or not isinstance(meanings, dict):
        raise ModelError(f"{file}: {head!r} is none of the tables {_listed(f'[{name}]' for name in HEADS)}.")
    for label, answer in meanings.items():
        if label not in labels:
            raise ModelError(
                f"{file}: [{head}] {label!r} is no label of the model; it has {_listed(labels)}."
            )
        if answer not in HEADS[head]:
            raise ModelError(f"{file}: [{head}] {label!r} = {answer!r} must be of {_listed(HEADS[head])}.")
    if len(set(meanings.values())) < 2:
        raise ModelError(f"{file}: [{head}] needs labels for two answers or more of {_listed(HEADS[head])}.")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
