"""Asks the model about new mentions."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from dags.assets import ASSESSMENTS, POSTS
from dags.house import made, stage, swept


@dag(**made("assess", ends_within=timedelta(minutes=5), tags=("chain",)), schedule=swept(60, POSTS))
def assess() -> None:
    """Judges mentions that have no assessment: sentiment, urgency, anger, intent, language.

    Starts when `listen` stored something, and every minute anyway. **Failed** with a model error: look at
    `preflight`. Mentions wait in the database meanwhile.
    """
    stage("assess", outlets=[ASSESSMENTS])


assess()
