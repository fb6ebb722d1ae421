"""Restores a backup: everything is unpacked and checked first, and only then takes the old one's place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import CommandError
from django.db import connection

from config.alone import alone_in, sync
from config.backup import manifest
from config.backup.archive import read
from config.backup.databases import Keeper, keeper
from config.backup.exceptions import BackupFault, Refused
from config.backup.folders import BRANDS, brands, folders
from config.environment import environment
from listeners.models import Mention, Source
from responders.models import Agent

_HALF = "restoring"
_KEY = "key/secret_key"
_SWAPPING = "restore-not-finished"
"""A file that stands while old and new may be mixed; it names the folder of what was there before."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and where the old things are."""

    manifest: manifest.Manifest
    aside: Path
    brands: Path | None
    """Where the archive's brand files are that could not be put in force or differ from those that are."""


def unfinished() -> bool:
    """Tell whether a restore was killed while it put things in place; the same command ends it."""
    return (environment().var / _SWAPPING).exists()


def refuse_if_unfinished() -> None:
    """Keep what works with the data from starting on old and new mixed; raises CommandError."""
    if unfinished():
        raise CommandError("A restore was cut off half-way: run the same kulanz restore again first.")


def restore(archive: Path, *, replace: bool, now: datetime) -> Restored:
    """Put the archive's content in force; with `replace` also over what is here, which is kept aside.

    Raises Refused or DamagedArchive before anything was touched, and DatabaseFault where the database could
    not be filled and all is as before. Killed, it leaves `unfinished` true, and the same call ends it.
    """
    var = environment().var
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(var):
        found = read(archive)
        _judge(found, replace=replace or unfinished())
        keep = keeper()
        keep.refuse_if_used()
        half = var / _HALF
        shutil.rmtree(half, ignore_errors=True)
        read(archive, into=half)
        aside = _swap(half, keep, now)
        left = _lay_brands(half)
        shutil.rmtree(half)
        (var / _SWAPPING).unlink()
        sync(var)
    return Restored(found, aside, left)


@contextmanager
def _alone(var: Path) -> Iterator[None]:
    try:
        with alone_in(var, wait=False):
            yield
    except BlockingIOError:
        raise Refused(f"Another restore is at work in {var}.") from None


def _judge(found: manifest.Manifest, *, replace: bool) -> None:
    if found.format > manifest.FORMAT or (newer := sorted(set(found.migrations) - manifest.known())):
        what = f" ({newer[0]} is unknown here)" if found.format <= manifest.FORMAT else ""
        raise Refused(f"It was made by Kulanz {found.kulanz}, which is newer{what}: install that one first.")
    if found.database != connection.vendor:
        raise Refused(
            f"It holds a {found.database} database, and this Kulanz uses {connection.vendor}: set"
            " KULANZ_DATABASE_URL to a database of that kind."
        )
    if mounted := [str(folder.place) for folder in folders() if folder.place.is_mount()]:
        raise Refused(f"{mounted[0]} is a mount of its own and cannot be exchanged: unmount it first.")
    if not replace and (held := _held()):
        raise Refused(f"There is something here already: {held}. With --replace it is kept aside.")


def _held() -> str:
    """Name what a restore would hide, "" for nothing; empty tables are nothing."""
    tables = set(connection.introspection.table_names())
    rows = [
        str(model._meta.verbose_name_plural)
        for model in (Agent, Source, Mention)
        if model._meta.db_table in tables and model.objects.exists()
    ]
    return ", ".join(rows + [str(folder.place) for folder in folders() if not folder.is_empty()])


def _swap(half: Path, keep: Keeper, now: datetime) -> Path:
    """Put database and folders in place; returns the folder of what was there before."""
    is_first = not unfinished()
    aside = _aside(now) if is_first else environment().var / _note().read_text(encoding="utf-8")
    try:
        keep.load(half / "database" / keep.name, aside=aside)
    except BackupFault:
        if is_first:
            _note().unlink()
            shutil.rmtree(aside)
        raise
    for folder in folders():
        _exchange(half / folder.part, folder.place, aside / folder.part)
    if (half / _KEY).exists():
        _exchange(half / _KEY, environment().var / "secret_key", aside / "secret_key")
    return aside


def _note() -> Path:
    path: Path = environment().var / _SWAPPING
    return path


def _aside(now: datetime) -> Path:
    aside = _note().with_name(f"before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    aside.mkdir(mode=0o700)
    half = _note().with_suffix(".half")
    half.write_text(aside.name, encoding="utf-8")
    half.replace(_note())
    sync(aside.parent)
    return aside


def _exchange(new: Path, place: Path, old: Path) -> None:
    """Move the old one aside and the new one in; what a try that was killed moved aside stays there."""
    if old.exists():
        _remove(place)
    elif place.exists():
        place.replace(old)
    else:
        old.mkdir()
    if new.exists():
        new.replace(place)


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def _lay_brands(half: Path) -> Path | None:
    """Add brand files that are missing; those that differ from yours are laid beside, and yours stay."""
    for path in sorted((half / BRANDS).glob("*.yaml")):
        place = brands().place / path.name
        if place.exists() and place.read_bytes() == path.read_bytes():
            path.unlink()
        elif not place.exists():
            with suppress(OSError):
                shutil.copy(path, place)
                path.unlink()
    left = environment().var / "restored-brands"
    _remove(left)
    if not any((half / BRANDS).glob("*.yaml")):
        return None
    (half / BRANDS).replace(left)
    return left
