"""Copies of the database while it is in use, and the way back in one step."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol

import psycopg
from django.db import connection, connections

from config.backup.exceptions import DatabaseFault, Refused

_SIDES = ("-wal", "-shm")
_LOOKS, _PAUSE_SECONDS = 10, 0.2
_SESSIONS = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
               AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""


class Keeper(Protocol):
    """One kind of database."""

    name: str
    """Of its file in the archive."""

    def dump(self, target: Path) -> None:
        """Write a consistent copy; raises DatabaseFault."""

    def refuse_if_used(self) -> None:
        """Raise Refused where another process has it open."""

    def load(self, copy: Path, *, aside: Path) -> None:
        """Put a copy in its place, whole or not at all, and what was there into `aside`, unless that has it.

        Raises DatabaseFault, and then nothing has changed.
        """


def keeper() -> Keeper:
    """Return what keeps the database of this installation."""
    return Postgresql() if connection.vendor == "postgresql" else Sqlite()


class Sqlite:
    """The file under `KULANZ_VAR`."""

    name = "kulanz.sqlite3"

    def __init__(self) -> None:
        self._path = Path(connection.settings_dict["NAME"])

    def dump(self, target: Path) -> None:
        """Copy by SQLite's own backup, in one transaction that hinders no writer."""
        with (
            closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as ours,
            closing(sqlite3.connect(target)) as copy,
        ):
            try:
                ours.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
            except sqlite3.Error as fault:
                raise DatabaseFault(f"{self._path}: {fault}") from None

    def refuse_if_used(self) -> None:
        """Only who is alone with a database may leave its write-ahead log."""
        connections.close_all()
        if not self._path.exists():
            return
        with closing(sqlite3.connect(self._path, timeout=1)) as ours:
            try:
                ours.execute("PRAGMA journal_mode=DELETE")
            except sqlite3.Error:
                raise Refused(f"{self._path} is in use: stop every kulanz process first.") from None

    def load(self, copy: Path, *, aside: Path) -> None:
        """Rename the old file away and the new one to its place."""
        _check(copy)
        connections.close_all()
        old = aside / self.name
        if self._path.exists() and not old.exists():
            self._path.replace(old)
        for side in _SIDES:
            self._path.with_name(self._path.name + side).unlink(missing_ok=True)
        copy.replace(self._path)


def _check(path: Path) -> None:
    with closing(sqlite3.connect(path)) as copy:
        try:
            (said,) = copy.execute("PRAGMA quick_check").fetchone()
        except sqlite3.Error as fault:
            said = str(fault)
    if said != "ok":
        raise DatabaseFault(f"The copy in the archive is damaged: {said}")


class Postgresql:
    """The database on a server, by PostgreSQL's own programs, which must be as new as the server."""

    name = "kulanz.dump"

    def dump(self, target: Path) -> None:
        """Run pg_dump, which reads in one transaction and hinders nobody."""
        command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--schema=public"]
        _run([*command, f"--file={target}"])

    def refuse_if_used(self) -> None:
        """Look for other sessions; those that just ended get a moment to go."""
        _leave()
        with psycopg.connect(**connection.get_connection_params()) as session:
            for _ in range(_LOOKS):
                others = session.execute(_SESSIONS).fetchone()[0]  # type: ignore[index]
                if not others:
                    return
                session.rollback()
                threading.Event().wait(_PAUSE_SECONDS)
        raise Refused(f"{others} other sessions use the database: stop web, pipeline and Airflow first.")

    def load(self, copy: Path, *, aside: Path) -> None:
        """Keep a dump of what was there, then replace all of it in one transaction."""
        _leave()
        old = aside / self.name
        if not old.exists():
            self.dump(half := old.with_suffix(".half"))
            half.replace(old)
        with _psql() as said:
            said.write(b"BEGIN; SET LOCAL lock_timeout = '10s'; DROP SCHEMA IF EXISTS public CASCADE;\n")
            _pour(copy, said)
            # Only a whole copy is committed: what ends before is undone by the server.
            said.write(b"COMMIT;\n")


def _leave() -> None:
    """Close our own connections, those in the pool too."""
    connections.close_all()
    close_pool = getattr(connection, "close_pool", None)
    if close_pool:
        close_pool()


def _pour(copy: Path, target: IO[bytes]) -> None:
    command = ["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(copy)]
    with _started(command, stdout=subprocess.PIPE) as source:
        assert source.stdout
        while block := source.stdout.read(2**20):
            target.write(block)


@contextmanager
def _psql() -> Iterator[IO[bytes]]:
    """Yield what psql reads; raises DatabaseFault where the server refused something."""
    command = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    with _started(command, stdin=subprocess.PIPE) as run:
        assert run.stdin
        # A server that refuses ends psql while we still write; its own words come with its end.
        with suppress(BrokenPipeError):
            yield run.stdin
            run.stdin.close()


@contextmanager
def _started(
    command: list[str], *, stdin: int | None = None, stdout: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program beside us; raises DatabaseFault with its last words where it failed."""
    with tempfile.TemporaryFile() as words:
        try:
            run = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=words, env=_environment())
        except FileNotFoundError:
            raise DatabaseFault(f"{command[0]} is not here: apt install postgresql-client") from None
        try:
            yield run
        except BaseException:
            run.kill()
            raise
        finally:
            run.communicate()
        if run.returncode:
            words.seek(0)
            raise DatabaseFault(f"{command[0]}: {words.read(10_000).decode(errors='replace').strip()}")


def _run(command: list[str]) -> None:
    with _started(command):
        pass


def _environment() -> Mapping[str, str]:
    """Return how libpq's programs find the database; the password never stands among arguments."""
    settings: Mapping[str, Any] = connection.settings_dict
    named = {
        "HOST": "PGHOST",
        "PORT": "PGPORT",
        "USER": "PGUSER",
        "PASSWORD": "PGPASSWORD",
        "NAME": "PGDATABASE",
    }
    given = {there: str(settings[here]) for here, there in named.items() if settings.get(here)}
    options = settings.get("OPTIONS", {})
    ssl = {f"PG{name.upper()}": str(options[name]) for name in ("sslmode", "sslrootcert") if name in options}
    return os.environ | given | ssl
