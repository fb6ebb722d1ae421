"""Measure the model and write its card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from sentiment.card.calibration import draw
from sentiment.card.failures import failures
from sentiment.card.peers import peers
from sentiment.card.remembering import Remembering
from sentiment.card.tables import class_table, flip_table, score_table, table
from sentiment.card.trials import OWN, TRIALS, measure
from sentiment.classifier import Classifier
from sentiment.evaluate import read_examples
from sentiment.robustness import USUAL_POSTS, flips, total
from sentiment.training.corpora import rows
from sentiment.training.recipe import SHIPPED, Recipe, Schedule, read_recipe

_PLOT = "calibration.svg"


def write_card(classifier: Classifier, folder: Path, out: Path, *, training: Path | None = None) -> None:
    """Write the card to `out` and the calibration plot beside it.

    `folder` holds the evaluation files, `training` those from which a peer learns. Raises DataError that
    tells which file is missing.
    """
    others, judge = peers(training), Remembering(classifier)
    scores = [measure(trial, judge, folder, others) for trial in TRIALS]
    draw(scores, out.with_name(_PLOT))
    parts = (
        _head(classifier),
        (OWN / "about.md").read_text(encoding="utf-8"),
        _lessons(classifier.description.training, read_recipe(SHIPPED)),
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


def _lessons(training: Mapping[str, object], recipe: Recipe) -> str:
    """Return what the run did, and how often each lesson of the recipe shows each file."""
    done = "\n".join(f"- {name}: {json.dumps(counts)}" for name, counts in training.items())
    lessons = {name: part.passes for name, part in recipe if isinstance(part, Schedule)}
    files = dict.fromkeys(name for passes in lessons.values() for name in passes)
    shown = [
        (name, _posts(name), *(f"{passes.get(name, 0):g}" for passes in lessons.values())) for name in files
    ]
    return (
        f"## The run\n\nWhat each lesson did before the clock or the recipe ended it:\n\n{done}\n\n"
        "How often the recipe shows each file in an epoch; a file with a number of posts is our own and lies "
        f"in `sentiment/data`:\n\n{table(('file', 'posts', *lessons), shown)}"
    )


def _posts(name: str) -> str:
    own = OWN / f"{name}.csv"
    return f"{sum(1 for _ in rows(OWN, name)):,}" if own.exists() else ""


def _robustness(classifier: Classifier) -> str:
    posts = [example for file in USUAL_POSTS for example in read_examples(file, task="sentiment")]
    found = flips(posts, classifier)
    sums = [total(found, name="all edits", language=tag) for tag in sorted({row.language for row in found})]
    return flip_table([*found, *sums], len(posts))
