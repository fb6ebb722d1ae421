"""Nothing sleeps for long inside a worker: whoever tries is caught, and does not sleep."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

LONGEST_S = 2.0


@contextmanager
def no_long_sleep() -> Iterator[None]:
    """Fail at the end when anything slept for longer than `LONGEST_S`, whatever became of the call."""
    real, caught = time.sleep, []

    def sleep(seconds: float) -> None:
        if seconds > LONGEST_S:
            caught.append(seconds)
        else:
            real(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", sleep)
        # Some libraries took the function out of its module when they were loaded.
        for module in list(sys.modules.values()):
            if vars(module).get("sleep") is real:
                patch.setattr(module, "sleep", sleep)
        yield
    assert caught == [], f"A client would have slept for {caught} s inside a worker."
