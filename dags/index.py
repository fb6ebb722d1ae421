"""Keeps the numbers behind the charts."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.assets import CASES, FACTS
from dags.house import made, stage, swept


@dag(**made("index", ends_within=timedelta(minutes=10), tags=("marketing",)), schedule=swept(60, CASES))
def index() -> None:
    """Writes the facts behind the charts, one for each routed mention.

    Starts when cases changed, and every minute anyway.
    """
    stage("index", outlets=[FACTS])


index()
