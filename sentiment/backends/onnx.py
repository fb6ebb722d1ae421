"""A model of ours: ONNX Runtime and a tokenizer, nothing of what training needs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import Any

from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from sentiment.answers import softmax
from sentiment.backends.batches import Windows, padded, run_sorted
from sentiment.backends.interface import Floats, Rows
from sentiment.description import TOKENIZER, WEIGHTS, Description, read_description
from sentiment.exceptions import ModelError
from sentiment.windows import cut, merge_each

_BATCH_POSTS = 4
_BATCH_TOKENS = 256


class OnnxBackend:
    """Answers all heads on the processor; the same post always gets the same numbers."""

    def __init__(
        self, description: Description, tokenizer: Tokenizer, session: InferenceSession, *, threads: int
    ) -> None:
        self.description = description
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="classifier")
        self._tokenizer = tokenizer
        self._session = session
        sizes = [len(head.labels) for head in description.heads.values()]
        self._slices = dict(zip(description.heads, _slices(sizes), strict=True))

    @classmethod
    def load(cls, folder: Path, *, threads: int = 0) -> OnnxBackend:
        """Load the model in `folder`; 0 threads means all cores.

        Raises ModelError where files are missing, damaged or not a model of ours.
        """
        description = read_description(folder)
        try:
            session = _open(folder / WEIGHTS)
            tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        except Exception as error:
            raise ModelError(f"{folder}: the model cannot be opened: {error}") from error
        return cls(description, tokenizer, session, threads=threads or os.cpu_count() or 1)

    def probabilities(self, plain: Sequence[str]) -> Iterator[Rows]:
        """Yield each normalised text's calibrated probabilities by head; long texts are read by windows."""
        pieces = self._pieces(plain)
        logits = self._logits([window for post in pieces for window in post])
        heads = self.description.heads
        rows = {name: softmax(logits[name] / head.temperature) for name, head in heads.items()}
        return merge_each([len(post) for post in pieces], rows)

    def logits(self, plain: Sequence[str]) -> Rows:
        """Return the raw outputs by head (texts x labels) of normalised texts, read up to one window."""
        return self._logits([post[0] for post in self._pieces(plain)])

    def _pieces(self, plain: Sequence[str]) -> list[list[list[int]]]:
        encoded: list[Any] = self._tokenizer.encode_batch_fast(list(plain))
        return [cut(row.ids, most=self.description.max_tokens) for row in encoded]

    def _logits(self, windows: Windows) -> Rows:
        spread = self._pool.map if len(windows) > 1 else map
        rows = run_sorted(
            windows, self._run, most_windows=_BATCH_POSTS, most_tokens=_BATCH_TOKENS, spread=spread
        )
        return {name: rows[:, at] for name, at in self._slices.items()}

    def _run(self, batch: Windows) -> Floats:
        ids, mask = padded(batch)
        (logits,) = self._session.run(None, {"ids": ids, "mask": mask})
        rows: Floats = logits
        return rows


def _open(weights: Path) -> InferenceSession:
    """Open a network for one thread a batch: small batches side by side beat threads inside of one.

    Two fused kernels are slower than their parts (measured with and without: 2.6 and 1.8 ms a post).
    """
    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    slow = ["SkipLayerNormFusion", "BiasGeluFusion"]
    return InferenceSession(weights, options, providers=["CPUExecutionProvider"], disabled_optimizers=slow)


def _slices(sizes: Sequence[int]) -> list[slice]:
    ends = list(accumulate(sizes))
    return [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]
