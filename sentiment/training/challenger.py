"""A run that shows people's corrections in its last lesson and takes the lessons before from another run."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sentiment.corrected import Judged
from sentiment.labels import HEADS
from sentiment.training.recipe import Recipe
from sentiment.training.run import Run

FILE = "corrections"
"""What the recipe calls them, like any other file."""
_EARLIER = ("tokenizer.json", "taught.pt", "taught.json")
"""What a run of the same recipe leaves before its last lesson."""


def with_corrections(run: Run, posts: Sequence[Judged], *, passes: float) -> Run:
    """Return a run like `run` that also shows `posts`, `passes` times in each epoch of its last lesson.

    It works in a folder of its own inside of `run`'s, named by the posts: started again with the same posts
    it goes on, with others it begins anew. Lessons that `run` has finished by the same recipe are taken over.
    """
    folder = run.folder / f"{FILE}-{_digest(posts, passes)}"
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    for file in run.data.glob("*.csv.gz"):
        _link(file, data)
    _write(posts, data / f"{FILE}.csv.gz")
    if _is_of(run.recipe, run.folder):
        for name in _EARLIER:
            if (run.folder / name).exists():
                _link(run.folder / name, folder)
    return replace(run, recipe=_amended(run.recipe, len(posts), passes), data=data, folder=folder)


def _amended(recipe: Recipe, count: int, passes: float) -> Recipe:
    lesson = recipe.pupil.model_copy(update={"passes": {**recipe.pupil.passes, FILE: passes}})
    return recipe.model_copy(update={"pupil": lesson, "version": f"{recipe.version}+{count}corrections"})


def _is_of(recipe: Recipe, folder: Path) -> bool:
    file = folder / "recipe.json"
    return file.exists() and file.read_text() == recipe.model_dump_json()


def _digest(posts: Sequence[Judged], passes: float) -> str:
    told = repr([passes, *((post.text, sorted(post.answers.items())) for post in posts)])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _link(file: Path, folder: Path) -> None:
    link = folder / file.name
    if not link.exists():
        link.symlink_to(file.resolve())


def _write(posts: Sequence[Judged], file: Path) -> None:
    with gzip.open(file, "wt", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, ["text", "lang", *HEADS])
        writer.writeheader()
        writer.writerows({"text": post.text, "lang": post.language, **post.answers} for post in posts)
