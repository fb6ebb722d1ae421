"""Teach the encoder German: its vector of a sentence shall be the teacher's of the English translation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from rich.progress import track
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import cosine_similarity, cross_entropy, normalize
from transformers import BertModel

from sentiment.normalise import normalise
from sentiment.training import batches, corpora
from sentiment.training.loop import Bench, Lesson
from sentiment.training.network import Understander, mean_vector
from sentiment.training.recipe import Recipe

_SHARPNESS = 20.0


def distil(
    network: Understander,
    teacher: BertModel,
    old: Tokenizer,
    new: Tokenizer,
    folder: Path,
    recipe: Recipe,
    bench: Bench,
) -> dict[str, float]:
    """Train `network.encoder` in place on sentence pairs, both sides; returns the lesson's figures."""
    lesson = recipe.distil
    mixture = corpora.pairs(folder, lesson.passes, seed=recipe.seed)[: (lesson.sentences + 1) // 2]
    vectors, place = _teacher_vectors(mixture, teacher, old, bench)
    texts, targets = _both_sides(mixture, place)
    ids = batches.encode(new, [normalise(text) for text in texts], most=lesson.max_tokens)
    plan = batches.group(
        [len(row) for row in ids], tokens=lesson.batch_tokens, posts=lesson.batch_posts, seed=recipe.seed
    )

    def loss_of(batch: list[int]) -> Tensor:
        goal = torch.from_numpy(vectors[[targets[i] for i in batch]]).float().to(bench.device)
        with bench.precision():
            mine = network.sentence(*batches.pad([ids[i] for i in batch], bench.device)).float()
        return _distance(mine, goal, [targets[i] for i in batch], lesson.contrast)

    network.train()
    return Lesson("distil", network, lesson, bench).run(plan, loss_of)


def _distance(mine: Tensor, goal: Tensor, targets: Sequence[int], contrast: float) -> Tensor:
    """Return how far the pupil's vectors are from the teacher's, and how easily one is taken for another."""
    apart = (1 - cosine_similarity(mine, goal)).mean() + 0.5 * (mine - goal).square().mean()
    alike = _SHARPNESS * normalize(mine) @ normalize(goal).T
    number = torch.tensor(targets, device=mine.device)
    twins = (number[:, None] == number[None, :]) & ~torch.eye(
        len(targets), dtype=torch.bool, device=mine.device
    )
    told = cross_entropy(alike.masked_fill(twins, -1e4), torch.arange(len(targets), device=mine.device))
    return apart + contrast * told


def _both_sides(mixture: Sequence[corpora.Pair], place: dict[str, int]) -> tuple[list[str], list[int]]:
    """Return every text of the mixture once for each time it is met, with the row of its teacher's vector."""
    texts, targets = [], []
    for pair in mixture:
        for text in dict.fromkeys((pair.text, pair.english)):
            texts.append(text)
            targets.append(place[pair.english])
    return texts, targets


def _teacher_vectors(
    mixture: Sequence[corpora.Pair], teacher: BertModel, old: Tokenizer, bench: Bench
) -> tuple[np.ndarray, dict[str, int]]:
    """Return the teacher's vectors of all English sides and each text's row; kept in the run's folder."""
    english = sorted({pair.english for pair in mixture})
    place = {text: row for row, text in enumerate(english)}
    file = bench.folder / "teacher.npy"
    if file.exists() and len(known := np.load(file)) == len(english):
        return known, place
    ids = batches.encode(old, english, most=96)
    vectors = np.zeros((len(english), teacher.config.hidden_size), dtype=np.float16)
    plan = batches.group([len(row) for row in ids], tokens=8192, posts=256, seed=0)
    teacher.to(bench.device).eval()
    for batch in track(plan, "teacher reads"):
        numbers, mask = batches.pad([ids[i] for i in batch], bench.device)
        with torch.inference_mode(), bench.precision():
            states = teacher(input_ids=numbers, attention_mask=mask).last_hidden_state.float()
        vectors[batch] = mean_vector(states, mask).cpu().numpy()
    np.save(file, vectors)
    return vectors, place
