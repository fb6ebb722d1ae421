"""Any text-classification model of the Hugging Face hub, by transformers and torch."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub import try_to_load_from_cache
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging

from sentiment.answers import softmax
from sentiment.backends.batches import Windows, padded, run_sorted
from sentiment.backends.device import best_device, multiplies_bf16
from sentiment.backends.interface import Floats, Rows
from sentiment.backends.label_map import LabelMap, label_map
from sentiment.description import Description, Head
from sentiment.exceptions import ModelError
from sentiment.labels import HEADS
from sentiment.normalise import SHOUT
from sentiment.windows import cut, merge_each

_MOST_PIECES = 512
_FEWEST_PIECES = 16
_BATCH_WINDOWS = {"cpu": 64, "cuda": 4096}
_BATCH_TOKENS = {"cpu": 4096, "cuda": 65536}


class HubBackend:
    """Answers the heads that its label map names; a post's numbers can differ in the last digits by batch."""

    def __init__(self, description: Description, tokenizer: Any, network: Any, meanings: LabelMap) -> None:
        self.description = description
        self._tokenizer = tokenizer
        self._network = network
        self._heads = {head: _answers(head, table, network) for head, table in meanings.items()}
        self._tokenizing = threading.Lock()

    @classmethod
    def load(
        cls, name: str, *, labels: Path | None = None, threads: int = 0, dtype: torch.dtype | None = None
    ) -> HubBackend:
        """Load a model by its name on the hub or its folder, from this machine's cache if it is there.

        `labels` is the file that says what the model's labels mean. By default it computes in bfloat16 where
        the device does so by itself. Raises ModelError where the model or its tokenizer is missing or not
        usable, or its labels mean nothing to us.
        """
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        if threads:
            torch.set_num_threads(threads)
        device = best_device()
        dtype = dtype or (torch.bfloat16 if multiplies_bf16(device) else torch.float32)
        network = _network(name, dtype).to(device)
        tokenizer = _tokenizer(name)
        try:
            meanings = label_map(list(network.config.id2label.values()), labels)
        except ModelError as fault:
            raise ModelError(f"hf:{name}: {fault}") from None
        found = cls(_describe(name, network, tokenizer, meanings), tokenizer, network, meanings)
        found._try_out(name)
        return found

    def probabilities(self, plain: Sequence[str]) -> Iterator[Rows]:
        """Yield each normalised text's probabilities by head; long texts are read by windows."""
        pieces = self._pieces(plain)
        logits = self._logits([window for post in pieces for window in post])
        rows = {head: softmax(logits[:, at]) @ meant for head, (at, meant) in self._heads.items()}
        return merge_each([len(post) for post in pieces], rows)

    def _try_out(self, name: str) -> None:
        """Read the longest window, full of the last piece: a misfit shows at once and not post by post."""
        ((window, *_),) = self._pieces(["two words"])
        inner = [len(self._tokenizer) - 1] * (self.description.max_tokens - 2)
        try:
            self._run([[window[0], *inner, window[-1]]])
        except Exception as error:
            raise ModelError(
                f"hf:{name}: weights and tokenizer do not fit, or torch cannot run it: {error}"
            ) from error

    def _pieces(self, plain: Sequence[str]) -> list[list[list[int]]]:
        texts = [text.replace(f"{SHOUT} ", "") for text in plain]
        # A tokenizer of transformers sets its own padding and truncation at each call.
        with self._tokenizing:
            encoded = self._tokenizer(texts, return_attention_mask=False, verbose=False)["input_ids"]
        most = self.description.max_tokens
        return [cut(ids or [self._tokenizer.pad_token_id], most=most) for ids in encoded]

    def _logits(self, windows: Windows) -> Floats:
        kind = self._network.device.type
        return run_sorted(
            windows, self._run, most_windows=_BATCH_WINDOWS[kind], most_tokens=_BATCH_TOKENS[kind]
        )

    def _run(self, batch: Windows) -> Floats:
        on_left = self._tokenizer.padding_side == "left"
        parts = padded(batch, filler=self._tokenizer.pad_token_id, on_left=on_left)
        ids, mask = (torch.from_numpy(part).to(self._network.device) for part in parts)
        with torch.inference_mode():
            rows: Floats = self._network(input_ids=ids, attention_mask=mask).logits.float().cpu().numpy()
        return rows


def _network(name: str, dtype: torch.dtype) -> Any:
    load = AutoModelForSequenceClassification.from_pretrained
    try:
        network, report = _nearest(load, name, dtype=dtype, output_loading_info=True)
    except Exception as error:
        raise ModelError(
            f"hf:{name}: no model can be loaded from there: it must be a folder, a model in this machine's "
            f"cache, or one on the hub while that can be reached. transformers says: {error}"
        ) from error
    lacking = sorted(report["missing_keys"])
    if lacking:
        raise ModelError(
            f"hf:{name}: was not trained to classify, for its weights lack {', '.join(lacking[:4])}."
        )
    return network.eval()


def _tokenizer(name: str) -> Any:
    try:
        tokenizer = _nearest(AutoTokenizer.from_pretrained, name)
    except Exception as error:
        raise ModelError(
            f"hf:{name}: its tokenizer cannot be loaded; its files must lie beside the weights. "
            f"transformers says: {error}"
        ) from error
    if len(tokenizer) - len(tokenizer.all_special_ids) < _FEWEST_PIECES:
        raise ModelError(f"hf:{name}: its tokenizer is empty; its files must lie beside the weights.")
    if tokenizer.pad_token_id is None:
        raise ModelError(f"hf:{name}: its tokenizer has no padding piece, so posts cannot be read together.")
    return tokenizer


def _nearest(load: Callable[..., Any], name: str, **options: Any) -> Any:
    """Load from this machine if possible: a model in service changes only when somebody wants it to."""
    try:
        return load(name, local_files_only=True, **options)
    except (OSError, ValueError):
        return load(name, **options)


def _describe(name: str, network: Any, tokenizer: Any, meanings: LabelMap) -> Description:
    folder = Path(name)
    local = folder.is_dir()
    digest = _sha256(folder) if local else _revision(name)
    return Description(
        name=f"hf:{folder.resolve().name if local else name}",
        version=digest[:12],
        sha256=digest,
        max_tokens=_room(network, tokenizer),
        heads={head: Head(labels=HEADS[head], temperature=1.0) for head in meanings},
    )


def _room(network: Any, tokenizer: Any) -> int:
    """Return how many pieces it reads at once; models without a limit say -1 or nothing."""
    most: int = min(_MOST_PIECES, tokenizer.model_max_length)
    positions = getattr(network.config, "max_position_embeddings", None) or -1
    # Models of RoBERTa's kind count positions from behind the padding piece, so two of them are never used.
    return min(most, positions - 2) if positions > 0 else most


def _revision(name: str) -> str:
    """Return the hub's revision of a model that has just been loaded, from its place in the cache."""
    return Path(str(try_to_load_from_cache(name, "config.json"))).parent.name


def _sha256(folder: Path) -> str:
    """Return the SHA-256 of a folder's weights, in the order of their names where they are several files."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin")):
        with path.open("rb") as file:
            hashlib.file_digest(file, lambda: digest)
    return digest.hexdigest()


def _answers(head: str, table: Mapping[str, str], network: Any) -> tuple[list[int], Floats]:
    """Return the columns of a head's labels in the outputs, and a matrix from labels to answers."""
    found = {label: column for column, label in network.config.id2label.items()}
    columns = [found[label] for label in table]
    meant = np.array([[float(answer == said) for answer in HEADS[head]] for said in table.values()])
    return columns, meant
