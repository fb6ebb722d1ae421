"""Where a local Airflow keeps its own tables: beside ours, never among them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


def database_of_airflow(home: Path, ours: str) -> str:
    """Return the address of Airflow's database for the address of ours, as SQLAlchemy reads it.

    On PostgreSQL it is `<name>_airflow` on the same server, made if it is not there; else a file in `home`.
    """
    parts = urlsplit(ours)
    if not parts.scheme.startswith("postgres"):
        return _patient(home / "airflow.db")
    name = f"{parts.path.strip('/')}_airflow"
    with psycopg.connect(ours, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return parts._replace(scheme="postgresql+psycopg2", path=f"/{name}").geturl()


def _patient(file: Path) -> str:
    """Return the address of a file in which the components wait for each other instead of failing."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    return f"sqlite:///{file}?timeout=60"
