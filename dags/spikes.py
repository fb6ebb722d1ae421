"""Raises incidents."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.house import made, stage


@dag(**made("spikes", ends_within=timedelta(minutes=5), tags=("watch",)), schedule=timedelta(minutes=1))
def spikes() -> None:
    """Looks whether negative or urgent posts rise faster than they should; if so, opens an incident.

    People are told once. What is usual, and when it is over, stands on the page *Incidents*.
    """
    stage("spikes")


spikes()
