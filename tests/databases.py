"""A pytest plugin that chooses the database before Django reads its settings.

`pytest` runs on SQLite, `pytest --database postgresql` on a server that is started and stopped here.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import pytest

from tests.needs import postgresql_program
from tests.servers.postgresql import postgresql

_servers = contextlib.ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--database`."""
    parser.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Give this run a folder and a database of its own."""
    var = Path(_servers.enter_context(tempfile.TemporaryDirectory(prefix="kulanz-tests-")))
    (var / "static").mkdir()
    os.environ.update(KULANZ_VAR=str(var), KULANZ_SECRET_KEY="only-for-tests", KULANZ_DATABASE_URL="")
    if early_config.known_args_namespace.database == "postgresql":
        if postgresql_program("initdb") is None:
            pytest.exit("PostgreSQL is not installed (apt install postgresql)", returncode=4)
        os.environ["KULANZ_DATABASE_URL"] = _servers.enter_context(postgresql())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to the run on SQLite what touches no database; tests of faults start processes that do."""
    if config.getoption("--database") == "sqlite":
        return
    kept = [item for item in items if _touches_a_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _touches_a_database(item)])
    items[:] = kept


def _touches_a_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return (
        item.get_closest_marker("django_db") is not None
        or not fixtures.isdisjoint({"db", "transactional_db", "live_server"})
        or "faults" in item.path.parts
    )


def pytest_report_header(config: pytest.Config) -> str:
    """Say which database this run uses."""
    return f"database: {config.getoption('--database')}"


def pytest_unconfigure() -> None:
    """Stop the server and remove the folder."""
    _servers.close()
