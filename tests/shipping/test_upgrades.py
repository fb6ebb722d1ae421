"""Migrations since the last release keep the console of that release working while they run and after."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import models
from django.db.migrations import operations as op
from django.db.migrations.loader import MigrationLoader

from tests.shipping.files import ROOT

RELEASED = Path(__file__).with_name("released.txt")
TAKEN = (op.RemoveField, op.DeleteModel, op.RenameField, op.RenameModel, op.AlterModelTable)
OURS = ("listeners", "responders", "sentiment", "trends")


def hinders(operation: op.base.Operation) -> str:
    """Say why the code of the last release would stumble over an operation, "" where it would not."""
    if isinstance(operation, TAKEN):
        return f"{operation.describe()}: the old code uses it; stop using it first, take it a release later"
    if isinstance(operation, op.AddField):
        field: Any = operation.field
        is_column = field.get_internal_type() != "ManyToManyField"
        if is_column and not (field.null or field.has_db_default()):
            return f"{operation.describe()}: the old code writes rows without it; give it null or db_default"
    return ""


def released() -> set[str]:
    """Return the migrations of the last release; all count as its own until there was one."""
    every = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    return set(RELEASED.read_text().split()) if RELEASED.exists() else every


def new_ones() -> Iterator[tuple[str, op.base.Operation]]:
    loader, old = MigrationLoader(None), released()
    for (app, name), migration in loader.disk_migrations.items():
        if app in OURS and f"{app}.{name}" not in old:
            for operation in migration.operations:
                yield f"{app}.{name}", operation


def test_no_migration_since_the_release_takes_away_what_its_code_uses() -> None:
    found = [f"{name}: {why}" for name, operation in new_ones() if (why := hinders(operation))]
    assert not found, "\n".join(found)


def test_every_released_migration_is_still_there() -> None:
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    assert released() <= known


def test_a_release_names_its_migrations() -> None:
    headings = re.findall(r"^## .*", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    was_released = any("(unreleased)" not in heading for heading in headings)
    assert RELEASED.exists() == was_released, "run: python -m tests.shipping.released"


@pytest.mark.parametrize(
    ("operation", "is_refused"),
    [
        (op.RemoveField("case", "level"), True),
        (op.DeleteModel("case"), True),
        (op.RenameField("case", "level", "urgency"), True),
        (op.AddField("case", "colour", models.CharField(max_length=9)), True),
        (op.AddField("case", "colour", models.CharField(max_length=9, default="")), True),
        (op.AddField("case", "colour", models.CharField(max_length=9, db_default="")), False),
        (op.AddField("case", "colour", models.CharField(max_length=9, null=True)), False),
        (op.AddIndex("case", models.Index(fields=["id"], name="i")), False),
        (op.CreateModel("colour", []), False),
    ],
)
def test_what_the_old_code_would_stumble_over_is_known(
    operation: op.base.Operation, is_refused: bool
) -> None:
    assert bool(hinders(operation)) is is_refused
