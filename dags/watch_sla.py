"""Watches deadlines of cases."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.house import made, stage


@dag(
    **made("watch_sla", ends_within=timedelta(minutes=5), tags=("watch",)),
    schedule=timedelta(minutes=1),
)
def watch_sla() -> None:
    """Brings back cases whose snooze is over; then tells people which are due soon or late, once each.

    How soon is `warn_minutes` in the brand file. Messages go to the addresses in `KULANZ_ALARM_URLS`.
    """
    stage("wake") >> stage("watch_sla", trigger_rule="none_failed")


watch_sla()
