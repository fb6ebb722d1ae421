"""A write begins soon after its call did, or not at all: later, others take its absence for a proof."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from listeners.exceptions import Unavailable

_ENDS: ContextVar[float | None] = ContextVar("ends", default=None)


@contextmanager
def within(limit: timedelta) -> Iterator[None]:
    """Let writes begin in this thread for so long only."""
    token = _ENDS.set(time.monotonic() + limit.total_seconds())
    try:
        yield
    finally:
        _ENDS.reset(token)


def refuse_late(label: str) -> None:
    """Raise Unavailable where it is too late to begin a write: nothing was sent."""
    ends = _ENDS.get()
    if ends is not None and time.monotonic() >= ends:
        raise Unavailable(f"{label}: getting ready took too long; nothing was sent.")
