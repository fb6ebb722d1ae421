"""Write a trained network as one int8 ONNX file that answers all heads at once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from sentiment.labels import HEADS
from sentiment.training.network import Understander


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
        quantize_dynamic(
            full,
            target,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        )


def export_full(network: Understander, target: Path) -> None:
    """Write `network` to `target` in 32 bits."""
    network.cpu().eval()
    network.encoder.set_attn_implementation("eager")
    ids = torch.ones(2, 8, dtype=torch.long)
    posts, length = torch.export.Dim("posts"), torch.export.Dim("length", max=512)
    torch.onnx.export(
        _Shipped(network),
        (ids, torch.ones_like(ids)),
        str(target),
        input_names=["ids", "mask"],
        output_names=["logits"],
        dynamic_shapes=({0: posts, 1: length}, {0: posts, 1: length}),
        dynamo=True,
        external_data=False,
    )
    onnx.checker.check_model(str(target))
