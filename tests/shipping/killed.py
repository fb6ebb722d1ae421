"""Runs something in a process that kills itself before one of its steps."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable

from django.db import connection, connections

STEPS = {"os.rename", "subprocess.Popen"}
"""Audit events of Python that put something in its place, or start a program that does."""


def leave_the_database() -> None:
    """Close all connections, so that a child process shares none."""
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]


def killed_before(step: int, act: Callable[[], object]) -> bool:
    """Run `act` in a process that is killed before so many steps are done; returns whether it was killed."""
    leave_the_database()
    child = os.fork()
    if not child:
        _live(step, act)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), "it failed; see its standard error"
    return code != 0


def _live(step: int, act: Callable[[], object]) -> None:
    passed = 0

    def hook(event: str, arguments: object) -> None:
        nonlocal passed
        if event in STEPS:
            passed += 1
            if passed == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    try:
        act()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
