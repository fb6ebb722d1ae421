"""Parts that tests of all rooms share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday, 11:00 in Berlin."""


@pytest.fixture
def now() -> datetime:
    """The time at which a test begins: a Tuesday, 11:00 in Berlin."""
    return NOW


@pytest.fixture
def on_postgresql(pytestconfig: pytest.Config) -> bool:
    """Whether this run uses PostgreSQL."""
    return bool(pytestconfig.getoption("--database") == "postgresql")
