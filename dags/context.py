"""Fetches what agents see beside a post."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.assets import CASES
from dags.house import made, stage, swept


@dag(**made("context", ends_within=timedelta(minutes=10), tags=("chain",)), schedule=swept(60, CASES))
def context() -> None:
    """Fetches photos, and the posts that mentions of open cases answer and quote.

    Starts when cases changed, and every minute anyway. Agents can work without it.
    """
    stage("photos")
    stage("context")


context()
