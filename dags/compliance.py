"""Honours deletions and edits."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.house import made, stage


@dag(
    **made("compliance", ends_within=timedelta(minutes=30), tags=("duty",)),
    schedule=timedelta(minutes=5),
)
def compliance() -> None:
    """Reads stored posts again, so that what was deleted or changed on a network is so here.

    Oldest first, as much as the networks allow; on X within a day, elsewhere within a week.
    """
    stage("recheck", seconds=240)


compliance()
