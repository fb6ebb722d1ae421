"""Finds what posts are about."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.assets import FACTS, TOPICS
from dags.house import made, stage, swept


@dag(**made("topics", ends_within=timedelta(minutes=30), tags=("marketing",)), schedule=swept(120, FACTS))
def topics() -> None:
    """Places facts among the topics of their brand, draws the map of topics anew where it is due.

    Starts when facts were written, and every 2 minutes anyway.
    """
    stage("topics", outlets=[TOPICS])


topics()
