"""Keeps the copy in Elasticsearch."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.assets import CASES, FACTS, TOPICS
from dags.house import made, stage, swept


@dag(
    **made("copy", ends_within=timedelta(minutes=30), tags=("marketing",)),
    schedule=swept(60, CASES, FACTS, TOPICS),
)
def copy_to_elasticsearch() -> None:
    """Writes what changed to Elasticsearch, masked; without `KULANZ_ELASTIC_URL` it has nothing to do.

    Starts when cases, facts or topics changed, and every minute anyway. While Elasticsearch is down the
    changes wait in the database; it catches up by itself.
    """
    stage("copy")


copy_to_elasticsearch()
