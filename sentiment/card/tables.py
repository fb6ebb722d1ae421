"""The card's tables, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sentiment.card.trials import Score
from sentiment.robustness import TARGET, Flips

_INTERVALS = "In brackets the 95 % confidence interval: percentiles of 1,000 bootstrap samples of the posts."
_WORDS = {
    "macro_f1": "macro F1",
    "ece": "calibration error",
    "recall_high_at_precision_60": "recall of ≥ 2 at precision 60",
    "recall_critical_as_high": "recall of 3 as ≥ 2",
}
_HIGH_INTERVALS = "Chance alone adds to a calibration error, in a sample once more: those intervals lie high."


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def score_table(scores: Sequence[Score]) -> str:
    """Return each figure of each set and language beside its goal and the peers' figure."""
    peers = list(dict.fromkeys(name for score in scores for name in score.peers))
    columns = ("set", "language", "posts", "task", "figure", "score", "goal", *peers)
    rows = [
        (
            score.trial.file,
            language,
            f"{part['n']:,}",
            score.trial.task,
            _words(name),
            percent(part, name),
            _goal(name, goal),
            *(_of_peer(score.peers.get(peer, {}).get(language, {}), name) for peer in peers),
        )
        for score in scores
        for language, part in score.parts()
        for name, goal in score.trial.goals.items()
    ]
    return f"## Scores\n\nIn percent. {_INTERVALS} {_HIGH_INTERVALS}\n\n{table(columns, rows)}"


def class_table(scores: Sequence[Score]) -> str:
    """Return precision, recall and F1 by class."""
    columns = ("set", "language", "task", "class", "precision", "recall", "F1", "posts")
    rows = [
        (
            score.trial.file,
            language,
            score.trial.task,
            label,
            *(
                percent(row | {"intervals": part["intervals"]["per_class"][label]}, name)
                for name in ("precision", "recall", "f1")
            ),
            f"{row['support']:,}",
        )
        for score in scores
        for language, part in score.parts()
        for label, row in part["per_class"].items()
    ]
    return f"## By class\n\nIn percent. {_INTERVALS}\n\n{table(columns, rows)}"


def flip_table(rows: Sequence[Flips], posts: int) -> str:
    """Return how often each harmless edit changed a verdict."""
    columns = ("edit", "language", "posts", "sentiment", "urgency ≥ 2", "any answer")
    lines = [
        (row.edit, row.language, f"{row.posts:,}", *(_share(row, count) for count in row.changed))
        for row in rows
    ]
    intro = (
        f"The {posts} invented posts of `frozen.csv` and `signs.csv`, which no training has seen, edited in "
        "ways that mean nothing else (`sentiment/data/edits.toml`): of those that an edit changes, the share "
        f"whose answer changed, in percent. The aim is under {TARGET:.0%}. No language is told to the model "
        "here, so a language mistaken counts too. `kulanz robustness` prints this table."
    )
    return f"## Harmless edits\n\n{intro}\n\n{table(columns, lines)}"


def _share(row: Flips, count: int) -> str:
    return f"{100 * count / row.posts:.1f}"


def percent(found: Mapping[str, Any], name: str) -> str:
    """Return a figure in percent with its interval, "-" where there is none."""
    if name not in found:
        return "-"
    bounds = found.get("intervals", {}).get(name)
    between = f" ({100 * bounds[0]:.1f} to {100 * bounds[1]:.1f})" if bounds else ""
    return f"{100 * found[name]:.1f}{between}"


def _of_peer(found: Mapping[str, Any], name: str) -> str:
    return percent(found, name) if name != "ece" else "-"


def _words(name: str) -> str:
    return _WORDS.get(name, name.replace("_high", " of ≥ 2").replace("_", " "))


def _goal(name: str, goal: float) -> str:
    if not goal:
        return "-"
    return f"≤ {goal:g}" if name == "ece" else f"≥ {goal:g}"
