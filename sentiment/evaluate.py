"""Try a classifier on labelled posts out of a file."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from sentiment.classifier import Classifier
from sentiment.exceptions import DataError
from sentiment.judge import judge
from sentiment.labels import HEADS
from sentiment.metrics import Given, figures, intervals
from sentiment.verdict import Verdict

TASKS = {"sentiment": "sentiment", "urgency": "urgency", "anger": "angry", "intent": "intent"}
_USUAL_COLUMNS = {
    "sentiment": ("sentiment", "label"),
    "urgency": ("urgency", "label"),
    "anger": ("angry", "anger", "label"),
    "intent": ("intent", "label"),
}
_SAME = {"true": "1", "false": "0", "yes": "1", "no": "0"}


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled post: its text, the true label, and its language where the file tells."""

    text: str
    label: str
    language: str


def evaluate(
    examples: Sequence[Example],
    classifier: Classifier,
    *,
    task: str,
    brand: str = "",
    with_intervals: bool = False,
) -> dict[str, Any]:
    """Return the figures of one task (a key of TASKS), in all and by language; see `sentiment.metrics`.

    The file's language is handed to the classifier as a network's tag would be. `brand` is the slug of the
    brand that the posts are about ("" for none), see `sentiment.judge`. `with_intervals` adds the 95 %
    confidence interval of each figure.
    """
    given = answers(examples, classifier, task=task, brand=brand)
    return {"task": task, **figures_by_language(examples, given, with_intervals=with_intervals)}


def answers(examples: Sequence[Example], classifier: Classifier, *, task: str, brand: str = "") -> Given:
    """Return what the classifier says of each post, beside what is true."""
    head = TASKS[task]
    labels = HEADS[head]
    texts, tags = [example.text for example in examples], [example.language for example in examples]
    verdicts = judge(texts, [brand] * len(texts), tags, model=classifier)
    return Given(
        truth=np.array([labels.index(example.label) for example in examples], dtype=int),
        said=np.array([labels.index(_said(verdict, head)) for verdict in verdicts], dtype=int),
        spread=np.array([[v.probabilities[head][label] for label in labels] for v in verdicts]),
        labels=labels,
        levels=task == "urgency",
    )


def figures_by_language(
    examples: Sequence[Example], given: Given, *, with_intervals: bool = False
) -> dict[str, Any]:
    """Return the figures of all posts, and under "by_language" those of each language that the file tells."""
    measure = _with_intervals if with_intervals else figures
    tags = np.array([example.language for example in examples])
    parts = {tag: measure(given.only(tags == tag)) for tag in sorted({*tags.tolist()} - {""})}
    return {**measure(given), "by_language": parts}


def _with_intervals(given: Given) -> dict[str, Any]:
    return {**figures(given), "intervals": intervals(given)}


def _said(verdict: Verdict, head: str) -> str:
    value = getattr(verdict, head)
    return str(int(value)) if head == "angry" else str(value)


def read_examples(
    path: Path,
    *,
    task: str,
    text_column: str = "text",
    label_column: str = "",
    only: Mapping[str, str] = MappingProxyType({}),
) -> list[Example]:
    """Return the labelled posts of a CSV or JSONL file (also .gz); rows without a label are left out.

    `only` maps columns to the value that a row must have there. Raises DataError that names file, line and
    column.
    """
    examples = []
    for line, row in _rows(path):
        if any(str(row.get(column)) != value for column, value in only.items()):
            continue
        column = label_column or _usual(path, row, task)
        if text_column not in row or column not in row:
            raise DataError(
                f"{path}, line {line}: no column {text_column!r} or {column!r}; it has {list(row)}."
            )
        label = str(row[column] if row[column] is not None else "").strip().lower()
        label = _SAME.get(label, label)
        if not label:
            continue
        if label not in HEADS[TASKS[task]]:
            raise DataError(f"{path}, line {line}: {column} is {label!r}, not one of {HEADS[TASKS[task]]}.")
        examples.append(Example(str(row[text_column] or ""), label, str(row.get("lang") or "")))
    if not examples:
        raise DataError(f"{path}: holds no labelled post.")
    return examples


def _usual(path: Path, row: dict[str, Any], task: str) -> str:
    for column in _USUAL_COLUMNS[task]:
        if column in row:
            return column
    raise DataError(f"{path}: say which column holds the label with --label-column; it has {list(row)}.")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line number and row."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    if path.name.removesuffix(".gz").endswith((".jsonl", ".ndjson")):
        yield from _json_rows(path, text)
        return
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for row in reader:
        yield reader.line_num, row


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DataError(f"{path}, line {number}: not JSON: {error}") from error
            if not isinstance(row, dict):
                raise DataError(f"{path}, line {number}: not a JSON object.")
            yield number, row
