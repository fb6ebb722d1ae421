"""Posts a second and memory of the shipped model, beside a 125 M transformers pipeline and VADER, same texts.

    python bench/classify.py [--posts 300] [--texts FILE.csv.gz]

Each candidate runs in a process of its own on two threads; the peer has random weights, for speed does not
depend on them. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

POSTS = Path(__file__).resolve().parents[2] / "shared" / "data" / "eval" / "airline_posts.csv.gz"
CANDIDATES = (("kulanz", 1), ("kulanz", 32), ("pipeline", 1), ("pipeline", 32), ("vader", 1))
Judge = Callable[[Sequence[str]], object]


def main() -> None:
    options = _options()
    if options.candidate:
        print(json.dumps(_measure(options.candidate, options.batch, _texts(options.texts, options.posts))))
        return
    found = {f"{name}_{batch}": _run(name, batch, options) for name, batch in CANDIDATES}
    ratios = {
        f"ratio_{batch}": round(
            found[f"kulanz_{batch}"]["posts_per_second"] / found[f"pipeline_{batch}"]["posts_per_second"], 1
        )
        for batch in (1, 32)
    }
    load = round(os.getloadavg()[0], 1)
    print(json.dumps({"figure": "classify", "posts": options.posts, **found, **ratios, "load": load}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--posts", type=int, default=300)
    parser.add_argument("--texts", type=Path, default=POSTS, help="CSV (.gz) with a column `text`")
    parser.add_argument(
        "--candidate", choices=sorted({name for name, _ in CANDIDATES}), help=argparse.SUPPRESS
    )
    parser.add_argument("--batch", type=int, default=1, help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(name: str, batch: int, options: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, __file__, "--candidate", name, "--batch", str(batch)]
    command += ["--posts", str(options.posts), "--texts", str(options.texts)]
    here = Path(__file__).resolve().parents[1]
    environment = os.environ | {"OMP_NUM_THREADS": "2", "RAYON_NUM_THREADS": "2", "PYTHONPATH": str(here)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _texts(path: Path, count: int) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    return random.Random(1).sample(texts, count)


def _measure(name: str, batch: int, texts: list[str]) -> dict[str, float]:
    judge = {"kulanz": _kulanz, "pipeline": _pipeline, "vader": _vader}[name](batch)
    judge(texts[:batch])
    began = time.perf_counter()
    for start in range(0, len(texts), batch):
        judge(texts[start : start + batch])
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return {"posts_per_second": round(len(texts) / seconds, 1), "rss_mb": round(peak)}


def _kulanz(batch: int) -> Judge:
    from sentiment.classifier import Classifier

    return Classifier.load(threads=2).classify


def _pipeline(batch: int) -> Judge:
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import (
        PreTrainedTokenizerFast,
        RobertaConfig,
        RobertaForSequenceClassification,
        pipeline,
    )

    torch.set_num_threads(2)
    pieces = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    pieces.train_from_iterator(_texts(POSTS, 5000), vocab_size=50265, special_tokens=special)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=pieces._tokenizer, pad_token="<pad>", unk_token="<unk>", model_max_length=512
    )
    config = RobertaConfig(vocab_size=50265, num_labels=3, max_position_embeddings=514, type_vocab_size=1)
    model = RobertaForSequenceClassification(config).eval()
    judge = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu", batch_size=batch)
    return lambda texts: judge(list(texts))


def _vader(batch: int) -> Judge:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return lambda texts: [analyzer.polarity_scores(text) for text in texts]


if __name__ == "__main__":
    main()
