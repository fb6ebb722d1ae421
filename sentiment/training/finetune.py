"""Teach all heads at once; a post counts only for the questions whose answers are known about it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import cross_entropy

from sentiment.normalise import normalise
from sentiment.training import batches, corpora
from sentiment.training.augment import edit
from sentiment.training.corpora import ALL_HEADS, Labelled
from sentiment.training.loop import Bench, Lesson
from sentiment.training.network import Understander
from sentiment.training.recipe import Finetune, Recipe

_UNKNOWN = -100
_HELD_SHARE = 0.1
_HELD_MOST = 1000
_ORIGINALS = "posts_en_labelled"
_RELATED = ("posts_de_versions", "complaints_en_xci")
"""Files with the same posts in another language or with other labels: they part as the originals do."""


@dataclass(frozen=True, slots=True)
class Material:
    """Posts by file to learn from, and posts held back to calibrate on and to choose by."""

    learn: Mapping[str, list[Labelled]]
    held: Mapping[str, list[Labelled]]


def read_material(folder: Path, recipe: Recipe) -> Material:
    """Read the files that the recipe names and hold a tenth of each back, translations beside originals.

    Files whose answers are only assumed are for learning alone.
    """
    assumed = recipe.finetune.assumed | recipe.polish.assumed
    names = dict.fromkeys([*recipe.finetune.passes, *recipe.polish.passes])
    guessed = {name: corpora.labelled(folder, name, assumed[name]) for name in names if name in assumed}
    posts = {name: corpora.labelled(folder, name) for name in names if name not in assumed}
    parts = {name: corpora.split(posts[name], share=_HELD_SHARE, most=_HELD_MOST) for name in posts}
    held_twins = {post.twin for post in parts.get(_ORIGINALS, ([], []))[1]}
    for name in set(_RELATED) & set(posts):
        apart = [post for post in posts[name] if post.twin in held_twins]
        parts[name] = [post for post in posts[name] if post.twin not in held_twins], apart
    return Material(
        {n: learn for n, (learn, _) in parts.items()} | guessed, {n: held for n, (_, held) in parts.items()}
    )


def finetune(
    network: Understander,
    tokenizer: Tokenizer,
    material: Material,
    lesson: Finetune,
    bench: Bench,
    *,
    name: str,
    seed: int,
) -> dict[str, float]:
    """Train `network` in place; returns the figures of the lesson, whose checkpoint goes by `name`."""
    posts, ids, plan = _plan(material, tokenizer, lesson, seed)
    weights = class_weights(posts, lesson, bench.device)
    answers = {head: torch.tensor([p.answers.get(head, _UNKNOWN) for p in posts]) for head in weights}

    def loss_of(batch: list[int]) -> Tensor:
        numbers, mask = batches.pad([ids[i] for i in batch], bench.device)
        with bench.precision():
            logits = network(numbers, mask)
        return sum_losses(logits, {h: a[batch].to(bench.device) for h, a in answers.items()}, weights, lesson)

    network.dropout.p = lesson.dropout
    network.train()
    return Lesson(name, network, lesson, bench, average=lesson.average).run(plan, loss_of)


def _plan(
    material: Material, tokenizer: Tokenizer, lesson: Finetune, seed: int
) -> tuple[list[Labelled], list[list[int]], list[list[int]]]:
    """Return the posts of all epochs, edited and encoded, and the batches in which they come."""
    chance = random.Random(seed)
    posts: list[Labelled] = []
    plan: list[list[int]] = []
    ids: list[list[int]] = []
    for epoch in range(lesson.epochs):
        drawn = [
            p
            for name in lesson.passes
            for p in corpora.repeat(material.learn[name], lesson.passes[name], chance)
        ]
        texts = [normalise(edit(post.text, lesson.augment, chance)) for post in drawn]
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
    return posts, ids, plan


def class_weights(posts: Sequence[Labelled], lesson: Finetune, device: torch.device) -> dict[str, Tensor]:
    """Return each head's weight for each answer: rarer answers weigh more, the head's share on top."""
    weights = {}
    for head, share in lesson.head_weight.items():
        counts = Counter(post.answers[head] for post in posts if head in post.answers)
        if counts:
            seen = torch.tensor([max(counts[i], 1) for i in range(len(ALL_HEADS[head]))], dtype=torch.float)
            rarity = (seen.sum() / seen) ** lesson.balance
            mean = (rarity * seen).sum() / seen.sum()
            weights[head] = (share * rarity / mean).to(device)
    return weights


def sum_losses(
    logits: Mapping[str, Tensor],
    answers: Mapping[str, Tensor],
    weights: Mapping[str, Tensor],
    lesson: Finetune,
) -> Tensor:
    """Return the summed cross-entropy of all known answers, divided by the number of posts."""
    total = next(iter(logits.values())).new_zeros((), dtype=torch.float)
    for head, weight in weights.items():
        total = total + cross_entropy(
            logits[head].float(),
            answers[head],
            weight=weight,
            ignore_index=_UNKNOWN,
            label_smoothing=lesson.smoothing,
            reduction="sum",
        )
    return total / len(next(iter(answers.values())))
