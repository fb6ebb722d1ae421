"""The network as an ONNX graph, written node by node: in 32 bits to watch it, in 8 bits to ship it.

In 8 bits each channel of a product's input has a fixed scale, found by watching real posts. Most of what
makes a channel large is moved into the weights: Xiao et al. 2023 (SmoothQuant), https://arxiv.org/abs/2211.10438,
equation 4. So nothing has to be measured while a post is read, and no post depends on those beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from sentiment.labels import HEADS

Floats = npt.NDArray[np.float32]

_MICROSOFT = "com.microsoft"
_OPSET = 20
_WEIGHT_LIMIT = 63
"""Weights use 7 of 8 bits, for processors without VNNI add two products in 16 bits and would overflow."""
_INPUT_LIMIT = 127
_TABLE_LIMIT = 127
_ZERO = 128
_MOVED = 0.85
"""How much of a channel's size the weights take over; 0.75 to 1 flip equally few answers, 0.5 many."""
_SHORTENED = 99.0
"""Percentile of the channels' limits that fits into 8 bits where all channels share one scale."""
_FAR = -1e4
"""Added to the score of a place that holds no piece."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the weights do not tell: number of layers, attention heads, and the norm's epsilon."""

    layers: int
    attention_heads: int
    epsilon: float


@dataclass
class Graph:
    """Writes one graph; `limits` maps a product to the largest values of its input by channel, or is empty.

    With limits products are in 8 bits; without, in 32, and each product's input is an output of the graph.
    """

    weights: Mapping[str, Floats]
    shape: Shape
    limits: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.watched: dict[str, str] = {}

    def model(self) -> onnx.ModelProto:
        """Return the graph from piece numbers and mask (posts x longest) to logits (posts x all labels)."""
        self._shared()
        x = self._embeddings()
        for layer in range(self.shape.layers):
            x = self._layer(f"encoder.encoder.layer.{layer}", x)
        self._heads(x)
        outputs = ["logits", *(self.watched.values() if not self.limits else ())]
        inputs = [
            helper.make_tensor_value_info(n, TensorProto.INT64, ["posts", "length"]) for n in ("ids", "mask")
        ]
        graph = helper.make_graph(
            self.nodes,
            "kulanz",
            inputs,
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            self.constants,
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)

    def _shared(self) -> None:
        """Write what all layers use: the mask as numbers to add, and shapes."""
        self._constant("one", np.float32(1))
        self._constant("zero", np.uint8(_ZERO))
        self._constant("far", np.float32(_FAR))
        self._constant("over_heads", np.array([1, 2], dtype=np.int64))
        self._constant("by_head", np.array([0, 0, 3, self.shape.attention_heads, -1], dtype=np.int64))
        self._constant("side_by_side", np.array([0, 0, -1], dtype=np.int64))
        self._add("Cast", ["mask"], "read", to=TensorProto.FLOAT)
        self._add("Sub", ["one", "read"], "unread")
        self._add("Mul", ["unread", "far"], "hidden_flat")
        self._add("Unsqueeze", ["hidden_flat", "over_heads"], "hidden")

    def _embeddings(self) -> str:
        name = "encoder.embeddings"
        places = self.weights[f"{name}.position_embeddings.weight"]
        self._constant("places", places + self.weights[f"{name}.token_type_embeddings.weight"][0])
        self._constant("first", np.array([0], dtype=np.int64))
        self._constant("second", np.array([1], dtype=np.int64))
        self._constant("end", np.array([2], dtype=np.int64))
        self._add("Shape", ["ids"], "size")
        self._add("Slice", ["size", "second", "end"], "length")
        self._add("Slice", ["places", "first", "length", "first"], "placed")
        self._add("Add", [self._words(self.weights[f"{name}.word_embeddings.weight"]), "placed"], "embedded")
        return self._norm(f"{name}.LayerNorm", "embedded")

    def _words(self, table: Floats) -> str:
        """Look the pieces up; in 8 bits each row of the table has its own scale."""
        if not self.limits:
            self._constant("words", table)
            return self._add("Gather", ["words", "ids"], "looked_up")
        scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-9) / _TABLE_LIMIT
        self._constant("words", np.rint(table / scale).astype(np.int8))
        self._constant("lengths", scale.astype(np.float32))
        self._add("Gather", ["words", "ids"], "steps")
        self._add("Gather", ["lengths", "ids"], "stretch")
        self._add("Cast", ["steps"], "steps_as_numbers", to=TensorProto.FLOAT)
        return self._add("Mul", ["steps_as_numbers", "stretch"], "looked_up")

    def _layer(self, name: str, x: str) -> str:
        attended = self._product(f"{name}.attention.output.dense", self._attention(name, x))
        self._add("Add", [attended, x], f"{name}.sum")
        x = self._norm(f"{name}.attention.output.LayerNorm", f"{name}.sum")
        inner = self._product(f"{name}.intermediate.dense", x)
        self._add("Gelu", [inner], f"{name}.bent")
        outer = self._product(f"{name}.output.dense", f"{name}.bent", one_scale=True)
        self._add("Add", [outer, x], f"{name}.sum_outer")
        return self._norm(f"{name}.output.LayerNorm", f"{name}.sum_outer")

    def _attention(self, name: str, x: str) -> str:
        """One product for queries, keys and values; the queries' scale lies in their weights."""
        all_three = self._product(f"{name}.attention", x)
        self._add("Reshape", [all_three, "by_head"], f"{name}.by_head")
        self._add("Transpose", [f"{name}.by_head"], f"{name}.turned", perm=[2, 0, 3, 1, 4])
        query, key, value = (f"{name}.{part}" for part in "qkv")
        self.nodes.append(
            helper.make_node("Split", [f"{name}.turned"], [query, key, value], axis=0, num_outputs=3)
        )
        self._add("FusedMatMul", [query, key], f"{name}.scores", domain=_MICROSOFT, transB=1)
        self._add("Add", [f"{name}.scores", "hidden"], f"{name}.seen")
        self._add("Softmax", [f"{name}.seen"], f"{name}.shares", axis=-1)
        self._add("MatMul", [f"{name}.shares", value], f"{name}.gathered")
        self._add("Transpose", [f"{name}.gathered"], f"{name}.back", perm=[1, 3, 0, 2, 4])
        return self._add("Reshape", [f"{name}.back", "side_by_side"], f"{name}.context")

    def _heads(self, x: str) -> None:
        """Mean and first vector side by side, then all shipped heads in one product."""
        self._constant("last_axis", np.array([2], dtype=np.int64))
        self._add("Unsqueeze", ["read", "last_axis"], "weight")
        self._add("Mul", [x, "weight"], "weighted")
        self._add("ReduceSum", ["weighted", "second"], "total", keepdims=0)
        self._add("ReduceSum", ["read", "second"], "count", keepdims=1)
        self._add("Div", ["total", "count"], "mean")
        self._constant("at_first", np.int64(0))
        self._add("Gather", [x, "at_first"], "start", axis=1)
        self._add("Concat", ["mean", "start"], "pooled", axis=1)
        self._constant("answers", np.concatenate([self.weights[f"heads.{head}.weight"] for head in HEADS]).T)
        self._constant("leaning", np.concatenate([self.weights[f"heads.{head}.bias"] for head in HEADS]))
        self._add("Gemm", ["pooled", "answers", "leaning"], "logits")

    def _norm(self, name: str, x: str) -> str:
        self._constant(f"{name}.weight", self.weights[f"{name}.weight"])
        self._constant(f"{name}.bias", self.weights[f"{name}.bias"])
        inputs = [x, f"{name}.weight", f"{name}.bias"]
        return self._add("LayerNormalization", inputs, f"{name}.out", axis=-1, epsilon=self.shape.epsilon)

    def _product(self, name: str, x: str, *, one_scale: bool = False) -> str:
        weight, bias = self._linear(name)
        self._constant(f"{name}.b", bias)
        if self.limits:
            return self._small_product(name, self._steps(name, x, weight, one_scale))
        self.watched[name] = x
        self._constant(f"{name}.w", weight)
        self._add("MatMul", [x, f"{name}.w"], f"{name}.raw")
        return self._add("Add", [f"{name}.raw", f"{name}.b"], f"{name}.out")

    def _steps(self, name: str, x: str, weight: Floats, one_scale: bool) -> Floats:
        """Bring a product's input to 8 bits and return its weights for inputs counted in steps."""
        limits = np.maximum(self.limits[name], 1e-6)
        if one_scale:
            step = np.float32(np.percentile(limits, _SHORTENED) / _INPUT_LIMIT)
            self._constant(f"{name}.s", step)
            self._add("QuantizeLinear", [x, f"{name}.s", "zero"], f"{name}.q")
            return weight * step
        steps = _channel_steps(limits, weight)
        self._constant(f"{name}.s", 1 / steps)
        self._add("Mul", [x, f"{name}.s"], f"{name}.in_steps")
        self._add("QuantizeLinear", [f"{name}.in_steps", "one", "zero"], f"{name}.q")
        return weight * steps[:, None]

    def _small_product(self, name: str, weight: Floats) -> str:
        columns = np.maximum(np.abs(weight).max(axis=0), 1e-12) / _WEIGHT_LIMIT
        self._constant(f"{name}.w", np.rint(weight / columns).astype(np.int8))
        self._constant(f"{name}.c", columns)
        inputs = [f"{name}.q", f"{name}.w", "one", f"{name}.c", "zero", "", f"{name}.b"]
        return self._add("MatMulIntegerToFloat", inputs, f"{name}.out", domain=_MICROSOFT)

    def _linear(self, name: str) -> tuple[Floats, Floats]:
        """Return (inputs x outputs, bias) of a product; "attention" is query, key and value as one."""
        if not name.endswith(".attention"):
            return self.weights[f"{name}.weight"].T, self.weights[f"{name}.bias"]
        parts = [self._linear(f"{name}.self.{part}") for part in ("query", "key", "value")]
        width = parts[0][0].shape[1] // self.shape.attention_heads
        share = np.float32(width**-0.5)
        scaled = [(parts[0][0] * share, parts[0][1] * share), *parts[1:]]
        return np.concatenate([w for w, _ in scaled], axis=1), np.concatenate([b for _, b in scaled])

    def _add(self, kind: str, inputs: list[str], output: str, **settings: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **settings))
        return output

    def _constant(self, name: str, value: Any) -> None:
        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))


def _channel_steps(limits: Floats, weight: Floats) -> Floats:
    """Return the size of one step of each channel, so that all fit into 8 bits and weights share the load."""
    rows = np.maximum(np.abs(weight).max(axis=1), 1e-6)
    smooth = limits**_MOVED / rows ** (1 - _MOVED)
    steps: Floats = smooth * (limits / smooth).max() / _INPUT_LIMIT
    return steps
