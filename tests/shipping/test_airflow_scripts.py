"""The scripts that prepare and tidy Airflow, run as compose does, before stand-ins of what they call."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shipping.files import ROOT, services

SECRET = "geheim"
AIRFLOW = """#!{python}
import getpass, os, sys
said = getpass.getpass() + getpass.getpass() if sys.argv[1:3] == ["users", "create"] else ""
with open(os.environ["BOOK"], "a") as book:
    print(*sys.argv[1:], "typed:" + said, file=book)
"""
OLD = 1_700_000_000


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Programs that write down how they were called, and a `sleep` that ends the script."""
    folder = tmp_path / "bin"
    folder.mkdir()
    texts = {
        "airflow": AIRFLOW.format(python=sys.executable),
        "kulanz": "#!/bin/sh\necho {}\n",
        "sleep": "#!/bin/sh\nexit 9\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def run(service: str, programs: Path, **variables: str) -> tuple[int, list[str]]:
    """Run a service's script; returns how it ended, and the calls of Airflow."""
    book = programs.parent / "book"
    book.touch()
    script = ROOT / str(services()[service]["entrypoint"][1])[1:]
    done = subprocess.run(
        ["bash", str(script)],
        env={"PATH": f"{programs}:{os.environ['PATH']}", "BOOK": str(book), **variables},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, book.read_text().splitlines()


def test_the_administrator_s_password_is_typed_twice_and_is_no_argument(programs: Path) -> None:
    ended, called = run("airflow-init", programs, AIRFLOW_PASSWORD=SECRET)
    assert ended == 0
    assert [line.split()[0] for line in called] == ["db", "pools", "users"]
    arguments, _, typed = called[-1].partition("typed:")
    assert typed == SECRET * 2 and SECRET not in arguments and "--username ops" in arguments


def test_old_rows_and_old_logs_go_and_new_ones_stay(programs: Path, tmp_path: Path) -> None:
    old, new = (tmp_path / "logs" / f"run_id={name}" / "attempt=1.log" for name in ("old", "new"))
    for path in (old, new):
        path.parent.mkdir(parents=True)
        path.touch()
    empty = tmp_path / "logs" / "run_id=empty"
    empty.mkdir()
    for path in (old, empty):
        os.utime(path, (OLD, OLD))
    days = services()["airflow-cleaner"]["environment"]["KEEP_DAYS"]
    ended, called = run("airflow-cleaner", programs, AIRFLOW_HOME=str(tmp_path), KEEP_DAYS=days)
    assert ended == 9, "it goes on after a day"
    assert len(called) == 1 and called[0].startswith(
        "db clean --yes --skip-archive --clean-before-timestamp 2"
    )
    assert new.exists() and not old.exists() and not empty.exists()
