"""What stands at the end of an archive: of which Kulanz it is, and what makes sure that it is whole."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from pydantic import BaseModel, ConfigDict

from config import __version__

FORMAT = 1
NAME = "manifest.json"

Vendor = Literal["sqlite", "postgresql"]


class Part(BaseModel):
    """One folder of the archive; `sha256` is over names, sizes, modes and contents, in their order."""

    model_config = ConfigDict(frozen=True)

    files: int
    size: int
    sha256: str


class Manifest(BaseModel):
    """All that restoring needs to know beforehand."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    kulanz: str = __version__
    made_at: datetime
    database: Vendor
    migrations: list[str]
    """As "room.0001_initial", those that had been run."""
    photos_elsewhere: bool
    """Whether photos are kept in a bucket, and so are not in here."""
    parts: dict[str, Part]


def applied() -> list[str]:
    """Return the migrations that this database has had."""
    loader = MigrationLoader(connection)
    return sorted(".".join(key) for key in loader.applied_migrations)


def known() -> set[str]:
    """Return the migrations that this program has."""
    return {".".join(key) for key in MigrationLoader(None).disk_migrations}
