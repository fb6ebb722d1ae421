from __future__ import annotations

import gzip
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from config.brand import UrgencyCosts
from config.brand_files import UnknownBrand

ROWS = [
    {"text": "Danke, ihr seid super!", "lang": "de", "sentiment": "positive", "urgency": "0", "angry": "0"},
    {
        "text": "Worst service ever, you lost my bag!",
        "lang": "en",
        "sentiment": "negative",
        "urgency": "2",
        "angry": "1",
    },
    {"text": "Wann fährt der Bus?", "lang": "de", "sentiment": "neutral", "urgency": "1", "angry": "0"},
]


def _csv(path: Path) -> Path:
    lines = [",".join(ROWS[0]), *(",".join(f'"{value}"' for value in row.values()) for row in ROWS)]
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    return path


def _evaluate(path: Path, *options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("evaluate", str(path), "--json", *options, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_figures_come_as_one_json_object_with_documented_keys(tmp_path: Path) -> None:
    found = _evaluate(_csv(tmp_path / "posts.csv.gz"), "--task", "urgency")
    assert {"task", "n", "macro_recall", "macro_f1", "accuracy", "per_class", "ece"} <= set(found)
    assert {"kappa_quadratic", "recall_high", "precision_high", "average_precision_high"} <= set(found)
    assert (found["task"], found["n"]) == ("urgency", 3)
    assert {language: part["n"] for language, part in found["by_language"].items()} == {"de": 2, "en": 1}


def test_jsonl_with_other_column_names_and_truth_values(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    lines = [json.dumps({"body": row["text"], "mad": row["angry"] == "1"}) for row in ROWS]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = _evaluate(path, "--task", "anger", "--text-column", "body", "--label-column", "mad")
    assert found["n"] == 3
    assert found["per_class"]["1"]["support"] == 1


def test_intervals_come_when_asked_for_in_all_and_by_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _csv(tmp_path / "posts.csv.gz")
    found = _evaluate(path, "--task", "urgency", "--intervals")
    for part in (found, found["by_language"]["de"]):
        low, high = part["intervals"]["macro_f1"]
        assert 0 <= low <= part["macro_f1"] <= high <= 1
    assert "intervals" not in _evaluate(path, "--task", "urgency")
    call_command("evaluate", str(path), "--task", "urgency", "--intervals")
    assert " to " in capsys.readouterr().out


def test_urgency_tells_the_best_recall_at_a_precision_of_six_tenths(tmp_path: Path) -> None:
    found = _evaluate(_csv(tmp_path / "posts.csv.gz"), "--task", "urgency")
    assert 0 <= found["recall_high_at_precision_60"] <= 1
    assert 0 < found["threshold_high_at_precision_60"] <= 1


def test_people_get_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("evaluate", str(_csv(tmp_path / "posts.csv.gz")), "--task", "sentiment")
    shown = capsys.readouterr().out
    assert "macro f1" in shown
    assert "Who was taken for whom" in shown


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("none.csv", None, "cannot be read"),
        ("bad.csv", "text,label\nhi,happy\n", "line 2: label is 'happy'"),
        ("bad.csv", "words,label\nhi,neutral\n", "no column 'text'"),
        ("bad.csv", "text,mood\nhi,neutral\n", "--label-column"),
        ("bad.jsonl", "{}\n[1]\n", "say which column"),
        ("bad.jsonl", "nonsense\n", "line 1: not JSON"),
        ("empty.csv", "text,label\n", "no labelled post"),
        ("bad.csv.gz", "not gzip", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_place(
    tmp_path: Path, name: str, content: str | None, fault: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError, match=fault) as raised:
        _evaluate(path, "--task", "sentiment")
    assert name in str(raised.value)


def test_a_brand_is_evaluated_by_what_mistakes_cost_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _csv(tmp_path / "posts.csv.gz")
    usual = _evaluate(path, "--task", "urgency")
    assert _evaluate(path, "--task", "urgency", "--brand", "zehnschritt") == usual, "it names the usual costs"
    monkeypatch.setattr("sentiment.judge.costs_of", lambda slug: UrgencyCosts(missed_critical=1000))
    careful = _evaluate(path, "--task", "urgency", "--brand", "zehnschritt")
    assert sum(row[3] for row in careful["confusion"]) > sum(row[3] for row in usual["confusion"])
    assert _evaluate(path, "--task", "urgency") == usual
    with pytest.raises(UnknownBrand, match="nobody"):
        _evaluate(path, "--task", "urgency", "--brand", "nobody")
