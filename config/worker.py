"""What a task of Airflow calls: Django is set up once in its process, then one piece of work is done."""

from __future__ import annotations

import os
import time
from collections.abc import Collection

import django
import structlog
from django.apps import apps
from django.utils import timezone

logger = structlog.get_logger(__name__)


def ready() -> None:
    """Set Django up where this process has not done it; opens no connection and loads no model."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if not apps.ready:
        django.setup()


def work_off(name: str, *, seconds: float) -> int:
    """Run a stage until nothing waits or so many seconds are over; returns how many items it handled.

    Raises KeyError for a name that no stage has, and what the stage raises.
    """
    ready()
    from config import pipeline

    (stage,) = pipeline.named([name])
    count = pipeline.work_off(stage, seconds=seconds)
    logger.info("stage_done", stage=name, handled=count)
    return count


def due_sources(network: str = "", *, but: Collection[str] = ()) -> list[int]:
    """Return the ids of a network's sources that are to be asked now, or of all networks but some."""
    ready()
    from listeners.listen import due

    found = due(now=timezone.now())
    wanted = [network] if network else [name for name in found if name not in but]
    return [source_id for name in wanted for source_id in found.get(name, ())]


def listen_to(source_id: int, *, seconds: float) -> int:
    """Fetch what waits of one source, for so many seconds at most; returns how much is new or changed.

    Raises as `listeners.listen.listen_to`.
    """
    ready()
    from listeners.listen import listen_to

    count, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        heard = listen_to(source_id, now=timezone.now())
        if heard is None:
            break
        count += heard.new + heard.updated
    logger.info("source_heard", source=source_id, new_or_changed=count)
    return count


def passes_by_itself(fault: BaseException) -> bool:
    """Tell whether the same work may succeed later, without a person doing anything."""
    ready()
    from config import failures

    return failures.passes_by_itself(fault)


def tell_failure(work: str, fault: BaseException | None) -> None:
    """Tell people that a piece of work failed for good."""
    ready()
    from config import failures

    logger.info("failure_told", work=work, all_took_it=failures.tell_failure(work, fault))


def tell_delay(work: str, *, minutes: int) -> None:
    """Tell people that a run takes longer than it should."""
    ready()
    from config import failures

    logger.info("delay_told", work=work, all_took_it=failures.tell_delay(work, minutes=minutes))
