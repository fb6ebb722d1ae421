"""Worker processes that kill themselves where they are told.

Each line on standard input, `NOW PLACE:NUMBER STAGE…`, is worked on by a process of its own; its exit status
is the line that comes back. `before-commit:3` is the third commit, `after-commit:3` the moment after it,
`statement:40` the fortieth SQL statement, `before-post:1` and `after-post:1` the first call that posts a
reply, `before-request:1` and `after-request:1` the first one to Elasticsearch; `never:1` lives.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Any


def main() -> None:
    import django

    django.setup()
    import config.pipeline  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if not child:
            live(*line.split())
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def live(now: str, die: str, *stages: str) -> None:
    """Run stages until they find no work, or to the end that is set."""
    from config.pipeline import named, run_once

    try:
        arm(*die.split(":"))
        at = datetime.fromisoformat(now)
        run_once(named(stages), clock=lambda: at)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def arm(where: str, number: str) -> None:
    """Set the trap."""
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    from listeners.networks.demo.wire import Wire

    passed, lock = 0, threading.Lock()

    def step() -> None:
        nonlocal passed
        with lock:
            passed += 1
            if passed == int(number):
                os.kill(os.getpid(), signal.SIGKILL)

    places: dict[str, tuple[type, str, bool]] = {
        "before-commit": (BaseDatabaseWrapper, "commit", True),
        "after-commit": (BaseDatabaseWrapper, "commit", False),
        "statement": (CursorWrapper, "execute", True),
        "before-post": (Wire, "write", True),
        "after-post": (Wire, "write", False),
    }
    if where.endswith("-request"):
        from elastic_transport import Transport

        places[where] = (Transport, "perform_request", where.startswith("before"))
    if where in places:
        owner, name, is_before = places[where]
        setattr(owner, name, around(getattr(owner, name), step, is_before=is_before))


def around(act: Callable[..., Any], step: Callable[[], None], *, is_before: bool) -> Callable[..., Any]:
    """Return `act` with `step` before or after it."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if is_before:
            step()
        done = act(*args, **kwargs)
        if not is_before:
            step()
        return done

    return wrapped


if __name__ == "__main__":
    main()
