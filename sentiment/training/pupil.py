"""The small model learns from the big one: its answers on posts with and without labels, and its vectors."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch
from rich.progress import track
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import cosine_similarity, kl_div, log_softmax, softmax

from sentiment.labels import HEADS
from sentiment.normalise import normalise
from sentiment.training import batches
from sentiment.training.augment import edit
from sentiment.training.heads import class_weights, known_answers, sum_losses
from sentiment.training.loop import Bench, Lesson
from sentiment.training.material import Material, make_plan
from sentiment.training.network import Understander
from sentiment.training.recipe import Pupil

_READ_TOKENS = 8192


def teach_pupil(
    pupil: Understander,
    teacher: Understander,
    tokenizer: Tokenizer,
    material: Material,
    lesson: Pupil,
    bench: Bench,
    *,
    seed: int,
) -> dict[str, float]:
    """Train `pupil` in place; returns the figures of the lesson.

    The pupil reads each post as edited, the teacher as written: what is harmless must not change the answer.
    """
    plan = make_plan(material, tokenizer, lesson, seed=seed, edit=partial(edit, lesson.augment))
    texts = list(dict.fromkeys(post.text for post in plan.posts))
    place = {text: row for row, text in enumerate(texts)}
    logits, vectors = _opinions(teacher, tokenizer, texts, lesson, bench)
    weights = class_weights(plan.posts, lesson, bench.device)
    answers = known_answers(plan.posts, weights)

    def loss_of(batch: list[int]) -> Tensor:
        rows = [place[plan.posts[i].text] for i in batch]
        numbers, mask = batches.pad([plan.ids[i] for i in batch], bench.device)
        with bench.precision():
            pooled = pupil.pooled(numbers, mask)
            mine = pupil.answers(pooled)
        told = sum_losses(mine, {h: a[batch].to(bench.device) for h, a in answers.items()}, weights, lesson)
        soft = _distance(mine, logits[rows].float().to(bench.device), lesson.heat)
        alike = (1 - cosine_similarity(pooled.float(), vectors[rows].float().to(bench.device))).mean()
        return told + lesson.soft * soft + lesson.alike * alike

    pupil.dropout.p = lesson.dropout
    pupil.train()
    return Lesson("pupil", pupil, lesson, bench).run(plan.batches, loss_of)


def _distance(mine: dict[str, Tensor], theirs: Tensor, heat: float) -> Tensor:
    """Return how far the pupil's answers are from the teacher's, softened by `heat`, over the shipped heads.

    Hinton et al. 2015, https://arxiv.org/abs/1503.02531, section 2.
    """
    parts = theirs.split([len(labels) for labels in HEADS.values()], dim=1)
    return sum(
        (
            heat**2
            * kl_div(
                log_softmax(mine[head].float() / heat, dim=1),
                softmax(part / heat, dim=1),
                reduction="batchmean",
            )
            for head, part in zip(HEADS, parts, strict=True)
        ),
        start=theirs.new_zeros(()),
    )


def _opinions(
    teacher: Understander, tokenizer: Tokenizer, texts: list[str], lesson: Pupil, bench: Bench
) -> tuple[Tensor, Tensor]:
    """Return the teacher's (logits of the shipped heads, pooled vectors) of `texts`.

    It is asked once for each text; what it said before lies in the run's folder.
    """
    file: Path = bench.folder / "opinions.pt"
    known, logits, vectors = torch.load(file, weights_only=True) if file.exists() else _none(teacher)
    place = {text: row for row, text in enumerate(known)}
    new = [text for text in texts if text not in place]
    if new:
        found = _ask(teacher, tokenizer, new, lesson, bench)
        place |= {text: row for row, text in enumerate(new, start=len(known))}
        logits, vectors = torch.cat([logits, found[0]]), torch.cat([vectors, found[1]])
        torch.save(([*known, *new], logits, vectors), file)
    rows = [place[text] for text in texts]
    return logits[rows], vectors[rows]


def _none(teacher: Understander) -> tuple[list[str], Tensor, Tensor]:
    answers = sum(len(labels) for labels in HEADS.values())
    width = 2 * teacher.encoder.config.hidden_size
    return [], torch.zeros(0, answers, dtype=torch.half), torch.zeros(0, width, dtype=torch.half)


def _ask(
    teacher: Understander, tokenizer: Tokenizer, texts: list[str], lesson: Pupil, bench: Bench
) -> tuple[Tensor, Tensor]:
    ids = batches.encode(tokenizer, [normalise(text) for text in texts], most=lesson.max_tokens)
    plan = batches.group([len(row) for row in ids], tokens=_READ_TOKENS, posts=256, seed=0)
    _, logits, vectors = _none(teacher)
    logits, vectors = (
        logits.new_zeros(len(texts), logits.shape[1]),
        vectors.new_zeros(len(texts), vectors.shape[1]),
    )
    teacher.to(bench.device).eval()
    for batch in track(plan, "teacher reads"):
        numbers, mask = batches.pad([ids[i] for i in batch], bench.device)
        with torch.inference_mode(), bench.precision():
            pooled = teacher.pooled(numbers, mask)
            found = teacher.answers(pooled)
        logits[batch] = torch.cat([found[head] for head in HEADS], dim=1).cpu().half()
        vectors[batch] = pooled.cpu().half()
    return logits, vectors
