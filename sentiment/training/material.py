"""What a lesson learns from: posts by file, some held back, and the batches of its epochs."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from sentiment.normalise import normalise
from sentiment.training import batches, corpora
from sentiment.training.corpora import Labelled
from sentiment.training.recipe import Recipe, Schedule


@dataclass(frozen=True, slots=True)
class Material:
    """Posts by file to learn from, and posts held back to calibrate on and to choose by."""

    learn: Mapping[str, list[Labelled]]
    held: Mapping[str, list[Labelled]]


@dataclass(frozen=True, slots=True)
class Plan:
    """The posts of all epochs in the order they are met, their piece numbers, and batches of positions."""

    posts: Sequence[Labelled]
    ids: Sequence[Sequence[int]]
    batches: Sequence[Sequence[int]]


def read_material(folder: Path, recipe: Recipe) -> Material:
    """Read all files that the recipe's lessons name; a tenth of all texts is held back."""
    posts = {name: _read(folder, name, recipe) for name in _names(recipe)}
    return Material(
        {name: [post for post in found if not post.held_back] for name, found in posts.items()},
        {name: [post for post in found if post.held_back] for name, found in posts.items()},
    )


def _names(recipe: Recipe) -> list[str]:
    lessons = (recipe.teach, recipe.pupil, recipe.finish)
    return list(dict.fromkeys(name for lesson in lessons for name in lesson.passes))


def _read(folder: Path, name: str, recipe: Recipe) -> list[Labelled]:
    assumed = recipe.teach.assumed.get(name, {})
    known = corpora.labelled(folder, name, assumed=assumed, texts_of=recipe.labels.get(name, ""))
    return known or corpora.unlabelled(folder, name)


def make_plan(
    material: Material,
    tokenizer: Tokenizer,
    lesson: Schedule,
    *,
    seed: int,
    edit: Callable[[str, random.Random], str] = lambda text, _: text,
) -> Plan:
    """Draw the posts of all epochs, edited by `edit` and encoded, and cut them into batches."""
    chance = random.Random(seed)
    posts: list[Labelled] = []
    ids: list[list[int]] = []
    plan: list[list[int]] = []
    for epoch in range(lesson.epochs):
        drawn = _draw(material, lesson, chance)
        texts = [normalise(edit(post.text, chance)) for post in drawn]
        rows = batches.encode(tokenizer, texts, most=lesson.max_tokens)
        cut = batches.group(
            [len(row) for row in rows],
            tokens=lesson.batch_tokens,
            posts=lesson.batch_posts,
            seed=seed + epoch,
        )
        plan += [[i + len(posts) for i in batch] for batch in cut]
        posts += drawn
        ids += rows
    return Plan(posts, ids, plan)


def _draw(material: Material, lesson: Schedule, chance: random.Random) -> list[Labelled]:
    return [
        post
        for name, times in lesson.passes.items()
        for post in corpora.repeat(material.learn[name], times, chance)
    ]
