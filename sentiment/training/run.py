"""A training run from recipe to shipped files; every stage leaves its result, so a killed run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertModel

from sentiment.exceptions import RecipeError
from sentiment.training.corpora import ALL_HEADS
from sentiment.training.distil import distil
from sentiment.training.embeddings import start_embeddings
from sentiment.training.finetune import finetune, read_material
from sentiment.training.loop import Bench, bench_for
from sentiment.training.network import Understander, backbone_folder, build
from sentiment.training.recipe import Recipe
from sentiment.training.ship import ship
from sentiment.training.vocabulary import train_tokenizer

_STAGES = ("distilled", "finetuned", "polished")


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its recipe, the data it reads, the folder it works in."""

    recipe: Recipe
    data: Path
    folder: Path
    minutes: float | None = None

    def bench(self, *, share: float) -> Bench:
        """Return the bench for a lesson that may take `share` of the run's minutes."""
        return bench_for(self.recipe, self.folder, minutes=self.minutes and self.minutes * share)


def train(run: Run, target: Path) -> dict[str, object]:
    """Make a model and write it to `target` (a folder); returns the figures of the run.

    What `run.folder` already holds is taken as done. Raises DataError for missing data, RecipeError where the
    folder holds a run of another recipe.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    _keep_to_recipe(run)
    tokenizer = _tokenizer(run)
    network = _network(run, tokenizer)
    _stage(run, "distilled", network, lambda: _distil(run, network, tokenizer))
    material = read_material(run.data, run.recipe)
    for stage, name, lesson, share in (
        ("finetuned", "finetune", run.recipe.finetune, 0.4),
        ("polished", "polish", run.recipe.polish, 0.2),
    ):
        teach = partial(finetune, network, tokenizer, material, lesson, run.bench(share=share))
        _stage(run, stage, network, partial(teach, name=name, seed=run.recipe.seed))
    _blend(run, network)
    return ship(network, tokenizer, material, run.recipe, _figures(run), target)


def _keep_to_recipe(run: Run) -> None:
    file = run.folder / "recipe.json"
    mine = run.recipe.model_dump_json()
    if file.exists() and file.read_text() != mine:
        raise RecipeError(f"{run.folder} holds a run of another recipe; remove it or name another folder.")
    file.write_text(mine)


def _tokenizer(run: Run) -> Tokenizer:
    file = run.folder / "tokenizer.json"
    if not file.exists():
        train_tokenizer(run.data, run.recipe.vocabulary, seed=run.recipe.seed).save(str(file))
    return Tokenizer.from_file(str(file))


def _network(run: Run, tokenizer: Tokenizer) -> Understander:
    bench = run.bench(share=0)
    backbone = BertModel.from_pretrained(backbone_folder(), add_pooling_layer=False)
    start = run.folder / "embeddings.pt"
    if not start.exists():
        old = _old_tokenizer()
        words = backbone.embeddings.word_embeddings.weight.detach()
        torch.save(start_embeddings(tokenizer, old, words, run.data), start)
    heads = {head: len(answers) for head, answers in ALL_HEADS.items()}
    rows = torch.load(start, weights_only=True)
    network = build(backbone, rows, heads, dropout=run.recipe.finetune.dropout)
    network.to(bench.device)
    return network


def _old_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(backbone_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _distil(run: Run, network: Understander, tokenizer: Tokenizer) -> dict[str, float]:
    teacher = BertModel.from_pretrained(backbone_folder(), add_pooling_layer=False)
    bench = run.bench(share=0.4)
    return distil(network, teacher, _old_tokenizer(), tokenizer, run.data, run.recipe, bench)


def _stage(run: Run, name: str, network: Understander, work: Callable[[], dict[str, float]]) -> None:
    """Load what the stage left behind, or do its work and leave it."""
    file = run.folder / f"{name}.pt"
    if file.exists():
        network.load_state_dict(torch.load(file, weights_only=True))
        return
    figures = work()
    torch.save(network.state_dict(), file)
    (run.folder / f"{name}.json").write_text(json.dumps(figures))


def _blend(run: Run, network: Understander) -> None:
    """Mix the weights of before and after the polish: what it taught, without what it made forget."""
    before = torch.load(run.folder / "finetuned.pt", weights_only=True, map_location="cpu")
    after = torch.load(run.folder / "polished.pt", weights_only=True, map_location="cpu")
    network.load_state_dict(
        {
            name: torch.lerp(old, after[name], run.recipe.polish.blend) if old.is_floating_point() else old
            for name, old in before.items()
        }
    )


def _figures(run: Run) -> dict[str, object]:
    return {name: json.loads((run.folder / f"{name}.json").read_text()) for name in _STAGES}
