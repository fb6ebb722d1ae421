"""Parts of the machine that some tests need; without them the tests are skipped and say why.

With `KULANZ_TEST_ALL=1`, as continuous integration sets it, a missing part is a failure instead.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
ELASTICSEARCH = "8.19.21"


def need(present: bool, what: str) -> None:
    """Skip the running test unless the part is `present`; `what` says what is missing and how to get it."""
    if present:
        return
    if os.environ.get("KULANZ_TEST_ALL") == "1":
        pytest.fail(f"This run must skip nothing, but {what}.", pytrace=False)
    pytest.skip(what)


def need_postgresql() -> None:
    """Need the PostgreSQL server's programs."""
    need(postgresql_program("initdb") is not None, "PostgreSQL is not installed (apt install postgresql)")


def postgresql_program(name: str) -> str | None:
    """Return the path of one of PostgreSQL's programs, also where Debian hides it."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(versions[-1]) if versions else shutil.which(name)


def elasticsearch_zip() -> Path:
    """Return the packed Elasticsearch server that `make elasticsearch` fetches."""
    path = ROOT / "var" / "elasticsearch" / f"elasticsearch-{ELASTICSEARCH}.zip"
    need(path.exists(), "the Elasticsearch server is not here (make elasticsearch)")
    return path


def java_home() -> Path:
    """Return the folder of a Java that the Elasticsearch server runs on."""
    program = shutil.which("java")
    need(program is not None, "Java is not installed (apt install openjdk-17-jre-headless)")
    return Path(os.environ.get("JAVA_HOME") or Path(str(program)).resolve().parents[1])


def chromium() -> str:
    """Return the path of Chromium."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    need(path is not None, "Chromium is not installed (apt install chromium)")
    return str(path)


def need_module(name: str, *, extra: str) -> None:
    """Need a module of one of our extras."""
    need(importlib.util.find_spec(name) is not None, f"{name} is not installed (pip install kulanz[{extra}])")


def shared(path: str) -> Path:
    """Return a file of the data folder that lies beside the developers' checkouts."""
    need((SHARED / path).exists(), f"the shared data folder with {path} is not beside this checkout")
    return SHARED / path


def need_airflow() -> None:
    """Need Airflow itself, with which tasks are run for real."""
    need_module("airflow", extra="airflow")
