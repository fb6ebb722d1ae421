"""The classifier in service: ONNX Runtime and a tokenizer, nothing of what training needs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from sentiment.answers import NOT_JUDGED, NOTHING_TO_READ, certain, choose, even, softmax
from sentiment.description import TOKENIZER, WEIGHTS, Description, Head, read_description
from sentiment.exceptions import ModelError
from sentiment.language import Spoken, spoken
from sentiment.normalise import normalise
from sentiment.verdict import Verdict
from sentiment.windows import cut, merge

SHIPPED = Path(__file__).parent / "weights"
_BATCH_POSTS = 8
_BATCH_TOKENS = 512

Floats = npt.NDArray[np.floating[Any]]
Rows = Mapping[str, Floats]


class Classifier:
    """Judges posts. Safe to share between threads; the same post always gets the same verdict."""

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
    def load(cls, folder: Path | None = None, *, threads: int = 0) -> Classifier:
        """Load the model in `folder`, by default the one that Kulanz ships; 0 threads means all cores.

        Raises ModelError where files are missing, damaged or not a model of ours.
        """
        folder = folder or SHIPPED
        description = read_description(folder)
        try:
            session = _open(folder / WEIGHTS)
            tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        except Exception as error:
            raise ModelError(f"{folder}: the model cannot be opened: {error}") from error
        return cls(description, tokenizer, session, threads=threads or os.cpu_count() or 1)

    def classify(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> list[Verdict]:
        """Return one verdict a text, in order; `languages` are the networks' tags, "" where there is none."""
        plain = [normalise(text) for text in texts]
        tags = languages if languages is not None else [""] * len(texts)
        tongues = [spoken(text, tag) for text, tag in zip(plain, tags, strict=True)]
        readable = [i for i, text in enumerate(plain) if text and tongues[i].supported]
        judged = dict(zip(readable, self.probabilities([plain[i] for i in readable]), strict=True))
        return [self._verdict(judged.get(i), tongues[i]) for i in range(len(texts))]

    def probabilities(self, plain: Sequence[str]) -> Iterator[Rows]:
        """Yield each normalised text's calibrated probabilities by head; long texts are read by windows."""
        pieces = [cut(row.ids, most=self.description.max_tokens) for row in self._encode(plain)]
        windows = [window for post in pieces for window in post]
        logits = self._logits(windows)
        heads = self.description.heads
        spread = {name: softmax(logits[:, at] / heads[name].temperature) for name, at in self._slices.items()}
        ends = list(accumulate(len(post) for post in pieces))
        for post, end in zip(pieces, ends, strict=True):
            yield merge({name: rows[end - len(post) : end] for name, rows in spread.items()})

    def logits(self, plain: Sequence[str]) -> Rows:
        """Return the raw outputs by head (texts x labels) of normalised texts, read up to one window."""
        logits = self._logits(
            [cut(row.ids, most=self.description.max_tokens)[0] for row in self._encode(plain)]
        )
        return {name: logits[:, at] for name, at in self._slices.items()}

    def _encode(self, plain: Sequence[str]) -> list[Any]:
        return self._tokenizer.encode_batch_fast(list(plain)) if plain else []

    def _logits(self, windows: Sequence[Sequence[int]]) -> Floats:
        """Run the network over windows of like length together; returns windows x all labels."""
        order = sorted(range(len(windows)), key=lambda i: len(windows[i]))
        logits = np.zeros(
            (len(windows), sum(len(h.labels) for h in self.description.heads.values())), np.float32
        )
        batches = list(_batches(order, windows))
        run = self._pool.map if len(batches) > 1 else map
        answers = run(self._run, [[windows[i] for i in batch] for batch in batches])
        for batch, rows in zip(batches, answers, strict=True):
            logits[batch] = rows
        return logits

    def _run(self, batch: Sequence[Sequence[int]]) -> Floats:
        """Run the network over one batch; the last window is the longest."""
        ids = np.zeros((len(batch), len(batch[-1])), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(batch):
            ids[row, : len(window)] = window
            mask[row, : len(window)] = 1
        (logits,) = self._session.run(None, {"ids": ids, "mask": mask})
        rows: Floats = logits
        return rows

    def _verdict(self, rows: Rows | None, tongue: Spoken) -> Verdict:
        heads = self.description.heads
        if rows is not None:
            answers = {name: choose(head, rows[name]) for name, head in heads.items()}
        elif tongue.supported:
            answers = NOTHING_TO_READ
            rows = {name: certain(head, answers[name]) for name, head in heads.items()}
        else:
            answers = NOT_JUDGED
            rows = {name: even(head) for name, head in heads.items()}
        return Verdict(
            language=tongue.code,
            supported=tongue.supported,
            sentiment=answers["sentiment"],
            urgency=int(answers["urgency"]),
            angry=answers["angry"] == "1",
            intent=answers["intent"],
            probabilities={name: _named(head, rows[name]) for name, head in heads.items()},
            model_name=self.description.name,
            model_version=self.description.version,
            model_hash=self.description.sha256,
        )


def _open(weights: Path) -> InferenceSession:
    """Open a network for one thread a batch: small batches side by side beat threads inside of one.

    Two fused kernels are slower than their parts (measured with and without: 2.6 and 1.8 ms a post).
    """
    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    slow = ["SkipLayerNormFusion", "BiasGeluFusion"]
    return InferenceSession(weights, options, providers=["CPUExecutionProvider"], disabled_optimizers=slow)


def _named(head: Head, row: Floats) -> dict[str, float]:
    return {label: round(float(share), 4) for label, share in zip(head.labels, row, strict=True)}


def _slices(sizes: Sequence[int]) -> list[slice]:
    ends = list(accumulate(sizes))
    return [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]


def _batches(order: Sequence[int], windows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield positions, already sorted by length, in batches that keep both limits."""
    batch: list[int] = []
    for i in order:
        if batch and (len(batch) == _BATCH_POSTS or (len(batch) + 1) * len(windows[i]) > _BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
