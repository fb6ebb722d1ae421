"""The loop that all lessons share: learning rate, optimiser, checkpoints, progress, a time limit."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

from sentiment.training.recipe import Recipe, Schedule

_SAVE_EVERY_SECONDS = 180.0
_LAYER = re.compile(r"\.layer\.(\d+)\.")
_ABOVE = 10_000


@dataclass(frozen=True, slots=True)
class Bench:
    """Where and how a run computes: device, precision, folder for checkpoints, minutes a lesson may take."""

    device: torch.device
    bf16: bool
    folder: Path
    minutes: float | None = None

    def precision(self) -> AbstractContextManager[Any]:
        """Return the context in which forward passes run."""
        context: AbstractContextManager[Any] = torch.autocast(
            self.device.type, dtype=torch.bfloat16, enabled=self.bf16
        )
        return context


def bench_for(recipe: Recipe, folder: Path, *, minutes: float | None) -> Bench:
    """Choose GPU or CPU, and bfloat16 where the recipe or the machine speaks for it."""
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    native = torch.cuda.is_bf16_supported() if device.type == "cuda" else _cpu_multiplies_bf16()
    folder.mkdir(parents=True, exist_ok=True)
    return Bench(device, recipe.bf16 == "on" or (recipe.bf16 == "auto" and native), folder, minutes)


def _cpu_multiplies_bf16() -> bool:
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())


class Lesson:
    """Runs one lesson over planned batches; starts again where a killed run last saved."""

    def __init__(self, name: str, network: nn.Module, schedule: Schedule, bench: Bench) -> None:
        self.name = name
        self.network = network
        self.schedule = schedule
        self.bench = bench
        self.average = schedule.average
        self.optimiser = _optimiser(network, schedule)
        self.mean = [p.detach().clone() for p in network.parameters()] if schedule.average else []
        self.step = 0
        self.spent = 0.0
        self.posts = 0

    def run(self, batches: Sequence[Any], loss_of: Callable[[Any], Tensor]) -> dict[str, float]:
        """Take one step a batch, or as many as the time allows; returns what was done and the last loss."""
        self._resume()
        saved = began = time.monotonic()
        before, loss = self.spent, float("nan")
        with _progress() as progress:
            task = progress.add_task(self.name, total=len(batches), completed=self.step, loss=0.0)
            while self.step < len(batches) and self._done(len(batches)) < 1:
                batch = batches[self.step]
                last = self._take_step(loss_of(batch), self._done(len(batches)))
                loss = last if isnan(loss) else 0.98 * loss + 0.02 * last
                self.step += 1
                self.posts += len(batch)
                self.spent = before + time.monotonic() - began
                progress.update(task, completed=self.step, loss=loss)
                if time.monotonic() - saved > _SAVE_EVERY_SECONDS:
                    self._save()
                    saved = time.monotonic()
        self._use_mean()
        return {
            "steps": self.step,
            "posts": self.posts,
            "minutes": round(self.spent / 60, 1),
            "loss": round(loss, 4),
        }

    def _done(self, steps: int) -> float:
        """Return how much of the lesson is over, by steps or by the clock, whichever is further."""
        by_clock = self.spent / (60 * self.bench.minutes) if self.bench.minutes else 0.0
        return max(self.step / steps, by_clock)

    def _take_step(self, loss: Tensor, done: float) -> float:
        warmup = self.schedule.warmup
        factor = done / warmup if done < warmup else (1 - done) / (1 - warmup)
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * max(factor, 0.01)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        if self.average:
            decay = min(self.average, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(self.mean, [p.detach() for p in self.network.parameters()], 1 - decay)
        return float(loss.detach())

    def _use_mean(self) -> None:
        if self.average:
            with torch.no_grad():
                torch._foreach_copy_(list(self.network.parameters()), self.mean)

    @property
    def _file(self) -> Path:
        return self.bench.folder / f"{self.name}.checkpoint.pt"

    def _save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "mean": self.mean,
            "chance": torch.get_rng_state(),
            "counts": (self.step, self.spent, self.posts),
        }
        half = self._file.with_suffix(".half")
        torch.save(state, half)
        half.replace(self._file)

    def _resume(self) -> None:
        if not self._file.exists():
            return
        state = torch.load(self._file, map_location=self.bench.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.mean = state["mean"]
        torch.set_rng_state(state["chance"].cpu())
        self.step, self.spent, self.posts = state["counts"]


def _optimiser(network: nn.Module, schedule: Schedule) -> torch.optim.AdamW:
    """Return AdamW; deeper layers learn slower, vectors and word embeddings are not decayed."""
    named = list(network.named_parameters())
    top = 1 + max((at for name, _ in named if (at := _layer(name)) < _ABOVE), default=0)
    groups = [
        {
            "params": [weight],
            "peak": schedule.learning_rate * schedule.keep ** (top - min(_layer(name), top)),
            "weight_decay": 0.0 if weight.ndim < 2 or "word_embeddings" in name else 0.01,
        }
        for name, weight in named
    ]
    return torch.optim.AdamW(groups, lr=schedule.learning_rate, betas=(0.9, 0.98), eps=1e-6, fused=True)


def _layer(name: str) -> int:
    """Return how far up a weight lies: embeddings -1, encoder layers from 0, heads above them all."""
    if ".embeddings." in name:
        return -1
    found = _LAYER.search(name)
    return int(found[1]) if found else _ABOVE


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.3f}"),
        TimeRemainingColumn(),
        refresh_per_second=0.2,
    )
