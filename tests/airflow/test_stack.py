"""Airflow's four components on PostgreSQL, asked through its REST API like a person at its pages would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from pytest_httpserver import HTTPServer

from config import local_airflow
from config.airflow_database import database_of_airflow
from listeners.networks.demo import DemoServer, serve
from listeners.networks.demo.script import Author, Entry, Script
from tests.faults.world import COMPLAINT
from tests.listeners.test_alarms import Chat
from tests.needs import need_airflow, need_postgresql
from tests.servers.postgresql import free_port, postgresql

ROOT = Path(__file__).resolve().parents[2]
POSTS = 4
PREPARE = """
import sys, django
django.setup()
from django.core.management import call_command
from django.utils import timezone
from listeners.models import Source
call_command("migrate", verbosity=0)
now = timezone.now()
Source.objects.create(
    slug="demo-facebook", brand="zehnschritt", network="demo_facebook", query="@zehnschritt",
    settings={"base_url": sys.argv[1]}, next_fetch_at=now, created_at=now,
)
"""
TERMINAL = ("success", "failed")
TRIALS = """
import time
from datetime import timedelta
from airflow.sdk import dag, task
from dags.house import made

@dag(**made("slow", ends_within=timedelta(seconds=2)), schedule=None)
def slow():
    @task(execution_timeout=None)
    def sleep():
        time.sleep(20)
    sleep()

@dag(**made("faulty", ends_within=timedelta(minutes=5)), schedule=None)
def faulty():
    @task(retries=1, retry_delay=timedelta(seconds=1))
    def passing():
        from listeners.exceptions import Unavailable
        raise Unavailable("The network is down.")
    @task(trigger_rule="all_done")
    def lasting():
        from listeners.exceptions import AuthFault
        raise AuthFault("X refuses the keys. Make new ones.")
    passing() >> lasting()

slow(), faulty()
"""
"""DAGs for trying what ours have in common."""


@dataclass(frozen=True)
class Stack:
    """A running Airflow, its API as its administrator, and the database of Kulanz."""

    api: httpx.Client
    database: str
    chat: Chat

    def count(self, query: str) -> int:
        with psycopg.connect(self.database) as connection:
            row = connection.execute(query).fetchone()  # type: ignore[call-overload]
        return int(row[0]) if row else 0

    def switch_on(self, dag: str) -> None:
        """Switch a DAG on, as soon as it was read."""
        self.until(lambda: self.api.patch(f"/dags/{dag}", json={"is_paused": False}).status_code == 200)

    def trigger(self, dag: str, **conf: Any) -> dict[str, str]:
        """Run a DAG and wait for its end; returns the state of each task instance."""
        ran = self.api.post(
            f"/dags/{dag}/dagRuns", json={"logical_date": None, "conf": conf}
        ).raise_for_status()
        return self.end_of(dag, ran.json()["dag_run_id"])

    def end_of(self, dag: str, run_id: str) -> dict[str, str]:
        self.until(lambda: self.run(dag, run_id)["state"] in TERMINAL)
        found = self.api.get(f"/dags/{dag}/dagRuns/{run_id}/taskInstances").json()["task_instances"]
        return {f"{one['task_id']}.{one['map_index']}".removesuffix(".-1"): one["state"] for one in found}

    def run(self, dag: str, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/dags/{dag}/dagRuns/{run_id}").raise_for_status().json()
        return found

    def runs(self, dag: str) -> list[dict[str, Any]]:
        answer = self.api.get(f"/dags/{dag}/dagRuns", params={"limit": 50}).raise_for_status()
        found: list[dict[str, Any]] = answer.json()["dag_runs"]
        return found

    def ended(self, dag: str) -> list[dict[str, Any]]:
        return [run for run in self.runs(dag) if run["state"] in TERMINAL]

    def clear(self, dag: str, run_id: str) -> dict[str, str]:
        asked = {"dry_run": False, "dag_run_id": run_id, "only_failed": False, "reset_dag_runs": True}
        self.api.post(f"/dags/{dag}/clearTaskInstances", json=asked).raise_for_status()
        return self.end_of(dag, run_id)

    def until(self, holds: Callable[[], bool], *, seconds: float = 300) -> None:
        ends = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < ends, "it did not happen in time"
            time.sleep(0.25)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """A network on which some people complained a minute ago."""
    people = {f"kim{n}": Author(network="facebook", name=f"Kim {n}") for n in range(POSTS)}
    entries = {f"p{n}": Entry(by=f"kim{n}", at=-1, text=COMPLAINT.format(n)) for n in range(POSTS)}
    book = tmp_path_factory.mktemp("network") / "book.sqlite3"
    with serve(book, clock=lambda: datetime.now(UTC), speed=1, script=Script(people, entries)) as server:
        yield server


@pytest.fixture(scope="module")
def chat() -> Iterator[Chat]:
    """Where alarms are told."""
    with HTTPServer(host="localhost", port=0) as server:
        yield Chat(server, "/ops")


@pytest.fixture(scope="module")
def stack(network: DemoServer, chat: Chat, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The four components, with every DAG switched off."""
    need_airflow()
    need_postgresql()
    home = tmp_path_factory.mktemp("stack")
    (home / "var").mkdir()
    shutil.copytree(ROOT / "dags", home / "dags", ignore=shutil.ignore_patterns("__*"))
    (home / "dags" / "trials.py").write_text(TRIALS)
    with ExitStack() as rest:
        ours = rest.enter_context(postgresql())
        port = free_port()
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))
        }
        variables = {
            **clean,
            **local_airflow.environment(home, port=port, database=database_of_airflow(home, ours)),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
            "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"), "KULANZ_ALARM_URLS": chat.url,
            "KULANZ_VAR": str(home / "var"), "KULANZ_DATABASE_URL": ours, "KULANZ_POOLS": "",
        }  # fmt: skip
        login = {"username": "otto", "password": local_airflow.passwords(home)["otto"]}
        local_airflow.prepare(home, variables)
        subprocess.run([sys.executable, "-c", PREPARE, network.url], env=variables, cwd=ROOT, check=True)
        rest.enter_context(local_airflow.running(home, variables))
        address = f"http://127.0.0.1:{port}"
        token = httpx.post(f"{address}/auth/token", json=login, timeout=60).json()["access_token"]
        api = httpx.Client(
            base_url=f"{address}/api/v2", headers={"Authorization": f"Bearer {token}"}, timeout=60
        )
        yield Stack(rest.enter_context(api), ours, chat)


