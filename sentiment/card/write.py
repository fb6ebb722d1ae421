"""Measure the model and write its card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from sentiment.card.calibration import draw
from sentiment.card.failures import failures
from sentiment.card.peers import peers
from sentiment.card.tables import class_table, flip_table, score_table
from sentiment.card.trials import OWN, TRIALS, measure
from sentiment.classifier import Classifier
from sentiment.evaluate import read_examples
from sentiment.robustness import USUAL_POSTS, flips, total

_PLOT = "calibration.svg"


def write_card(classifier: Classifier, folder: Path, out: Path, *, training: Path | None = None) -> None:
    """Write the card to `out` and the calibration plot beside it.

    `folder` holds the evaluation files, `training` those from which a peer learns. Raises DataError that
    tells which file is missing.
    """
    others = peers(training)
    scores = [measure(trial, classifier, folder, others) for trial in TRIALS]
    draw(scores, out.with_name(_PLOT))
    parts = (
        _head(classifier),
        (OWN / "about.md").read_text(encoding="utf-8"),
        _lessons(classifier.description.training),
        score_table(scores),
        class_table(scores),
        _CALIBRATION,
        _robustness(classifier),
        failures(classifier),
    )
    out.write_text("\n".join(parts), encoding="utf-8")


_CALIBRATION = f"""## Calibration

![How often answers are right, against how sure the model is, by question and language]({_PLOT})

Each point is a tenth of the scale over all sets above together, where it holds at least 20 answers; on the
dashed line the model is right as often as it is sure. The urgency given is the level whose
mistakes cost least, not always the likeliest, and so less often right than the likeliest would be.
"""


def _head(classifier: Classifier) -> str:
    about = classifier.description
    return f"# Model card: {about.name} {about.version}\n\nWeights `sha256:{about.sha256}`.\n"


def _lessons(training: Mapping[str, object]) -> str:
    lines = [f"- {name}: {json.dumps(counts)}" for name, counts in training.items()]
    return "What the run did (steps, posts seen, minutes, mean loss):\n\n" + "\n".join(lines) + "\n"


def _robustness(classifier: Classifier) -> str:
    posts = read_examples(USUAL_POSTS, task="sentiment")
    rows = flips(posts, classifier)
    sums = [total(rows, name="all edits", language=tag) for tag in sorted({row.language for row in rows})]
    return flip_table([*rows, *sums], len(posts))
