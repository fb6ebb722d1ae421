"""Teach all heads at once; a post counts only for the questions whose answers are known about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import cross_entropy

from sentiment.training import batches
from sentiment.training.augment import edit
from sentiment.training.corpora import ALL_HEADS, Labelled
from sentiment.training.loop import Bench, Lesson
from sentiment.training.material import Material, make_plan
from sentiment.training.network import Understander
from sentiment.training.recipe import Heads

UNKNOWN = -100


def teach(
    network: Understander,
    tokenizer: Tokenizer,
    material: Material,
    lesson: Heads,
    bench: Bench,
    *,
    name: str,
    seed: int,
) -> dict[str, float]:
    """Train `network` in place on labelled posts; returns the figures of the lesson called `name`."""
    plan = make_plan(material, tokenizer, lesson, seed=seed, edit=partial(edit, lesson.augment))
    weights = class_weights(plan.posts, lesson, bench.device)
    answers = known_answers(plan.posts, weights)

    def loss_of(batch: list[int]) -> Tensor:
        numbers, mask = batches.pad([plan.ids[i] for i in batch], bench.device)
        with bench.precision():
            logits = network(numbers, mask)
        return sum_losses(logits, {h: a[batch].to(bench.device) for h, a in answers.items()}, weights, lesson)

    network.dropout.p = lesson.dropout
    network.train()
    return Lesson(name, network, lesson, bench).run(plan.batches, loss_of)


def known_answers(posts: Sequence[Labelled], heads: Mapping[str, object]) -> dict[str, Tensor]:
    """Return each head's answer for each post, `UNKNOWN` where nobody gave one."""
    return {head: torch.tensor([p.answers.get(head, UNKNOWN) for p in posts]) for head in heads}


def class_weights(posts: Sequence[Labelled], lesson: Heads, device: torch.device) -> dict[str, Tensor]:
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
    lesson: Heads,
) -> Tensor:
    """Return the summed loss of all known answers, divided by the number of posts."""
    total = next(iter(logits.values())).new_zeros((), dtype=torch.float)
    for head, weight in weights.items():
        total = total + cross_entropy(
            logits[head].float(),
            answers[head],
            weight=weight,
            ignore_index=UNKNOWN,
            label_smoothing=lesson.smoothing,
            reduction="sum",
        )
    if lesson.ordinal and "urgency" in weights:
        total = total + lesson.ordinal * _misjudged(logits["urgency"].float(), answers["urgency"])
    return total / len(next(iter(answers.values())))


def _misjudged(logits: Tensor, answers: Tensor) -> Tensor:
    """Return the summed squared distance, in levels, of expected from true urgency."""
    levels = torch.arange(logits.shape[1], dtype=torch.float, device=logits.device)
    expected = logits.softmax(dim=1) @ levels
    return ((expected - answers).square() * (answers != UNKNOWN)).sum()
