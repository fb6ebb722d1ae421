"""Runs worker processes on the database of the running test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).parents[2]


class Workers:
    """Starts worker processes, one after the other."""

    def __init__(self) -> None:
        environment = {"KULANZ_DATABASE_URL": _database_url(), "DJANGO_SETTINGS_MODULE": "config.settings"}
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker"],
            cwd=ROOT,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def work(self, *stages: str, now: datetime, die: str = "never:1") -> bool:
        """Run stages in a process until they find no work; returns whether it was killed on its way."""
        assert self._nursery.stdin and self._nursery.stdout
        self._nursery.stdin.write(f"{now.isoformat()} {die} {' '.join(stages)}\n")
        self._nursery.stdin.flush()
        status = next(line for line in self._nursery.stdout if line.strip().lstrip("-").isdigit())
        assert int(status) in (0, -signal.SIGKILL), "the worker failed; see its standard error"
        return int(status) != 0

    def close(self) -> None:
        """End the process that starts the others."""
        self._nursery.communicate()


def _database_url() -> str:
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    return f"postgresql://{settings['USER']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
