from __future__ import annotations

import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from sentiment.classifier import Classifier
from sentiment.edits import Edit
from sentiment.evaluate import Example
from sentiment.robustness import Flips, flips, total
from sentiment.verdict import Verdict
from tests.sentiment.verdicts import make_verdict

CAPS = Edit(name="caps", change="upper")
HELLO = Edit(name="hello", languages=("en",), before="Hi, ")


class Nervous(Classifier):
    """Takes capitals for anger and distress, and a greeting for a question."""

    def __init__(self) -> None:
        pass

    def classify(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> list[Verdict]:
        return [
            make_verdict(
                sentiment="negative" if text.isupper() else "neutral",
                urgency=2 if text.isupper() else 1,
                intent="question" if text.startswith("Hi") else "other",
            )
            for text in texts
        ]


POSTS = [
    Example("where is it", "neutral", "en"),
    Example("OK", "neutral", "en"),
    Example("wo", "neutral", "de"),
]


def test_flips_are_counted_by_edit_and_language_over_posts_that_the_edit_changes() -> None:
    assert flips(POSTS, Nervous(), changes=[CAPS, HELLO]) == [
        Flips("caps", "en", 1, 1, 1, 1),
        Flips("caps", "de", 1, 1, 1, 1),
        Flips("hello", "en", 2, 1, 1, 2),
    ]


def test_all_edits_of_a_language_add_up() -> None:
    rows = flips(POSTS, Nervous(), changes=[CAPS, HELLO])
    assert total(rows, name="all", language="en") == Flips("all", "en", 3, 2, 2, 3)


def test_the_shipped_model_does_not_see_what_no_reader_can_see(model: Classifier) -> None:
    posts = [Example("Mein Paket fehlt seit drei Wochen, bitte helft mir!", "negative", "de")]
    unseen = [Edit(name="space", find=" ", put="\u00a0 "), Edit(name="width", find="e", put="e\u200b")]
    assert [row.verdict for row in flips(posts, model, changes=unseen)] == [0, 0]


def test_the_command_prints_a_table_or_one_json_object_an_edit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("text,lang,sentiment\nDanke euch!,de,positive\nWhere are you?,en,neutral\n")
    out = StringIO()
    call_command("robustness", str(path), "--json", stdout=out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert set(rows[0]) == {"edit", "language", "posts", "sentiment", "needs_a_person", "verdict"}
    assert [row["language"] for row in rows if row["edit"] == "all"] == ["de", "en"]
    call_command("robustness", str(path))
    assert "ALL CAPS" in capsys.readouterr().out


def test_a_file_without_posts_is_told(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("text,lang,sentiment\n")
    with pytest.raises(CommandError, match="no labelled post"):
        call_command("robustness", str(path))
