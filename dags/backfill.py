"""Reads sources again, for what was missed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import Param, dag, task

from dags.assets import POSTS
from dags.house import found, made

PARAMS = {
    "source": Param("", type="string", description="Slug of one source; empty: all that have a gap"),
    "first": Param(None, type=["null", "string"], format="date", description="First day, UTC"),
    "last": Param(None, type=["null", "string"], format="date", description="Last day, UTC"),
}


def days(params: Any, at: datetime) -> dict[str, str]:
    """Return the first and the last day to read: as given, else the day of the run and the one before."""
    first = params["first"] or (at - timedelta(days=1)).date().isoformat()
    return {"first": first, "last": params["last"] or at.date().isoformat()}


def day_of(dag_run: Any) -> datetime:
    """Return the day that a run is for; a run by hand is for now."""
    day: datetime = dag_run.logical_date or dag_run.run_after
    return day


@dag(
    **made("backfill", ends_within=timedelta(hours=6), tags=("duty",), params=PARAMS),
    schedule="0 3 * * *",
)
def backfill() -> None:
    """Fills what was missed while a source was not listened to.

    Each day it reads the sources that have a gap on that day or the day before again, from their beginning,
    and stores what is new as history: nothing automatic answers it. Cursors stay where they are. By hand:
    *Trigger* with a source's slug and days, or *Backfill* for a range of days. Twice is no harm. It uses the
    network's calls; where none is left it waits and tries again.
    """

    @task
    def sources(params: Any = None, dag_run: Any = None) -> list[int]:
        from config.worker import to_backfill

        return to_backfill(params["source"], **days(params, day_of(dag_run)))

    @task(
        outlets=[POSTS],
        max_active_tis_per_dag=2,
        map_index_template="source {{ task.op_kwargs['source_id'] }}",
    )
    def read_again(source_id: int, params: Any = None, dag_run: Any = None) -> int:
        from config.worker import backfill

        return found(backfill(source_id, **days(params, day_of(dag_run))))

    read_again.expand(source_id=sources())


backfill()
