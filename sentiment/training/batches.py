"""Batches of posts of like length, so that little time goes into padding."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor

_POOL = 40


def group(lengths: Sequence[int], *, tokens: int, posts: int, seed: int) -> list[list[int]]:
    """Return positions in batches of at most `posts` posts and `tokens` padded tokens, in random order."""
    chance = random.Random(seed)
    order = list(range(len(lengths)))
    chance.shuffle(order)
    batches = []
    for start in range(0, len(order), _POOL * posts):
        pool = sorted(order[start : start + _POOL * posts], key=lambda i: lengths[i])
        batches += _cut(pool, lengths, tokens, posts)
    chance.shuffle(batches)
    return batches


def _cut(pool: list[int], lengths: Sequence[int], tokens: int, posts: int) -> list[list[int]]:
    batches: list[list[int]] = [[]]
    for i in pool:
        full = len(batches[-1]) == posts or (len(batches[-1]) + 1) * lengths[i] > tokens
        if batches[-1] and full:
            batches.append([])
        batches[-1].append(i)
    return [batch for batch in batches if batch]


def encode(tokenizer: Tokenizer, texts: Sequence[str], *, most: int) -> list[list[int]]:
    """Return the piece numbers of each text, cut to `most` with the last one kept as the end mark."""
    numbers = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    return [ids if len(ids) <= most else [*ids[: most - 1], ids[-1]] for ids in numbers]


def pad(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return (piece numbers, mask), both posts x longest."""
    longest = max(len(row) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest, dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    return ids.to(device), mask.to(device)
