"""Posts a second through the torch backend, text in, verdict out, beside a transformers pipeline, same model.

    python bench/gpu.py [--posts N] [--workers N] [--texts FILE.csv.gz]

Runs on the GPU where there is one, else on the processor, and says so. The models have random weights, for
speed does not depend on them: `small` is as large as Kulanz's own (22 M), `base` as RoBERTa's (about 110 M);
both answer all heads. `joined` is `small` for sentiment with the shipped model for the rest. The posts'
language is told, as most networks do. The pipeline reads in one process. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
POSTS = HERE.parent / "shared" / "data" / "eval" / "airline_posts.csv.gz"
SIZES = {"small": (384, 6), "base": (768, 12)}
GOAL = 20_000
_CHUNK = 4096
_WARM_UP = 64
Judge = Callable[[Sequence[str]], object]


def main() -> None:
    import torch

    gpu = torch.cuda.is_available()
    options = _options(gpu=gpu)
    texts = list(islice(cycle(_texts(options.texts)), options.posts))
    with tempfile.TemporaryDirectory() as folder:
        _make_models(Path(folder), texts)
        found = {name: _beside_peer(Path(folder) / name, texts, options.workers) for name in SIZES}
        joined = _measure("kulanz", Path(folder) / "joined", texts, options.workers)
    about = {"gpu": gpu, "device": torch.cuda.get_device_name() if gpu else "processor, for there is no GPU"}
    figures = {**found, "joined": {"posts_per_second": joined}, "goal": GOAL}
    run = {"posts": options.posts, "workers": options.workers, "load": round(os.getloadavg()[0], 1)}
    print(json.dumps({"figure": "gpu", **about, **run, **figures}))


def _options(*, gpu: bool) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--posts", type=int, default=400_000 if gpu else 512)
    parser.add_argument("--workers", type=int, default=os.cpu_count() if gpu else 1)
    parser.add_argument("--texts", type=Path, default=POSTS, help="CSV (.gz) with a column `text`")
    return parser.parse_args()


def _texts(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def _make_models(folder: Path, texts: Sequence[str]) -> None:
    """Write a model of each size that answers everything, and one for sentiment only."""
    from sentiment.labels import HEADS

    everything = {f"{head} {answer}": (head, answer) for head, answers in HEADS.items() for answer in answers}
    for name, (width, layers) in SIZES.items():
        _make_model(folder / name, list(everything), texts, width, layers)
    _make_model(folder / "joined", list(HEADS["sentiment"]), texts, *SIZES["small"])
    lines = [
        f"[{head}]\n"
        + "".join(f'"{label}" = "{answer}"\n' for label, (of, answer) in everything.items() if of == head)
        for head in HEADS
    ]
    for name in SIZES:
        (folder / name / "labels.toml").write_text("".join(lines))


def _make_model(folder: Path, labels: Sequence[str], texts: Sequence[str], width: int, layers: int) -> None:
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    pieces = BertWordPieceTokenizer()
    pieces.train_from_iterator(texts[:5000], vocab_size=30_522, show_progress=False)
    config = BertConfig(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=12,
        intermediate_size=4 * width,
        id2label=dict(enumerate(labels)),
        label2id={label: at for at, label in enumerate(labels)},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizer(vocab=pieces.get_vocab(), model_max_length=512).save_pretrained(folder)


def _beside_peer(folder: Path, texts: Sequence[str], workers: int) -> dict[str, float]:
    ours = _measure("kulanz", folder, texts, workers)
    peer = _measure("pipeline", folder, texts[: max(len(texts) // 10, 256)], 1)
    return {"posts_per_second": ours, "pipeline_posts_per_second": peer, "ratio": round(ours / peer, 1)}


def _measure(candidate: str, folder: Path, texts: Sequence[str], workers: int) -> float:
    """Return posts a second of all workers together, from the moment when each has loaded its model."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(workers + 1)
    shares = [texts[at::workers] for at in range(workers)]
    processes = [context.Process(target=_work, args=(candidate, folder, s, workers, ready)) for s in shares]
    for process in processes:
        process.start()
    ready.wait(timeout=300)
    began = time.perf_counter()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - began
    if any(process.exitcode for process in processes):
        sys.exit(f"{candidate}, {folder.name}: a worker failed")
    return round(len(texts) / seconds, 1)


def _work(candidate: str, folder: Path, texts: Sequence[str], workers: int, ready: Barrier) -> None:
    os.environ["RAYON_NUM_THREADS"] = str(max((os.cpu_count() or 1) // workers, 1))
    judge = {"kulanz": _kulanz, "pipeline": _pipeline}[candidate](folder)
    judge(texts[:_WARM_UP])
    ready.wait()
    for start in range(0, len(texts), _CHUNK):
        judge(texts[start : start + _CHUNK])


def _kulanz(folder: Path) -> Judge:
    import django

    labels = folder / "labels.toml"
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings"}
    os.environ |= {"KULANZ_LABELS": str(labels)} if labels.exists() else {}
    sys.path.insert(0, str(HERE))
    django.setup()
    from sentiment.service import load

    model = load(f"hf:{folder}")
    return lambda texts: model.classify(texts, ["en"] * len(texts))


def _pipeline(folder: Path) -> Judge:
    from transformers import pipeline

    from sentiment.backends.device import best_device, multiplies_bf16

    device = best_device()
    judge: Any = pipeline(
        "text-classification",
        model=str(folder),
        device=device,
        dtype="bfloat16" if multiplies_bf16(device) else "float32",
        batch_size=64 if device.type == "cuda" else 8,
        truncation=True,
    )
    return lambda texts: judge(list(texts))


if __name__ == "__main__":
    main()
