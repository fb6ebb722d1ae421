"""Lets a network show tensors that it keeps to itself, without the `onnx` package and another file.

An ONNX file is one protobuf message, and of two messages behind each other the repeated fields are joined:
a message that only names further outputs, put behind the file's bytes, adds them to the graph.
"""

from __future__ import annotations

from collections.abc import Mapping

FLOAT, INT8 = 1, 3
"""Numbers of element types in ONNX's TensorProto."""

_MODEL_GRAPH, _GRAPH_OUTPUT = 7, 12
_INFO_NAME, _INFO_TYPE, _TYPE_TENSOR, _TENSOR_ELEMENT = 1, 2, 1, 1


def with_outputs(model: bytes, names: Mapping[str, int]) -> bytes:
    """Return the network's bytes with these tensors as outputs behind its own; values are element types."""
    return model + b"".join(_output(name, element) for name, element in names.items())


def _output(name: str, element: int) -> bytes:
    kind = _field(_TYPE_TENSOR, bytes([_TENSOR_ELEMENT << 3, element]))
    info = _field(_INFO_NAME, name.encode()) + _field(_INFO_TYPE, kind)
    return _field(_MODEL_GRAPH, _field(_GRAPH_OUTPUT, info))


def _field(number: int, content: bytes) -> bytes:
    """Return a field of bytes; everything here is shorter than 128 bytes, so lengths take one."""
    return bytes([number << 3 | 2, len(content)]) + content
