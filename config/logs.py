"""How the log shows faults: never with what variables hold, since those are tokens and people's words."""

from __future__ import annotations

import sys

import structlog


def configure() -> None:
    """Write tracebacks as Python does; where rich is installed, structlog would add all local variables."""
    *steps, _ = structlog.get_config()["processors"]
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*steps, renderer])