def test_a_post_becomes_a_case_once_however_often_its_runs_are_cleared_repeated_and_backfilled(
    stack: Stack,
) -> None:
    cases = "SELECT count(*) FROM responders_case"
    for dag in ("assess", "route", "listen"):
        stack.switch_on(dag)
    stack.until(lambda: stack.count(cases) == POSTS)
    for dag in ("listen", "assess", "route"):
        stack.until(lambda dag=dag: len(stack.ended(dag)) > 1)  # type: ignore[misc]
        for run in stack.ended(dag)[:2]:
            assert "failed" not in stack.clear(dag, run["dag_run_id"]).values()
    stack.switch_on("backfill")
    again = stack.trigger("backfill", source="demo-facebook", first="2020-01-01", last="2099-12-31")
    assert again["read_again.0"] == "skipped"
    days = {"from_date": "2026-11-20T00:00:00Z", "to_date": "2026-11-21T23:00:00Z", "max_active_runs": 2}
    asked = {"dag_id": "backfill", "reprocess_behavior": "completed", "run_backwards": False, **days}
    made = stack.api.post("/backfills", json=asked).raise_for_status().json()["id"]
    stack.until(lambda: stack.api.get(f"/backfills/{made}").json()["completed_at"] is not None)
    assert stack.count(cases) == stack.count("SELECT count(*) FROM listeners_mention") == POSTS
    assert stack.count("SELECT count(*) FROM sentiment_assessment") == POSTS
    assert stack.count("SELECT count(*) FROM responders_casemention") == POSTS


def test_only_what_passes_by_itself_is_tried_again_and_each_failure_is_told_once(stack: Stack) -> None:
    stack.switch_on("faulty")
    assert stack.trigger("faulty") == {"passing": "failed", "lasting": "failed"}
    (run,) = stack.runs("faulty")
    found = stack.api.get(f"/dags/faulty/dagRuns/{run['dag_run_id']}/taskInstances").json()["task_instances"]
    assert {one["task_id"]: one["try_number"] for one in found} == {"passing": 2, "lasting": 1}
    told = [message for message in stack.chat.told if "faulty" in message["title"]]
    assert [one["title"] for one in told] == [
        "Kulanz – faulty.passing failed",
        "Kulanz – faulty.lasting failed",
    ]
    assert "X refuses the keys. Make new ones." in told[1]["message"]


def test_a_run_that_takes_too_long_is_told(stack: Stack) -> None:
    stack.switch_on("slow")
    stack.trigger("slow")
    stack.until(lambda: "Kulanz – slow is late" in stack.chat.titles)
