"""The model card: what the model is made of, how good it is, where it fails, written from measurements."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.classifier import Classifier
from sentiment.evaluate import TASKS, Example, evaluate, read_examples
from sentiment.labels import HEADS
from sentiment.metrics import figures

_ROOM = Path(__file__).parent
_ABOUT = _ROOM / "data" / "about.md"
_HARD = _ROOM / "data" / "hard.jsonl"


@dataclass(frozen=True, slots=True)
class Trial:
    """One measurement: a file of labelled posts, the task, and the goal of each figure in percent."""

    file: str
    task: str
    goals: Mapping[str, float]
    column: str = ""
    only: Mapping[str, str] = field(default_factory=dict)


_URGENT = ("average_precision_high", "kappa_quadratic", "recall_critical_as_high")
TRIALS = (
    Trial("sentiment_en_tweeteval_dev", "sentiment", {"macro_recall": 72, "ece": 5}),
    Trial("airline_posts", "sentiment", {"macro_f1": 79, "ece": 5}),
    Trial("sentiment_de_sb10k_test", "sentiment", {"macro_f1": 68, "ece": 5}),
    Trial("sentiment_de_potts_test", "sentiment", {"macro_f1": 70, "ece": 5}),
    Trial("bahn_posts", "sentiment", {"macro_f1": 55, "ece": 5}, "label", {"relevance": "True"}),
    Trial("airline_urgency", "urgency", dict(zip(_URGENT, (88, 78, 95), strict=True)) | {"ece": 5}),
    Trial("bahn_urgency", "urgency", dict(zip(_URGENT, (60, 70, 95), strict=True)) | {"ece": 5}),
    Trial("airline_urgency", "anger", {"macro_f1": 80, "ece": 5}),
    Trial("bahn_urgency", "anger", {"macro_f1": 80, "ece": 5}),
    Trial("airline_urgency", "intent", {"macro_f1": 0, "ece": 5}),
    Trial("bahn_urgency", "intent", {"macro_f1": 0, "ece": 5}),
)


def card(classifier: Classifier, folder: Path) -> str:
    """Return the card as Markdown; `folder` holds the evaluation files, DataError tells which is missing."""
    scores = [(trial, *_try(trial, classifier, folder)) for trial in TRIALS]
    about = classifier.description
    head = f"# Model card: {about.name} {about.version}\n\nWeights `sha256:{about.sha256}`.\n"
    parts = (
        head,
        _ABOUT.read_text(encoding="utf-8"),
        _lessons(about.training),
        _table(scores),
        _classes(scores),
        _hard(classifier),
    )
    return "\n".join(parts)


def _try(trial: Trial, classifier: Classifier, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the model's figures and VADER's ({} for tasks that VADER does not know)."""
    path = folder / f"{trial.file}.csv.gz"
    examples = read_examples(path, task=trial.task, label_column=trial.column, only=trial.only)
    vader = _vader(examples) if trial.task == "sentiment" else {}
    return evaluate(examples, classifier, task=trial.task), vader


def _vader(examples: Sequence[Example]) -> dict[str, Any]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    labels, judge = HEADS["sentiment"], SentimentIntensityAnalyzer()
    tones = np.array([judge.polarity_scores(example.text)["compound"] for example in examples])
    said = np.where(tones >= 0.05, 2, np.where(tones <= -0.05, 0, 1))
    truth = np.array([labels.index(example.label) for example in examples])
    found = figures(truth, said, np.eye(3)[said], labels)
    return {name: value for name, value in found.items() if name != "ece"}


def _lessons(training: Mapping[str, object]) -> str:
    lines = [f"- {name}: {json.dumps(counts)}" for name, counts in training.items()]
    return (
        "What the run did (posts seen, steps, minutes on two processor cores):\n\n" + "\n".join(lines) + "\n"
    )


def _table(scores: Iterable[tuple[Trial, dict[str, Any], dict[str, Any]]]) -> str:
    lines = [
        "## Scores\n",
        "| set | posts | task | figure | score | goal | VADER |",
        "|---|---|---|---|---|---|---|",
    ]
    for trial, found, vader in scores:
        for name, goal in trial.goals.items():
            shown = (trial.file, f"{found['n']:,}", trial.task, name.replace("_", " "), _percent(found, name))
            lines.append(f"| {' | '.join(shown)} | {_goal(name, goal)} | {_percent(vader, name)} |")
    return "\n".join(lines) + "\n"


def _goal(name: str, goal: float) -> str:
    if not goal:
        return "-"
    return f"≤ {goal:g}" if name == "ece" else f"≥ {goal:g}"


def _percent(found: Mapping[str, Any], name: str) -> str:
    return f"{100 * found[name]:.1f}" if name in found else "-"


def _classes(scores: Iterable[tuple[Trial, dict[str, Any], dict[str, Any]]]) -> str:
    lines = [
        "## By class\n",
        "| set | task | class | precision | recall | F1 | posts |",
        "|---|---|---|---|---|---|---|",
    ]
    for trial, found, _ in scores:
        for label, row in found["per_class"].items():
            shown = " | ".join(_percent(row, name) for name in ("precision", "recall", "f1"))
            lines.append(f"| {trial.file} | {trial.task} | {label} | {shown} | {row['support']} |")
    return "\n".join(lines) + "\n"


def _hard(classifier: Classifier) -> str:
    """Return the hard invented posts that the model gets wrong."""
    posts = [json.loads(line) for line in _HARD.read_text(encoding="utf-8").splitlines()]
    wrong = [line for post in posts for line in _mistakes(post, classifier)]
    asked = sum(head in post for post in posts for head in HEADS)
    count = f"Of {asked} answers to {len(posts)} hard invented posts, {len(wrong)} are wrong:"
    intro = f"## Known failures\n\n{count}\n"
    lines = ["| kind | post | question | should be | said |", "|---|---|---|---|---|"]
    return "\n".join([intro, *lines, *wrong]) + "\n"


def _mistakes(post: Mapping[str, str], classifier: Classifier) -> Iterator[str]:
    (verdict,) = classifier.classify([post["text"]], [post["lang"]])
    for head in TASKS.values():
        value = getattr(verdict, head)
        said = str(int(value)) if head == "angry" else str(value)
        if head in post and post[head] != said:
            yield f"| {post['kind']} | {post['text']} | {head} | {post[head]} | {said} |"
