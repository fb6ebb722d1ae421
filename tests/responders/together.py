"""Real transactions at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Given = TypeVar("Given")
Answer = TypeVar("Answer")


def together(act: Callable[[Given], Answer], everyone: Sequence[Given]) -> list[Answer]:
    """Let everyone act in a thread and a connection of their own, all starting at once."""
    barrier = threading.Barrier(len(everyone))

    def one(given: Given) -> Answer:
        barrier.wait()
        try:
            return act(given)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(everyone)) as pool:
        return list(pool.map(one, everyone))
