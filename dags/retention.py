"""Drops old indices."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.house import made, stage


@dag(**made("retention", ends_within=timedelta(minutes=5), tags=("duty",)), schedule="30 4 * * *")
def retention() -> None:
    """Drops the months of Elasticsearch that are older than is kept. The database keeps its mentions."""
    stage("retention")


retention()
