"""Parts that tests of all rooms share."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday, 11:00 in Berlin."""


@pytest.fixture
def now() -> datetime:
    """The time at which a test begins: a Tuesday, 11:00 in Berlin."""
    return NOW


@pytest.fixture
def on_postgresql(pytestconfig: pytest.Config) -> bool:
    """Whether this run uses PostgreSQL."""
    return bool(pytestconfig.getoption("--database") == "postgresql")


@pytest.fixture(scope="session", autouse=True)
def _audit_entries_end_with_their_test() -> Iterator[None]:
    """Let the flush after tests with real transactions empty the one table that refuses it."""
    from django.db import connection

    guard = importlib.import_module("responders.migrations.0002_append_only_audit")
    operations, vendor = type(connection.ops), connection.vendor
    flush = operations.execute_sql_flush

    def unguarded(self: object, statements: list[str]) -> None:
        flush(self, [*guard.DROP[vendor], *statements, *guard.CREATE[vendor]])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", unguarded)
        yield


@pytest.fixture(autouse=True)
def _airflow_s_connections_end_with_their_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the other store of secrets, which a process of Airflow's tasks asks for good."""
    from listeners.login import accounts

    monkeypatch.setattr(accounts, "_elsewhere", accounts._nowhere)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Keep SQLite's test database in a file, as in production: threads then wait for each other's locks."""
    from django.conf import settings

    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = (
            settings.ENVIRONMENT.var / "tests.sqlite3"
        )


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_nothing() -> Iterator[None]:
    """Hash the passwords of invented agents quickly; a real hash takes half a second each."""
    from django.conf import settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
        yield
