from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from sentiment.card import write
from sentiment.card.calibration import draw
from sentiment.card.peers import vader
from sentiment.card.tables import score_table
from sentiment.card.trials import TRIALS, Score, Trial, measure
from sentiment.card.write import write_card
from sentiment.classifier import Classifier
from sentiment.evaluate import Example
from sentiment.exceptions import DataError
from sentiment.metrics import Given
from tests.needs import need_module

HEADER = "text,lang,label,sentiment,urgency,angry,intent,relevance"
ROWS = (
    "Danke euch!,de,positive,positive,0,0,thanks,True",
    "Your support is a joke,en,negative,negative,2,1,problem,True",
    "Wann öffnet ihr?,de,neutral,neutral,1,0,question,True",
    "Bahn frei!,de,neutral,neutral,0,0,other,False",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with all evaluation files, each of four posts."""
    for name in {trial.file for trial in TRIALS}:
        with gzip.open(tmp_path / f"{name}.csv.gz", "wt", encoding="utf-8") as file:
            file.write("\n".join([HEADER, *ROWS]))
    return tmp_path


def test_the_card_tells_data_scores_and_failures(
    model: Classifier, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_module("matplotlib", extra="train")
    monkeypatch.setattr(write, "TRIALS", [trial for trial in TRIALS if trial.file != "frozen"])
    monkeypatch.setattr(write, "flips", lambda *_: [])
    write_card(model, folder, folder / "CARD.md")
    written = (folder / "CARD.md").read_text(encoding="utf-8")
    assert model.description.sha256 in written
    for heading in (
        "Intended use",
        "Data and licences",
        "The run",
        "Scores",
        "By class",
        "Calibration",
        "Harmless edits",
        "Known failures",
    ):
        assert f"## {heading}\n" in written
    assert "| bahn_posts | de | 2 | sentiment | macro F1 |" in written
    assert "| airline_urgency | en | 1 | urgency | recall of ≥ 2 at precision 60 |" in written
    assert "large language model" in written
    assert "(calibration.svg)" in written
    assert (folder / "calibration.svg").read_text().lstrip().startswith("<?xml")


def test_each_figure_stands_beside_its_interval_its_goal_and_the_peers(folder: Path) -> None:
    given = Given(np.array([0, 1]), np.array([0, 1]), np.eye(3)[[0, 1]], ("negative", "neutral", "positive"))
    part = {"n": 2, "macro_f1": 0.5, "ece": 0.01, "intervals": {"macro_f1": [0.4, 0.6], "ece": [0, 0.1]}}
    trial = Trial("posts", "sentiment", {"macro_f1": 70, "ece": 5})
    peers = {"VADER": {"en": {"macro_f1": 0.3, "ece": 0.2}}}
    shown = score_table([Score(trial, given, ["en", "de"], {"by_language": {"de": part, "en": part}}, peers)])
    assert "| posts | en | 2 | sentiment | macro F1 | 50.0 (40.0 to 60.0) | ≥ 70 | 30.0 |" in shown
    assert "| posts | en | 2 | sentiment | calibration error | 1.0 (0.0 to 10.0) | ≤ 5 | - |" in shown
    assert "| posts | de | 2 | sentiment | macro F1 | 50.0 (40.0 to 60.0) | ≥ 70 | - |" in shown


def test_the_same_answers_always_give_the_same_picture(model: Classifier, folder: Path) -> None:
    need_module("matplotlib", extra="train")
    scores = [measure(trial, model, folder, ()) for trial in TRIALS if trial.file == "airline_urgency"]
    for name in ("one.svg", "two.svg"):
        draw(scores, folder / name)
    assert (folder / "one.svg").read_bytes() == (folder / "two.svg").read_bytes()
    assert "how often right" in (folder / "one.svg").read_text()


def test_a_word_list_tells_good_from_bad_in_english() -> None:
    need_module("vaderSentiment", extra="train")
    given = vader([Example("I love it!", "positive", "en"), Example("awful, I hate it", "negative", "en")])
    assert given.right.all()


def test_a_linear_peer_learns_from_the_files_that_the_recipe_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_module("sklearn", extra="train")
    from sentiment.card import peers

    texts = [f"{word} number {i}" for i in range(9) for word in ("lovely", "okay", "dreadful")]
    monkeypatch.setattr(peers, "_lesson", lambda _: (texts, [2, 1, 0] * 9))
    learnt = peers.linear(tmp_path)
    given = learnt([Example("a lovely day", "positive", "en"), Example("dreadful", "negative", "en")])
    assert given.right.all()


def test_a_missing_file_is_told(model: Classifier, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="sentiment_en_tweeteval_dev"):
        write_card(model, tmp_path, tmp_path / "CARD.md")


def test_a_place_that_is_not_there_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no such folder"):
        call_command("card", str(tmp_path), "--out", str(tmp_path / "no" / "CARD.md"))
