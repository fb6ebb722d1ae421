"""How the log shows what happens: for people or for programs, and never with what variables hold.

Those are tokens and people's words.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import Processor

from config.environment import environment

_TIME = structlog.processors.TimeStamper(fmt="iso", utc=True)
_MARKS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    _TIME,
]


def configure() -> None:
    """Write tracebacks as Python does; where rich is installed, structlog would add all local variables."""
    if environment().log == "json":
        structlog.configure(processors=[*_MARKS, *_json()])
        return
    *steps, _ = structlog.get_config()["processors"]
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*steps, renderer])


def json_formatter() -> logging.Formatter:
    """Write what libraries log as our own lines are written."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_MARKS, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_json()],
    )


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
