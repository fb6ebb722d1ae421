"""Tells people what failed or takes too long, at the addresses in `KULANZ_ALARM_URLS`."""

from __future__ import annotations

from typing import Any


def failed(context: Any) -> None:
    """Tell that a task failed for good, unless it did so the last time, too: then it was told."""
    from config.worker import tell_failure

    task, fault = context["ti"], context.get("exception")
    before = task.get_previous_ti(logical_date=context["dag_run"].run_after)
    if before is None or before.state != "failed":
        tell_failure(f"{task.dag_id}.{task.task_id}", fault)


def late(dag: str, minutes: int, **context: Any) -> None:
    """Tell that a run has not ended in the time that it is given."""
    from config.worker import tell_delay

    tell_delay(dag, minutes=minutes)
