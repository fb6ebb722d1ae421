"""From a trained network to the files that are shipped: weights in 8 bits, tokenizer, description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from sentiment.backends.onnx import OnnxBackend
from sentiment.classifier import Classifier
from sentiment.description import DESCRIPTION, TOKENIZER, WEIGHTS, Description, Head, sha256
from sentiment.evaluate import TASKS, Example, evaluate
from sentiment.labels import HEADS
from sentiment.normalise import normalise
from sentiment.training import batches
from sentiment.training.calibrate import temperatures
from sentiment.training.corpora import Labelled
from sentiment.training.export import export
from sentiment.training.material import Material
from sentiment.training.network import Understander
from sentiment.training.recipe import Recipe

_MOST = 1000
"""Held-back posts of one file that are read, at most."""
_WATCHED = 600
"""Posts on which the scales of the 8-bit products are measured."""


def ship(
    network: Understander,
    tokenizer: Tokenizer,
    material: Material,
    recipe: Recipe,
    lessons: Mapping[str, object],
    target: Path,
) -> dict[str, Any]:
    """Write the model to `target` and return its figures on the posts that training did not see.

    Temperatures are fitted on the 8-bit model, for that is the one whose probabilities people see.
    """
    target.mkdir(parents=True, exist_ok=True)
    held = [post for name in recipe.calibrate for post in material.held[name][:_MOST]]
    plain = [normalise(post.text) for post in held]
    watched = batches.encode(
        tokenizer, plain[:: max(1, len(plain) // _WATCHED)], most=recipe.pupil.max_tokens
    )
    export(network, target / WEIGHTS, watched=watched)
    tokenizer.save(str(target / TOKENIZER), pretty=False)
    _describe(recipe, dict.fromkeys(HEADS, 1.0), lessons, target)
    found = temperatures(OnnxBackend.load(target).logits(plain), held)
    _describe(recipe, found, lessons, target)
    return {"lessons": dict(lessons), "held_back": _figures(held, Classifier.load(target))}


def _describe(
    recipe: Recipe, found: Mapping[str, float], lessons: Mapping[str, object], target: Path
) -> None:
    heads = {name: Head(labels=labels, temperature=found[name]) for name, labels in HEADS.items()}
    description = Description(
        name=recipe.name,
        version=recipe.version,
        sha256=sha256(target / WEIGHTS),
        max_tokens=recipe.pupil.max_tokens,
        heads=heads,
        training=dict(lessons),
    )
    (target / DESCRIPTION).write_text(description.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _figures(held: Sequence[Labelled], classifier: Classifier) -> dict[str, Any]:
    """Return the figures of each head on the posts held back."""
    found = {}
    for task, head in TASKS.items():
        known = [
            Example(post.text, HEADS[head][post.answers[head]], post.language)
            for post in held
            if head in post.answers
        ]
        if known:
            found[head] = evaluate(known, classifier, task=task)
    return found
