"""Sets Django up in the process that Airflow's tasks are forked from, so that they begin at once.

Airflow imports this in each of its processes (entry point `airflow.policy`); those that fork tasks need it.
No connection is opened and no model is loaded here: a child must not share them.
"""

from __future__ import annotations

import sys


def forks_tasks(command: list[str]) -> bool:
    """Tell whether this command line is one of the scheduler or of a Celery worker."""
    return command[1:2] == ["scheduler"] or command[1:3] == ["celery", "worker"]


if forks_tasks(sys.argv):
    from config.worker import ready

    ready()
    import config.pipeline  # noqa: F401
