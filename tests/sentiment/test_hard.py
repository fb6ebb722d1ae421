from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

import sentiment
from sentiment.labels import HEADS
from sentiment.normalise import normalise
from tests.needs import shared

DATA = Path(sentiment.__file__).parent / "data"
POSTS = [json.loads(line) for line in (DATA / "hard.jsonl").read_text(encoding="utf-8").splitlines()]
MEASURING = ("frozen.csv", "signs.csv")


def _plain(texts: list[str]) -> set[str]:
    return {normalise(text).casefold() for text in texts}


def _read(path: Path) -> list[str]:
    reader = gzip.open if path.suffix == ".gz" else open
    with reader(path, "rt", encoding="utf-8", newline="") as file:
        return [row.get("text") or "" for row in csv.DictReader(file)]


def _measured() -> set[str]:
    texts = [post["text"] for post in POSTS]
    return _plain([*texts, *(text for name in MEASURING for text in _read(DATA / name))]) - {""}


def test_hard_posts_are_of_both_languages_and_ask_what_the_model_answers() -> None:
    assert len(POSTS) >= 120
    languages = Counter(post["lang"] for post in POSTS)
    assert min(languages["de"], languages["en"]) >= 50
    for post in POSTS:
        asked = {head: post[head] for head in HEADS if head in post}
        assert asked, post
        assert all(answer in HEADS[head] for head, answer in asked.items()), post
        assert set(post) - set(HEADS) == {"text", "lang", "kind"}


def test_no_hard_post() -> None:
    assert len(_plain([post["text"] for post in POSTS])) == len(POSTS)
    for name in MEASURING:
        assert not _plain([post["text"] for post in POSTS]) & _plain(_read(DATA / name))


@pytest.mark.parametrize("file", sorted(p.name for p in DATA.glob("*.csv") if p.name not in MEASURING))
def test_no_file_of_ours_that_trains_shares_a_text_with_what_measures(file: str) -> None:
    measured = _measured()
    assert not measured & _plain(_read(DATA / file))


def test_no_other_training_file_shares_a_text_with_what_measures() -> None:
    measured = _measured()
    for path in sorted(shared("data/train").glob("*.csv.gz")):
        if "parallel" not in path.name and "dictionary" not in path.name:
            assert not measured & _plain(_read(path)), path.name
