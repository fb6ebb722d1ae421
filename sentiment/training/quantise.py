"""Store a network's weights in 8 bits and let it multiply in 8 bits, each token with a scale of its own.

ONNX Runtime's own dynamic quantisation takes one scale for a whole batch, so that a post's verdict would
depend on the posts beside it. Here every row has its own, which is also more exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

_WEIGHT_LIMIT = 63
"""Weights use 7 of 8 bits, for processors without VNNI add two products in 16 bits and would overflow."""
_EMBEDDING_LIMIT = 127
_ROW_LIMIT = 127
_MICROSOFT = "com.microsoft"
_ZERO = 128

Floats = npt.NDArray[np.float32]


def quantise(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return `model` with its matrix products and word embeddings in 8 bits; other parts stay as they are."""
    work = _Rewriting(model)
    nodes = [new for node in model.graph.node for new in work.rewritten(node)]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    work.finish()
    model.opset_import.append(helper.make_opsetid(_MICROSOFT, 1))
    return model


class _Rewriting:
    """One pass over a graph."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._graph = model.graph
        self._constants = {item.name: item for item in model.graph.initializer}
        self._rows: dict[str, tuple[str, str]] = {}
        self._replaced: set[str] = set()
        self._add("q_least", np.float32(1e-9))
        self._add("q_share", np.float32(1 / _ROW_LIMIT))
        self._add("q_one", np.float32(1))
        self._add("q_zero", np.uint8(_ZERO))
        self._add("q_last_axis", np.array([-1], dtype=np.int64))

    def rewritten(self, node: onnx.NodeProto) -> list[onnx.NodeProto]:
        """Return the nodes that stand for `node`."""
        weight = self._constants.get(node.input[1]) if len(node.input) > 1 else None
        if node.op_type == "MatMul" and weight is not None and len(weight.dims) == 2:
            return self._product(node, numpy_helper.to_array(weight))
        table = self._constants.get(node.input[0]) if node.op_type == "Gather" else None
        if table is not None and len(table.dims) == 2 and table.dims[0] > 1000:
            return self._lookup(node, numpy_helper.to_array(table))
        return [node]

    def finish(self) -> None:
        """Drop the constants that nothing uses any more."""
        used = {name for node in self._graph.node for name in node.input}
        kept = [item for item in self._graph.initializer if item.name in used]
        del self._graph.initializer[:]
        self._graph.initializer.extend(kept)

    def _product(self, node: onnx.NodeProto, weight: Floats) -> list[onnx.NodeProto]:
        scale = np.maximum(np.abs(weight).max(axis=0), 1e-9) / _WEIGHT_LIMIT
        name = node.output[0]
        small = self._add(f"{name}_w", np.rint(weight / scale).astype(np.int8))
        columns = self._add(f"{name}_c", (scale / _ROW_LIMIT).astype(np.float32))
        steps, rows, row_scale = self._quantised(node.input[0])
        return [
            *steps,
            helper.make_node(
                "MatMulIntegerToFloat",
                [rows, small, "q_one", columns, "q_zero"],
                [f"{name}_f"],
                domain=_MICROSOFT,
            ),
            helper.make_node("Mul", [f"{name}_f", row_scale], [name]),
        ]

    def _quantised(self, source: str) -> tuple[list[onnx.NodeProto], str, str]:
        """Return the nodes that bring `source` to 8 bits, its rows and their scales; made once a source."""
        if source in self._rows:
            return [], *self._rows[source]
        rows, scale = self._rows[source] = f"{source}_q", f"{source}_s"
        return (
            [
                helper.make_node("Abs", [source], [f"{source}_a"]),
                helper.make_node("ReduceMax", [f"{source}_a", "q_last_axis"], [f"{source}_m"], keepdims=1),
                helper.make_node("Max", [f"{source}_m", "q_least"], [scale]),
                helper.make_node("Div", [source, scale], [f"{source}_d"]),
                helper.make_node("QuantizeLinear", [f"{source}_d", "q_share", "q_zero"], [rows]),
            ],
            rows,
            scale,
        )

    def _lookup(self, node: onnx.NodeProto, table: Floats) -> list[onnx.NodeProto]:
        scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-9) / _EMBEDDING_LIMIT
        name = node.output[0]
        small = self._add(f"{name}_w", np.rint(table / scale).astype(np.int8))
        lengths = self._add(f"{name}_l", scale.astype(np.float32))
        return [
            helper.make_node("Gather", [small, node.input[1]], [f"{name}_g"]),
            helper.make_node("Gather", [lengths, node.input[1]], [f"{name}_s"]),
            helper.make_node("Cast", [f"{name}_g"], [f"{name}_f"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}_f", f"{name}_s"], [name]),
        ]

    def _add(self, name: str, value: Any) -> str:
        self._graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
        return name
