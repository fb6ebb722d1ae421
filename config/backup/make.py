"""Makes a backup while everything goes on."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from config.alone import alone_in, sync
from config.backup import manifest
from config.backup.archive import Writer, written
from config.backup.databases import keeper
from config.backup.exceptions import Refused
from config.backup.folders import brands, folders
from config.backup.latest import note
from config.backup.restore import unfinished
from config.environment import environment

_HALF = ".kulanz-backup-"


def backup(folder: Path, *, now: datetime) -> Path:
    """Write an archive into `folder`; it gets its name when it is whole and on disk.

    Raises BackupFault, and OSError where the folder cannot be written.
    """
    target = folder / f"kulanz-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar.zst"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder), tempfile.TemporaryDirectory(dir=folder, prefix=_HALF) as name:
        if target.exists():
            raise Refused(f"{target} is there already.")
        if unfinished():
            raise Refused("A restore is at work or was cut off, so that old and new are mixed: end it first.")
        half = Path(name, target.name)
        _write(half, now)
        half.replace(target)
        sync(folder)
    note(target.name, at=now)
    return target


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others out of the folder, and clear what one that was killed left there."""
    try:
        with alone_in(folder, wait=False):
            for left in folder.glob(f"{_HALF}*"):
                shutil.rmtree(left, ignore_errors=True)
            yield
    except BlockingIOError:
        raise Refused(f"Another backup is being written into {folder}.") from None


def _write(half: Path, now: datetime) -> None:
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with written(file) as writer:
            _add_database(writer, half.parent)
            # After the copy: a migration that comes between makes the archive newer, never older, than it is.
            migrations = manifest.applied()
            # Also after it: a photo that the database knows is there by now.
            _add_files(writer)
            writer.finish(
                lambda parts: manifest.Manifest(
                    made_at=now,
                    database=connection.vendor,
                    migrations=migrations,
                    photos_elsewhere=bool(environment().media_url),
                    parts=parts,
                )
            )
        file.flush()
        os.fsync(file.fileno())


def _add_database(writer: Writer, folder: Path) -> None:
    keep = keeper()
    copy = folder / keep.name
    keep.dump(copy)
    writer.add("database", keep.name, copy)
    copy.unlink()


def _add_files(writer: Writer) -> None:
    for folder in (*folders(), brands()):
        for name, path in folder.files():
            writer.add(folder.part, name, path)
    key = environment().var / "secret_key"
    writer.add("key", key.name, key)
