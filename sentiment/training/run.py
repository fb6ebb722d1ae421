"""A training run from recipe to shipped files; every stage leaves its result, so a killed run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from tokenizers import Tokenizer

from sentiment.exceptions import RecipeError
from sentiment.training.backbone import Backbone, load_backbone
from sentiment.training.corpora import ALL_HEADS
from sentiment.training.heads import teach
from sentiment.training.loop import Bench, bench_for
from sentiment.training.material import Material, read_material
from sentiment.training.network import Understander, build, shorten
from sentiment.training.pupil import teach_pupil
from sentiment.training.recipe import Recipe
from sentiment.training.ship import ship
from sentiment.training.vocabulary import choose_pieces, start_rows

_SHARES = {"taught": 0.5, "graduated": 0.35, "finished": 0.15}
"""Each lesson's share of the minutes that a run may take, in the order of the lessons."""


@dataclass(frozen=True)
class Run:
    """One run: its recipe, the data it reads, the folder it works in, the minutes it may take."""

    recipe: Recipe
    data: Path
    folder: Path
    minutes: float | None = None

    def bench(self, stage: str) -> Bench:
        """Return the bench for a stage."""
        minutes = self.minutes and self.minutes * _SHARES[stage]
        return bench_for(self.recipe, self.folder, minutes=minutes)

    @cached_property
    def backbone(self) -> Backbone:
        """The encoder as others left it."""
        return load_backbone()

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The run's tokenizer, made once."""
        file = self.folder / "tokenizer.json"
        if not file.exists():
            choose_pieces(self.backbone, self.data, self.recipe.vocabulary).save(str(file))
        return Tokenizer.from_file(str(file))


def train(run: Run, target: Path) -> dict[str, object]:
    """Make a model and write it to `target` (a folder); returns the figures of the run.

    What `run.folder` already holds is taken as done. Raises DataError for missing data, RecipeError where the
    folder holds a run of another recipe.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    _keep_to_recipe(run)
    material = read_material(run.data, run.recipe)
    teacher = _teacher(run, material)
    pupil = _pupil(run, teacher, material)
    figures = {name: json.loads((run.folder / f"{name}.json").read_text()) for name in _SHARES}
    return ship(pupil, run.tokenizer, material, run.recipe, figures, target)


def _keep_to_recipe(run: Run) -> None:
    file = run.folder / "recipe.json"
    mine = run.recipe.model_dump_json()
    if file.exists() and file.read_text() != mine:
        raise RecipeError(f"{run.folder} holds a run of another recipe; remove it or name another folder.")
    file.write_text(mine)


def _teacher(run: Run, material: Material) -> Understander:
    """Return the whole backbone, taught all heads."""
    recipe, seed = run.recipe, run.recipe.seed
    heads = {head: len(answers) for head, answers in ALL_HEADS.items()}
    rows = start_rows(run.tokenizer, run.backbone)
    network = build(run.backbone, rows, heads, dropout=recipe.teach.dropout)
    bench = run.bench("taught")
    network.to(bench.device)
    _stage(
        run,
        "taught",
        network,
        lambda: teach(network, run.tokenizer, material, recipe.teach, bench, name="teach", seed=seed),
    )
    return network


def _pupil(run: Run, teacher: Understander, material: Material) -> Understander:
    """Return the small network, taught by the big one and finished on labels alone."""
    lesson, seed = run.recipe.pupil, run.recipe.seed
    bench = run.bench("graduated")
    pupil = shorten(teacher, lesson.layers, dropout=lesson.dropout)
    pupil.to(bench.device)
    _stage(
        run,
        "graduated",
        pupil,
        lambda: teach_pupil(pupil, teacher, run.tokenizer, material, lesson, bench, seed=seed),
    )
    finish = run.recipe.finish
    _stage(
        run,
        "finished",
        pupil,
        lambda: teach(
            pupil, run.tokenizer, material, finish, run.bench("finished"), name="finish", seed=seed + 1
        ),
    )
    _blend(run, pupil)
    return pupil


def _blend(run: Run, network: Understander) -> None:
    """Mix the weights of before and after the last round: each remembers what the other forgot."""
    before = torch.load(run.folder / "graduated.pt", weights_only=True, map_location="cpu")
    after = torch.load(run.folder / "finished.pt", weights_only=True, map_location="cpu")
    network.load_state_dict(
        {
            name: torch.lerp(old, after[name], run.recipe.finish.blend) if old.is_floating_point() else old
            for name, old in before.items()
        }
    )


def _stage(run: Run, name: str, network: Understander, work: Callable[[], dict[str, float]]) -> None:
    """Load what the stage left behind, or do its work and leave it."""
    file = run.folder / f"{name}.pt"
    if file.exists():
        network.load_state_dict(torch.load(file, weights_only=True))
        return
    figures = work()
    torch.save(network.state_dict(), file)
    (run.folder / f"{name}.json").write_text(json.dumps(figures))
