from __future__ import annotations

import shutil
import stat
import tracemalloc
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.backup import archive as archives
from config.backup.exceptions import DamagedArchive, DatabaseFault, Refused
from config.backup.latest import latest
from config.backup.make import backup
from config.backup.manifest import Manifest
from config.backup.restore import restore, unfinished
from config.worker import listen_to, work_off
from listeners.models import Mention
from responders.audit import inspect, record
from tests.factories import make_mention
from tests.needs import need_postgresql
from tests.shipping.killed import killed_before

MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _programs(on_postgresql: bool) -> None:
    if on_postgresql:
        need_postgresql()


def fill(var: Path, word: str, now: datetime) -> None:
    """Make everything that belongs into a backup say `word`."""
    Mention.objects.all().delete()
    make_mention(word, now=now)
    shutil.rmtree(var / "media", ignore_errors=True)
    for name in ("secrets/shop.json", "model/champion.json", f"media/ab/{word}.jpg", "secret_key"):
        path = var / name
        path.parent.mkdir(mode=0o700, exist_ok=True, parents=True)
        path.write_text(word)
        path.chmod(0o600)


def said(var: Path) -> set[str]:
    """Return the words that all parts say now."""
    files = ("secrets/shop.json", "model/champion.json", "secret_key")
    photos = [path.stem for path in (var / "media").rglob("*.jpg")]
    return {*Mention.objects.values_list("text", flat=True), *photos, *((var / f).read_text() for f in files)}


