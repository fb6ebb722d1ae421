"""Secrets that Kulanz was told or got itself: one file a source, outside the database, for its owner only."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from config.environment import environment
from listeners.exceptions import InputError, Unavailable

LOCK_SECONDS = 5.0
"""How long a worker waits for another one that renews the same log-in."""
_TIMES = ("expires_at", "ends_at", "renewed_at", "renewing_since")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What is kept of one source; its secrets stay out of its `repr`.

    `expires_at` is when the token ends that can be renewed by itself, `ends_at` when a person must log in
    again; None where the vendor names no time. `renewing_since` is set from before a renewal is asked for
    until its answer is on disk.
    """

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    expires_at: datetime | None = None
    ends_at: datetime | None = None
    renewed_at: datetime | None = None
    renewing_since: datetime | None = None


class Kept:
    """A source's file while this process holds its lock."""

    def __init__(self, slug: str) -> None:
        self._slug = slug

    def read(self) -> Login:
        """Return what is on disk now."""
        return read(self._slug)

    def write(self, login: Login) -> None:
        """Put it on disk, whole or not at all; when this returns it is there."""
        _write(_path(self._slug), login)

    def add(self, secrets: Mapping[str, str]) -> None:
        """Put some secrets beside those that are there."""
        login = self.read()
        self.write(replace(login, secrets={**login.secrets, **secrets}))

    def forget(self) -> None:
        """Remove it."""
        _path(self._slug).unlink(missing_ok=True)


def read(slug: str) -> Login:
    """Return what is kept of a source, an empty log-in for nothing; raises InputError for a broken file."""
    path = _path(slug)
    try:
        kept = json.loads(path.read_text())
        times = {name: datetime.fromisoformat(kept[name]) for name in _TIMES if kept.get(name)}
        secrets = {str(name): str(value) for name, value in kept["secrets"].items()}
    except FileNotFoundError:
        return Login()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Neither the message nor the cause may show what stands there.
        raise InputError(f"{path.name} in {path.parent} cannot be read; give the secrets again.") from None
    return Login(secrets=secrets, **times)


@contextmanager
def locked(slug: str) -> Iterator[Kept]:
    """Hold a source's file against all other processes; raises Unavailable when another one keeps it."""
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    _folder().chmod(0o700)
    lock = FileLock(_folder() / f"{slug}.lock", mode=0o600)
    try:
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout as error:
        raise Unavailable(f"{slug}: another process is renewing this log-in.") from error
    try:
        yield Kept(slug)
    finally:
        lock.release()


def _folder() -> Path:
    return environment().var / "secrets"


def _path(slug: str) -> Path:
    return _folder() / f"{slug}.json"


def _write(path: Path, login: Login) -> None:
    times = {name: at.isoformat() for name in _TIMES if (at := getattr(login, name)) is not None}
    text = json.dumps({"secrets": dict(login.secrets), **times})
    # Whoever writes holds the lock, so that one name will do and what a crash leaves is written over.
    new = path.with_name(f".{path.stem}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Make the renaming last too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
