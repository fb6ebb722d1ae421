from __future__ import annotations

import multiprocessing
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings

from listeners.exceptions import InputError, Unavailable
from listeners.login import store
from listeners.login.accounts import secrets_of
from listeners.login.store import Login, locked, read

KILLED = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django; django.setup()
from listeners.login import store
step, real = sys.argv[1], os.fsync
def die(*_): os._exit(9)
if step == "before_fsync": os.fsync = die
if step == "before_rename": store.Path.replace = die
if step == "before_folder": store._sync = die
with store.locked("one") as kept:
    kept.write(store.Login(secrets={"token": "new"}))
"""


@pytest.fixture(autouse=True)
def folder() -> Iterator[Path]:
    folder: Path = settings.ENVIRONMENT.var / "secrets"
    yield folder
    for file in folder.glob("*"):
        file.unlink()


def keep(**secrets: str) -> None:
    with locked("one") as kept:
        kept.write(Login(secrets=secrets))


def test_what_is_kept_is_for_its_owner_only(folder: Path) -> None:
    keep(token="t")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_a_folder_that_others_could_read_is_closed(folder: Path) -> None:
    keep(token="t")
    folder.chmod(0o755)
    keep(token="u")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_times_and_secrets_come_back_as_they_were(now: datetime) -> None:
    login = Login(secrets={"token": "ü"}, expires_at=now, ends_at=now, renewed_at=now, renewing_since=now)
    with locked("one") as kept:
        kept.write(login)
    assert read("one") == login
    assert "ü" not in repr(login)


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(token="kept", app_secret="kept")
    monkeypatch.setenv("KULANZ_SECRET_ONE__TOKEN", "given")
    assert secrets_of("one") == {"token": "given", "app_secret": "kept"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"secrets": 3}', '{"secrets": {}, "ends_at": "soon"}', "\xff"]
)
def test_a_file_that_cannot_be_read_is_named_and_not_shown(folder: Path, text: str) -> None:
    keep(token="t")
    (folder / "one.json").write_text(text + " hush", encoding="latin-1")
    with pytest.raises(InputError, match=r"one\.json") as raised:
        read("one")
    assert "hush" not in str(raised.value) and raised.value.__cause__ is None


@pytest.mark.parametrize("step", ["before_fsync", "before_rename", "before_folder"])
def test_killed_at_any_step_the_old_or_the_new_secrets_stand_there_whole(step: str) -> None:
    keep(token="old")
    done = subprocess.run([sys.executable, "-c", KILLED, step], timeout=60, check=False)
    assert done.returncode == 9
    assert read("one").secrets["token"] == ("new" if step == "before_folder" else "old")
    keep(token="later")
    assert read("one").secrets == {"token": "later"}


def _hold(ready: object, go_on: object) -> None:
    with locked("one"):
        ready.set()  # type: ignore[attr-defined]
        go_on.wait(30)  # type: ignore[attr-defined]


def test_a_file_that_another_process_holds_is_not_waited_for_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store, "LOCK_SECONDS", 0.05)
    context = multiprocessing.get_context("fork")
    ready, go_on = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(ready, go_on))
    other.start()
    assert ready.wait(30)
    with pytest.raises(Unavailable, match="another process"), locked("one"):
        pass
    go_on.set()
    other.join(30)
    keep(token="t")
