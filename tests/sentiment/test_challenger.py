from __future__ import annotations

import csv
import gzip
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from sentiment.correct import correct
from sentiment.corrected import Judged, to_learn_from
from sentiment.labels import HEADS
from sentiment.training.recipe import SHIPPED, Recipe, read_recipe
from tests.factories import make_agent, make_assessment, make_mention
from tests.needs import need_module

if TYPE_CHECKING:
    from sentiment.training.run import Run

POSTS = (
    Judged("Die Öse reißt, und morgen ist der Lauf!", "de", {"urgency": "2", "intent": "problem"}),
    Judged("So gut sitzt kein anderer Schuh", "de", {"sentiment": "positive"}),
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of the shipped recipe, of which the lessons before the last one are done."""
    for module in ("torch", "transformers"):
        need_module(module, extra="train")
    from sentiment.training.run import Run

    recipe, folder, data = read_recipe(SHIPPED), tmp_path / "run", tmp_path / "data"
    folder.mkdir()
    data.mkdir()
    (folder / "recipe.json").write_text(recipe.model_dump_json())
    for name in ("tokenizer.json", "taught.pt", "taught.json", "graduated.pt", "opinions.pt"):
        (folder / name).write_text("of the run before")
    with gzip.open(data / "posts_written.csv.gz", "wt") as file:
        file.write("text,lang\n")
    return Run(recipe, data, folder)


def corrected(run: Run, *, passes: float = 4.0, posts: tuple[Judged, ...] = POSTS) -> Run:
    from sentiment.training.challenger import with_corrections

    return with_corrections(run, posts, passes=passes)


def test_corrections_are_one_more_file_of_the_last_lesson(run: Run) -> None:
    challenger = corrected(run)
    assert challenger.recipe.pupil.passes == {**run.recipe.pupil.passes, "corrections": 4.0}
    assert challenger.recipe.version == f"{run.recipe.version}+2corrections"
    assert sorted(file.name for file in challenger.data.iterdir()) == [
        "corrections.csv.gz",
        "posts_written.csv.gz",
    ]


def test_the_training_reads_of_a_correction_what_a_person_said_and_nothing_else(run: Run) -> None:
    from sentiment.training import corpora

    learned = corpora.labelled(corrected(run).data, "corrections")
    told = [{head: HEADS[head][at] for head, at in post.answers.items()} for post in learned]
    assert [(post.text, post.language) for post in learned] == [(p.text, p.language) for p in POSTS]
    assert told == [dict(post.answers) for post in POSTS]


def test_lessons_that_are_done_are_taken_over_but_not_the_last_one(run: Run) -> None:
    folder = corrected(run).folder
    assert (folder / "taught.pt").read_text() == "of the run before"
    assert not (folder / "graduated.pt").exists() and not (folder / "opinions.pt").exists()


def test_lessons_by_another_recipe_are_not_taken_over(run: Run) -> None:
    (run.folder / "recipe.json").write_text(
        Recipe.model_copy(run.recipe, update={"seed": 99}).model_dump_json()
    )
    assert not (corrected(run).folder / "taught.pt").exists()


def test_the_same_corrections_go_on_where_they_were_and_others_begin_anew(run: Run) -> None:
    first = corrected(run)
    assert corrected(run) == first
    others = {corrected(run, passes=2).folder, corrected(run, posts=POSTS[:1]).folder}
    assert len(others | {first.folder}) == 3


@pytest.mark.django_db
def test_the_command_trains_with_what_agents_of_this_installation_said(
    run: Run, now: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trained: list[Run] = []

    def train(one: Run, target: Path) -> dict[str, Any]:
        trained.append(one)
        target.mkdir()
        return {}

    monkeypatch.setattr("sentiment.training.run.train", train)
    options = {"run": run.folder, "data": run.data, "out": tmp_path / "new"}
    with pytest.raises(CommandError, match="no correction to learn from yet"):
        call_command("train", "--with-corrections", **options)
    for number in range(20):
        verdict = make_assessment(make_mention(f"Paar {number}: die Öse reißt.", now=now), now=now)
        correct(verdict.pk, agent=make_agent(), head="urgency", value="3", now=now)
    call_command("train", "--with-corrections", "3", **options)
    assert trained[0].recipe.pupil.passes["corrections"] == 3
    with gzip.open(trained[0].data / "corrections.csv.gz", "rt", encoding="utf-8") as file:
        shown = [row["text"] for row in csv.DictReader(file)]
    assert shown == [post.text for post in to_learn_from()] and 0 < len(shown) < 20
