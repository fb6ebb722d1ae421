"""Learns from what people corrected."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task

from dags.house import found, made


@dag(**made("learn", ends_within=timedelta(days=2), tags=("model",)), schedule="0 2 * * sun")
def learn() -> None:
    """Trains a challenger on the corrections, and compares it with the model in service; promotes nothing.

    `train` needs `kulanz[train]` and the folder of the training data, and says so where they are absent.
    `compare` fails with the reason where the challenger is refused. Where it is green a person may promote
    it: `kulanz promote var/challenger`. **Skipped**: nobody has corrected anything.
    """

    @task
    def corrections() -> int:
        from config.worker import corrections

        return found(corrections())

    @task
    def train() -> None:
        from config.worker import train

        train()

    @task
    def compare() -> None:
        from config.worker import compare

        compare()

    corrections() >> train() >> compare()


learn()
