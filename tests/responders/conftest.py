"""Parts that the tests of this room share."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest
from django.db import connection


@pytest.fixture
def unguarded(db: None) -> Iterator[None]:
    """Take the audit table's guard away, as somebody with the database's password could."""
    guard = importlib.import_module("responders.migrations.0002_append_only_audit")
    with connection.cursor() as cursor:
        for statement in guard.DROP[connection.vendor]:
            cursor.execute(statement)
    yield
