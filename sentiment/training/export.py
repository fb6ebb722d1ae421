"""Write a trained network as one ONNX file in 8 bits that answers all heads at once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from sentiment.labels import HEADS
from sentiment.training.network import Understander
from sentiment.training.quantise import quantise


class _Shipped(nn.Module):  # type: ignore[misc]
    """The network with its shipped heads side by side: one output, posts x all answers."""

    def __init__(self, network: Understander) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        logits = self.network(ids, mask)
        return torch.cat([logits[head] for head in HEADS], dim=1)


def export(network: Understander, target: Path) -> None:
    """Write `network` to `target` with weights and word embeddings in 8 bits."""
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        export_full(network, full)
        onnx.save(_without_traces(quantise(onnx.load(full))), target)


def export_full(network: Understander, target: Path) -> None:
    """Write `network` to `target` in 32 bits."""
    network.cpu().eval()
    network.encoder.set_attn_implementation("eager")
    ids = torch.ones(2, 8, dtype=torch.long)
    axes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    torch.onnx.export(
        _Shipped(network),
        (ids, torch.ones_like(ids)),
        str(target),
        input_names=["ids", "mask"],
        output_names=["logits"],
        dynamic_shapes=(axes, axes),
        external_data=False,
        verbose=False,
    )


def _without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """Remove the exporter's notes, which quote the stack and so the folders of this machine."""
    graph = model.graph
    values = (*graph.input, *graph.output, *graph.value_info, *graph.initializer)
    for part in (model, graph, *graph.node, *values):
        part.doc_string = ""
        del part.metadata_props[:]
    return model
