"""Sends the weekly digest."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.house import made, stage


@dag(**made("digest", ends_within=timedelta(minutes=5), tags=("marketing",)), schedule=timedelta(minutes=15))
def digest() -> None:
    """Sends each brand's digest of the week when its hour has come, once; looks every 15 minutes."""
    stage("digest")


digest()
