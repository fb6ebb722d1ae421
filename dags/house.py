"""What all DAGs have in common: how they are made, and the task that works off a stage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import AssetOrTimeSchedule, DeltaTriggerTimetable, task
from airflow.sdk.definitions.asset import BaseAsset
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.exceptions import AirflowSkipException

from dags.faults import Faults
from dags.telling import failed, late

TRIES_AGAIN = {
    "retries": 3,
    "retry_delay": timedelta(seconds=5),
    "retry_exponential_backoff": 3.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": Faults(),
}


def made(name: str, *, ends_within: timedelta, tags: tuple[str, ...] = (), **options: Any) -> dict[str, Any]:
    """Return the options of a DAG: one run at a time, nothing made up for, told when it fails or is late."""
    minutes = int(ends_within.total_seconds() / 60)
    return {
        "dag_id": name,
        "start_date": datetime(2026, 1, 1, tzinfo=UTC),
        "catchup": False,
        "max_active_runs": 1,
        "tags": ["kulanz", *tags],
        "default_args": {**TRIES_AGAIN, "on_failure_callback": failed, "execution_timeout": ends_within},
        "deadline": DeadlineAlert(
            reference=DeadlineReference.DAGRUN_QUEUED_AT,
            interval=ends_within,
            callback=SyncCallback(late, kwargs={"dag": name, "minutes": minutes}),
        ),
        **options,
    }


def swept(seconds: int, *assets: BaseAsset) -> AssetOrTimeSchedule:
    """Start when one of the assets changed, and now and then anyway, since events can be stranded."""
    timetable = DeltaTriggerTimetable(timedelta(seconds=seconds))
    condition = assets[0]
    for asset in assets[1:]:
        condition = condition | asset
    return AssetOrTimeSchedule(timetable=timetable, assets=condition)


def stage(name: str, *, seconds: float = 50, **options: Any) -> Any:
    """Make the task that runs a stage until nothing waits; it is skipped where nothing waited at all."""

    @task(task_id=name, **options)
    def work() -> int:
        from config.worker import work_off

        return found(work_off(name, seconds=seconds))

    return work()


def found(count: int) -> int:
    """Return the count; a task that found nothing to do is skipped, so that nobody after it is woken."""
    if not count:
        raise AirflowSkipException("Nothing waited.")
    return count
