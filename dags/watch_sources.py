"""Raises alarms about sources."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.house import made, stage


@dag(
    **made("watch_sources", ends_within=timedelta(minutes=5), tags=("watch",)),
    schedule=timedelta(minutes=1),
)
def watch_sources() -> None:
    """Tells people, once, what is wrong with a source, and when it is over.

    A refused log-in, a source that is not listened to or too silent, dead letters.
    """
    stage("alarm")


watch_sources()
