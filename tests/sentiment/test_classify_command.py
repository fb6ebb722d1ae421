from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

COMMAND = [sys.executable, "-m", "django", "classify", "--settings", "config.settings"]


def _classify(given: bytes, *options: str) -> list[dict[str, Any]]:
    done = subprocess.run([*COMMAND, *options], input=given, capture_output=True, timeout=60, check=True)
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
