from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "django", "classify", "--settings", "config.settings"]
BRAND = Path("config/brands/zehnschritt.yaml")


def _classify(given: bytes, *options: str, **environment: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [*COMMAND, *options],
        input=given,
        env=os.environ | environment,
        capture_output=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line]


def test_each_line_gets_one_json_object_in_order() -> None:
    given = "Danke euch! 😀\r\n\nMein Koffer ist weg!\nno newline at the end, where is my order".encode()
    found = _classify(given)
    assert [row["text"] for row in found] == given.decode().replace("\r", "").split("\n")
    assert {"language", "supported", "sentiment", "urgency", "angry", "intent", "probabilities"} <= set(
        found[0]
    )
    assert found[0]["sentiment"] == "positive"


def test_the_language_can_be_said_and_broken_bytes_do_no_harm() -> None:
    found = _classify(b"\xff\xfe kaputt\n\x00\n", "--language", "de")
    assert [row["language"] for row in found] == ["de", "de"]


def test_a_typed_line_is_answered_before_the_next() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"Wo bleibt mein Paket?\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["language"] == "de"
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def test_nobody_reading_the_answers_is_no_error() -> None:
    code = f"{' '.join(COMMAND)} | head -n 1 > /dev/null; exit ${{PIPESTATUS[0]}}"
    given = b"Wo bleibt mein Paket?\n" * 3000
    done = subprocess.run(["bash", "-c", code], input=given, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_words_that_carried_a_verdict_are_told_on_demand() -> None:
    smoke, nothing = _classify(b"HILFE, mein Konto wurde gehackt!\n\n", "--why")
    urgency, sentiment = smoke["why"]
    assert (urgency["head"], urgency["answer"], sentiment["answer"]) == ("urgency", "3", "negative")
    heaviest = max(urgency["words"], key=lambda word: word["weight"])
    assert (heaviest["text"], smoke["text"][heaviest["start"] : heaviest["end"]]) == ("gehackt!",) * 2
    assert [reason["words"] for reason in nothing["why"]] == [[], []]


def test_the_terms_of_the_named_brand_count(tmp_path: Path) -> None:
    (tmp_path / "game.yaml").write_text(BRAND.read_text().replace("terms: []", "terms: [Gehackt]"))
    given, environment = "Gehackt läuft bei mir seit heute".encode(), {"KULANZ_BRANDS": str(tmp_path)}
    (plain,) = _classify(given, **environment)
    (ours,) = _classify(given, "--brand", "game", **environment)
    assert plain["urgency"] >= 2 > ours["urgency"]


def test_a_brand_that_does_not_exist_is_refused_with_those_that_do() -> None:
    done = subprocess.run([*COMMAND, "--brand", "nobody"], input=b"", capture_output=True, timeout=60)
    assert done.returncode == 1 and b"there are: zehnschritt" in done.stderr
