"""Migrations are run by one process at a time, so that several may start at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from filelock import FileLock, Timeout

_KEY = 0x6B756C616E7A
"""What PostgreSQL calls the lock: "kulanz"."""
_EVERY_SECONDS = 0.5


def are_waiting() -> bool:
    """Tell whether the database lacks tables or columns; raises DatabaseError where it does not answer."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def alone(database: BaseDatabaseWrapper, *, told: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of migrations; `told` is called once if another process has it and is waited for.

    It goes when its process dies. Other databases than PostgreSQL and SQLite have none.
    """
    lock = _on_server if database.vendor == "postgresql" else _on_file
    with lock(database, told):
        yield


@contextmanager
def _on_server(database: BaseDatabaseWrapper, told: Callable[[], None]) -> Iterator[None]:
    """Ask again and again: a session that waits inside the server would stand in an index's way."""
    is_first = True
    while not _asked(database, "pg_try_advisory_lock"):
        if is_first:
            told()
        is_first = False
        threading.Event().wait(_EVERY_SECONDS)
    try:
        yield
    finally:
        _asked(database, "pg_advisory_unlock")


def _asked(database: BaseDatabaseWrapper, function: str) -> bool:
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [_KEY])
        (answer,) = cursor.fetchone()
    return bool(answer)


@contextmanager
def _on_file(database: BaseDatabaseWrapper, told: Callable[[], None]) -> Iterator[None]:
    name = str(database.settings_dict["NAME"])
    if name == ":memory:" or "mode=memory" in name:
        yield
        return
    lock = FileLock(f"{name}.migrating")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        told()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
