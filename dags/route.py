"""Puts mentions into cases."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.assets import ASSESSMENTS, CASES
from dags.house import made, stage, swept


@dag(**made("route", ends_within=timedelta(minutes=5), tags=("chain",)), schedule=swept(60, ASSESSMENTS))
def route() -> None:
    """Opens cases for assessed mentions, or adds to them; then hides what only repeats or comes from bots.

    Starts when the model has judged something, and every minute anyway.
    """
    stage("route", outlets=[CASES]) >> stage("sift", trigger_rule="none_failed")


route()
