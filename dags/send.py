"""Delivers replies."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.house import made, stage


@dag(
    **made("send", ends_within=timedelta(minutes=5), tags=("chain",)),
    schedule=timedelta(seconds=10),
)
def send() -> None:
    """Gives the replies in the outbox to their networks, each at most once.

    **Clearing or retrying never sends twice**: a reply whose fate is unknown is looked for on the network,
    and where nobody can tell, a person decides in the console. Replies wait while a network has no call left.
    """
    stage("send")


send()
