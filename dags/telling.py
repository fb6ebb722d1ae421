"""Tells people what failed or takes too long, at the addresses in `KULANZ_ALARM_URLS`."""

from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger(__name__)


def failed(context: Any) -> None:
    """Tell that a task failed for good, unless it did so the last time, too: then it was told."""
    from config.worker import tell_failure

    task = context["ti"]
    if not was_told(task, context["dag_run"]):
        tell_failure(f"{task.dag_id}.{task.task_id}", context.get("exception"))


def was_told(task: Any, dag_run: Any) -> bool:
    """Tell whether the same task failed in the run before; where Airflow does not say, it did not."""
    try:
        before = task.get_previous_ti(logical_date=dag_run.logical_date or dag_run.run_after)
    except Exception:
        logger.exception("The run before could not be asked for.")
        return False
    return before is not None and before.state == "failed"


def late(dag: str, minutes: int, **context: Any) -> None:
    """Tell that a run has not ended in the time that it is given; of one DAG only now and then."""
    from config.worker import tell_delay

    tell_delay(dag, minutes=minutes)