def test_a_backup_brings_back_all_that_cannot_be_made_again(var: Path, tmp_path: Path, now: datetime) -> None:
    fill(var, "before", now)
    for number in range(3):
        record("claimed", agent=None, case=None, now=now, number=number)
    archive = backup(tmp_path / "out", now=now)
    fill(var, "after", now)
    record("claimed", agent=None, case=None, now=now, number=3)
    done = restore(archive, replace=True, now=now)
    assert said(var) == {"before"}
    assert (inspect().entries, inspect().is_sound) == (3, True)
    assert stat.S_IMODE((var / "secrets" / "shop.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((var / "secrets").stat().st_mode) == 0o700
    assert (done.aside / "secrets" / "shop.json").read_text() == "after"
    assert not unfinished() and done.brands is None
    call_command("migrate", check_unapplied=True, verbosity=0)


def test_what_was_there_before_a_restore_can_be_had_back(var: Path, tmp_path: Path, now: datetime) -> None:
    fill(var, "first", now)
    first = backup(tmp_path / "out", now=now)
    fill(var, "second", now)
    second = backup(tmp_path / "out", now=now + timedelta(seconds=1))
    restore(first, replace=True, now=now)
    restore(second, replace=True, now=now + timedelta(seconds=1))
    assert said(var) == {"second"}
    again = backup(tmp_path / "out", now=now + timedelta(seconds=2))
    restore(again, replace=True, now=now + timedelta(seconds=2))
    assert said(var) == {"second"}


def test_an_archive_is_for_its_owner_and_known_to_the_health_page(
    var: Path, tmp_path: Path, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    assert latest() is None
    archive = backup(tmp_path / "out", now=now)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]
    made = latest()
    assert made and (made.name, made.at) == (archive.name, now)
    with pytest.raises(Refused, match="there already"):
        backup(tmp_path / "out", now=now)


def test_nothing_is_restored_over_something_unless_told(var: Path, tmp_path: Path, now: datetime) -> None:
    fill(var, "before", now)
    archive = backup(tmp_path / "out", now=now)
    fill(var, "after", now)
    with pytest.raises(CommandError, match=r"mentions.*--replace.*Nothing was changed"):
        call_command("restore", archive)
    assert said(var) == {"after"} and not list(var.glob("before-restore*"))


@pytest.mark.parametrize("harm", ["cut", "cut before the end", "one byte", "none of ours"])
def test_a_damaged_archive_is_refused_and_nothing_touched(
    var: Path, tmp_path: Path, now: datetime, harm: str
) -> None:
    fill(var, "before", now)
    archive = backup(tmp_path / "out", now=now)
    whole = archive.read_bytes()
    middle = len(whole) // 2
    harmed = {
        "cut": whole[:middle],
        "cut before the end": whole[:-300],
        "one byte": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "none of ours": b"PK\3\4 something else",
    }[harm]
    archive.write_bytes(harmed)
    fill(var, "after", now)
    with pytest.raises(DamagedArchive):
        restore(archive, replace=True, now=now)
    assert said(var) == {"after"} and not unfinished()


def test_an_archive_that_climbs_out_of_its_folder_is_refused(var: Path, tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("evil")
    with (tmp_path / "evil.tar.zst").open("wb") as file, archives.written(file) as writer:
        writer.add("media", "../../../evil", tmp_path / "evil")
    with pytest.raises(DamagedArchive, match="no backup of ours"):
        archives.read(tmp_path / "evil.tar.zst", into=tmp_path / "into")
    assert not (tmp_path / "into").exists()


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("format", 2, "newer"),
        ("migrations", ["listeners.9999_tomorrow"], "newer .*9999_tomorrow"),
        ("database", "another", "KULANZ_DATABASE_URL"),
    ],
)
def test_an_archive_of_a_newer_kulanz_or_another_database_is_refused(
    var: Path, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch,
    column: str, value: object, reason: str,
) -> None:  # fmt: skip
    if value == "another":
        value = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    genuine = Manifest.model_copy
    made = Manifest
    monkeypatch.setattr(
        "config.backup.manifest.Manifest", lambda **all: genuine(made(**all), update={column: value})
    )
    archive = backup(tmp_path / "out", now=now)
    monkeypatch.undo()
    with pytest.raises(Refused, match=reason):
        restore(archive, replace=True, now=now)


def test_a_database_that_cannot_be_filled_leaves_all_as_it_was(
    var: Path, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(var, "before", now)
    monkeypatch.setattr(
        "config.backup.make._add_database", lambda writer, folder: _add_nonsense(writer, folder)
    )
    archive = backup(tmp_path / "out", now=now)
    fill(var, "after", now)
    with pytest.raises(DatabaseFault):
        restore(archive, replace=True, now=now)
    assert said(var) == {"after"} and not unfinished()


def _add_nonsense(writer: archives.Writer, folder: Path) -> None:
    name = "kulanz.dump" if connection.vendor == "postgresql" else "kulanz.sqlite3"
    (folder / name).write_bytes(b"no database" * 1000)
    writer.add("database", name, folder / name)
    (folder / name).unlink()


def test_a_backup_killed_at_any_step_leaves_no_archive_that_is_not_whole(
    var: Path, tmp_path: Path, now: datetime
) -> None:
    fill(var, "before", now)
    step = 0
    while killed_before(step := step + 1, lambda: backup(tmp_path / "out", now=now)):
        for archive in (tmp_path / "out").glob("*.tar.zst"):
            archives.read(archive)
            archive.unlink()
    assert step >= 3
    archives.read(next((tmp_path / "out").glob("*.tar.zst")))
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_restore_killed_at_any_step_is_ended_by_the_same_command(
    var: Path, tmp_path: Path, now: datetime, on_postgresql: bool
) -> None:
    archives_of = {}
    for minute, word in enumerate(("old", "new")):
        fill(var, word, now)
        archives_of[word] = backup(tmp_path / "out", now=now + minute * MINUTE)
    here, wanted, step, finished_later = "new", "old", 0, 0
    stride = 3 if on_postgresql else 1
    while killed_before(
        step := step + stride, partial(restore, archives_of[wanted], replace=True, now=now + step * MINUTE)
    ):
        if not unfinished():
            assert said(var) == {here}
            continue
        finished_later += 1
        done = restore(archives_of[wanted], replace=True, now=now + timedelta(days=1))
        assert said(var) == {wanted} and not unfinished()
        assert (done.aside / "secrets" / "shop.json").read_text() == here
        here, wanted = wanted, here
    assert said(var) == {wanted}
    assert finished_later >= (3 if on_postgresql else 6)


def test_nothing_works_on_and_nothing_is_backed_up_while_a_restore_is_half_done(
    var: Path, tmp_path: Path, now: datetime
) -> None:
    (var / "restore-not-finished").write_text("before-restore-x")
    with pytest.raises(Refused, match="end it first"):
        backup(tmp_path / "out", now=now)
    assert list((tmp_path / "out").iterdir()) == []
    for work in (lambda: work_off("assess", seconds=1), lambda: listen_to(1, seconds=1)):
        with pytest.raises(CommandError, match="run the same kulanz restore again"):
            work()


def test_two_backups_into_one_folder_at_once_are_refused(var: Path, tmp_path: Path, now: datetime) -> None:
    from config.alone import alone_in

    (tmp_path / "out").mkdir()
    with alone_in(tmp_path / "out"), pytest.raises(Refused, match="Another backup"):
        backup(tmp_path / "out", now=now)


def test_many_photos_cost_no_memory(tmp_path: Path) -> None:
    photo = tmp_path / "photo"
    photo.write_bytes(b"\xff\xd8" * 200)

    def peak(count: int) -> int:
        tracemalloc.start()
        with (tmp_path / "many").open("wb") as file, archives.written(file) as writer:
            for number in range(count):
                writer.add("media", f"{number:08d}.jpg", photo)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(500) < peak(50) + 100_000
