"""Write a trained network as one ONNX file in 8 bits that answers all heads at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnxruntime import InferenceSession

from sentiment.backends.batches import padded
from sentiment.training.graph import Floats, Graph, Shape
from sentiment.training.network import Understander

_BATCH = 16


def export(network: Understander, target: Path, *, watched: Sequence[list[int]]) -> None:
    """Write `network` to `target` with weights and word vectors in 8 bits.

    `watched` are the piece numbers of posts on which the products' inputs are measured.
    """
    weights = {name: value.numpy() for name, value in network.cpu().state_dict().items()}
    config = network.encoder.config
    shape = Shape(config.num_hidden_layers, config.num_attention_heads, config.layer_norm_eps)
    onnx.save(Graph(weights, shape, _limits(Graph(weights, shape), watched)).model(), target)


def _limits(graph: Graph, watched: Sequence[list[int]]) -> Mapping[str, Floats]:
    """Return the largest size of each channel of each product's input over all pieces of all posts."""
    session = InferenceSession(graph.model().SerializeToString(), providers=["CPUExecutionProvider"])
    limits: dict[str, Floats] = {}
    for batch in _by_length(watched):
        ids, mask = padded(batch)
        values = session.run(list(graph.watched.values()), {"ids": ids, "mask": mask})
        for name, value in zip(graph.watched, values, strict=True):
            largest = np.abs(value[mask == 1]).max(axis=0)
            limits[name] = np.maximum(limits.get(name, np.zeros_like(largest)), largest)
    return limits


def _by_length(rows: Sequence[list[int]]) -> Iterator[list[list[int]]]:
    ordered = sorted(rows, key=len)
    for start in range(0, len(ordered), _BATCH):
        yield ordered[start : start + _BATCH]
