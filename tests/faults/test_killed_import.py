"""Killing an import anywhere and starting it again brings every row once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from listeners.models import Author, Mention, Source
from tests.faults.processes import ROOT, _database_url

ROWS = 2500
IMPORT = """
import sys, django
django.setup()
from django.core.management import call_command
from tests.faults.worker import arm
arm(*sys.argv[2].split(":"))
call_command("import", sys.argv[1], "--brand", "zehnschritt", "--no-run")
"""
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "posts.jsonl"
    rows = ({"text": f"Post {n}", "author": f"runner{n % 700}", "date": 1764000000 + n} for n in range(ROWS))
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def survives(file: Path, die: str) -> bool:
    environment = os.environ | {
        "KULANZ_DATABASE_URL": _database_url(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-c", IMPORT, str(file), die]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("place", ["before-commit:2", "after-commit:2", "statement:20"])
def test_an_import_that_is_killed_and_started_again_brings_each_row_once(file: Path, place: str) -> None:
    assert not survives(file, place)
    assert Mention.objects.count() in (0, 1000, 2000), "no batch is half written"
    assert survives(file, "never:1")
    assert Mention.objects.count() == ROWS
    assert Author.objects.count() == 700
    assert Source.objects.count() == 1
