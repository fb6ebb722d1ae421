"""What a task of Airflow calls: Django is set up once in its process, then one piece of work is done."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import django
import structlog
from django.apps import apps
from django.utils import timezone

logger = structlog.get_logger(__name__)
MOST_AT_A_TIME = 500
"""Sources of one look: Airflow refuses to make a thousand tasks of one."""


def ready() -> None:
    """Set Django up where this process has not done it; opens no connection and loads no model.

    From then on a source's secrets may also stand in a connection of Airflow.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if not apps.ready:
        django.setup()
    from config.airflow_connections import secrets_in_connection
    from listeners.login.accounts import ask_too

    ask_too(secrets_in_connection)


def _ready_to_work() -> None:
    """Set Django up; raises CommandError where a restore left old and new mixed."""
    ready()
    from config.backup.restore import refuse_if_unfinished

    refuse_if_unfinished()


def work_off(name: str, *, seconds: float) -> int:
    """Run a stage until nothing waits or so many seconds are over; returns how many items it handled.

    Raises KeyError for a name that no stage has, and what the stage raises.
    """
    _ready_to_work()
    from config import pipeline

    (stage,) = pipeline.named([name])
    count = pipeline.work_off(stage, seconds=seconds)
    logger.info("stage_done", stage=name, handled=count)
    return count


def due_sources(network: str = "", *, but: Collection[str] = ()) -> list[int]:
    """Return the ids of a network's sources that are to be asked now, or of all networks but some.

    The next look finds those beyond `MOST_AT_A_TIME`, for what is asked is due no more.
    """
    ready()
    from listeners.listen import due

    found = due(now=timezone.now())
    wanted = [network] if network else [name for name in found if name not in but]
    return [source_id for name in wanted for source_id in found.get(name, ())][:MOST_AT_A_TIME]


def listen_to(source_id: int, *, seconds: float) -> int:
    """Fetch what waits of one source, for so many seconds at most; returns how much is new or changed.

    Raises as `listeners.listen.listen_to`.
    """
    _ready_to_work()
    from listeners.listen import listen_to

    count, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        heard = listen_to(source_id, now=timezone.now())
        if heard is None:
            break
        count += heard.new + heard.updated
    logger.info("source_heard", source=source_id, new_or_changed=count)
    return count


def to_backfill(source: str, *, first: str, last: str) -> list[int]:
    """Return the id of the source of that slug; for "", of all that have a gap within these days.

    Days are UTC's, as `2026-11-24`, the last one included. Raises InputError for a name that no source has,
    ValueError for what is no day.
    """
    ready()
    from listeners import backfill

    since, until = _days(first, last)
    return [backfill.source_named(source)] if source else backfill.to_fill(since=since, until=until)


def backfill(source_id: int, *, first: str, last: str) -> int:
    """Store what a source still shows of these days; returns how many mentions are new."""
    _ready_to_work()
    from listeners import backfill

    since, until = _days(first, last)
    return backfill.backfill(source_id, since=since, until=until, now=timezone.now())


def _days(first: str, last: str) -> tuple[datetime, datetime]:
    since, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last))
    if end < since:
        raise ValueError(f"The last day, {last}, is before the first, {first}.")
    return since, end + timedelta(days=1)


def corrections() -> int:
    """Return how many corrected posts there are to learn from."""
    ready()
    from sentiment.corrected import to_learn_from

    return len(to_learn_from())


def train() -> None:
    """Train a challenger that has seen the corrections.

    Raises CommandError, which says so, where torch or the training data are absent.
    """
    _command("train", "--with-corrections")


def compare() -> None:
    """Compare the challenger with the model in service; raises CommandError, with the reason, if it loses."""
    ready()
    from config.environment import environment

    _command("promote", str(environment().var / "challenger"), "--dry-run")


def _command(name: str, *arguments: str) -> None:
    """Run a `kulanz` command and write what it says to the log."""
    ready()
    from django.core.management import call_command

    said = io.StringIO()
    try:
        call_command(name, *arguments, stdout=said)
    finally:
        for line in filter(None, said.getvalue().splitlines()):
            logger.info("command_says", command=name, line=line)


def look(part: str) -> None:
    """Look at one part of the installation, as `kulanz check` does; raises Ill where it is not well."""
    ready()
    from config import looking

    looking.look(part)


def look_at_source(slug: str) -> None:
    """Ask a source's network whether its account works; raises Ill where it does not."""
    ready()
    from config import looking

    looking.look_at_source(slug)


def sources_to_look_at() -> list[str]:
    """Return the slugs of the sources that are listened to."""
    ready()
    from listeners.models import Source

    listened_to = Source.objects.exclude(state=Source.State.PAUSED)
    return list(listened_to.order_by("slug").values_list("slug", flat=True))


def passes_by_itself(fault: BaseException) -> bool:
    """Tell whether the same work may succeed later, without a person doing anything."""
    ready()
    from config import failures

    return failures.passes_by_itself(fault)


def pause(fault: BaseException) -> timedelta | None:
    """Return for how long a network wants to be left alone; None where it says nothing."""
    ready()
    from config import failures

    return failures.pause(fault, now=timezone.now())


def tell_failure(work: str, fault: BaseException | None) -> None:
    """Tell people that a piece of work failed for good."""
    ready()
    from config import failures

    logger.info("failure_told", work=work, all_took_it=failures.tell_failure(work, fault))


def tell_delay(work: str, *, minutes: int) -> None:
    """Tell people that a run takes longer than it should."""
    ready()
    from config import failures

    logger.info(
        "delay_told", work=work, all_took_it=failures.tell_delay(work, minutes=minutes, now=timezone.now())
    )
