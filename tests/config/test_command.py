from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.command import show_commands

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config.command", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_command_all_are_listed_with_what_they_do(capsys: pytest.CaptureFixture[str]) -> None:
    show_commands()
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    listed = {line[0]: line[1] for line in lines if len(line) > 1}
    for name in ("audit", "check", "classify", "demo", "evaluate", "import", "run", "source", "train", "web"):
        assert len(listed[name]) > 10
        assert f"kulanz {name}" in README


def test_a_wrong_variable_ends_a_command_with_a_sentence() -> None:
    done = run("check", KULANZ_DEBUG="maybe")
    assert done.returncode == 1
    assert done.stderr.startswith("These environment variables need another value:\nKULANZ_DEBUG")


def test_an_unknown_stage_is_refused_with_the_names_of_those_that_exist() -> None:
    done = run("run", "--once", "dance")
    assert done.returncode == 1
    assert "assess" in done.stderr and "Traceback" not in done.stderr
