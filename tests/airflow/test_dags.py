"""What the DAGs are, without running them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from listeners.exceptions import AuthFault, RateLimited, Unavailable
from tests.airflow.conftest import DAGS

HEAVY = ("django", "torch", "transformers", "onnxruntime", "numpy", "sklearn", "elasticsearch", "apprise")
ROOMS = ("listeners", "sentiment", "responders", "trends")
READ = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
before = set(sys.modules)
faults = DagBag(dag_folder=sys.argv[1]).import_errors
print(json.dumps({"faults": faults, "all": list(sys.modules), "new": list(set(sys.modules) - before)}))
"""
NEVER_ENDS = {"stream"}
"""Stages that are processes of their own beside Airflow."""


def test_reading_the_dags_imports_no_room_no_model_and_no_django(airflow_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ, str(DAGS)],
        capture_output=True, text=True, check=True, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    read = json.loads(done.stdout.splitlines()[-1])
    assert read["faults"] == {}
    packages = {name.partition(".")[0] for name in read["all"]}
    assert packages.isdisjoint({*HEAVY, *ROOMS})
    assert len(read["new"]) < 100, "parsing got slower"


def test_every_stage_of_the_pipeline_is_the_task_of_a_dag(dags: dict[str, Any]) -> None:
    from config.pipeline import stages

    tasks = {task_id for one in dags.values() for task_id in one.task_dict}
    assert {stage.name for stage in stages()} - NEVER_ENDS - {"listen"} <= tasks
    assert {"listen", "listen_demo_x"} <= dags.keys()


def test_every_dag_says_what_it_does_and_tells_when_it_fails_or_is_late(dags: dict[str, Any]) -> None:
    for one in dags.values():
        assert len(one.doc_md) > 80 and "kulanz" in one.tags, one.dag_id
        assert one.deadline and not one.catchup, one.dag_id
        for task in one.task_dict.values():
            assert task.execution_timeout and task.retry_policy, task
            assert task.on_failure_callback or task.task_id == "fetch", task


def test_a_task_is_tried_again_when_the_network_wants_it_and_not_at_all_where_a_person_has_to_act(
    dags: dict[str, Any],
) -> None:
    policy = dags["backfill"].task_dict["read_again"].retry_policy
    later = RateLimited("later", retry_at=timezone.now() + timedelta(minutes=15))
    assert timedelta(minutes=14) < policy.evaluate(later, 1, 3).retry_delay <= timedelta(minutes=15)
    assert policy.evaluate(Unavailable("down"), 1, 3).retry_delay is None
    actions = [policy.evaluate(fault, 1, 3).action.value for fault in (later, AuthFault("dead"))]
    assert actions == ["retry", "fail"]


def test_a_network_with_a_pool_has_a_dag_of_its_own(dags: dict[str, Any]) -> None:
    assert dags["listen_demo_x"].task_dict["fetch"].pool == "kulanz_demo_x"
    assert dags["listen"].task_dict["fetch"].pool == "default_pool"
