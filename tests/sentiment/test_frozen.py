from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from sentiment.corrected import FROZEN, frozen, key_of
from sentiment.labels import HEADS
from sentiment.training.recipe import SHIPPED, read_recipe
from tests.needs import shared

OURS = sorted(set(FROZEN.parent.glob("*.csv")) - {FROZEN})
KEYS = {key_of(post.text): post.text for post in frozen()}


def _shared_with_frozen(texts: list[str]) -> list[str]:
    return [text for text in texts if key_of(text) in KEYS]


def test_the_frozen_set_is_balanced_by_language_and_level_and_says_no_post_twice() -> None:
    posts = frozen()
    assert len(KEYS) == len(posts) >= 290
    for head, labels in HEADS.items():
        assert {post.answers[head] for post in posts} == set(labels)
    levels = Counter((post.language, post.answers["urgency"]) for post in posts)
    assert len(levels) == 8 and min(levels.values()) >= 30


@pytest.mark.parametrize("path", OURS, ids=[path.stem for path in OURS])
def test_no_training_file_of_ours_holds_a_frozen_post(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert not _shared_with_frozen(
        [row[column] for row in rows for column in ("text", "en_text") if column in row]
    )


def test_no_hard_post_of_the_model_card_is_a_frozen_one() -> None:
    lines = (FROZEN.parent / "hard.jsonl").read_text(encoding="utf-8").splitlines()
    assert not _shared_with_frozen([json.loads(line)["text"] for line in lines])


def test_no_file_of_the_training_data_holds_a_frozen_post() -> None:
    files = sorted(shared("data/train").glob("*.csv.gz"))
    assert files
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            texts = [
                row[name]
                for row in csv.DictReader(file)
                for name in ("text", "en_text", "de", "en")
                if row.get(name)
            ]
        plain = {post.text for post in frozen()}
        assert not plain.intersection(texts), path.name


def test_the_recipe_names_neither_the_frozen_set_nor_corrections() -> None:
    recipe = read_recipe(SHIPPED)
    told = recipe.model_dump_json()
    assert '"frozen"' not in told and '"corrections"' not in told
