"""The DAGs of the chain, run by Airflow in this process on posts of a demo network."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from listeners.models import Gap, Mention, Source
from listeners.networks.demo import DemoServer
from responders.models import Case
from tests.contract.fakes import Watch
from tests.faults.world import listen_to, open_network
from tests.listeners.test_alarms import Chat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[DemoServer]:
    """A network with three complaints, by the real clock."""
    with open_network(tmp_path / "book.sqlite3", Watch(datetime.now(UTC)), posts=3) as server:
        yield server


def run(dag: Any, **options: Any) -> dict[str, str]:
    """Run a DAG once; returns the state of each task instance."""
    # Airflow 3.3 cannot test a DAG with a deadline twice in one process.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dag, "deadline", [])
        ran = dag.test(**options)
    ended = ran.get_task_instances()
    return {f"{one.task_id}.{one.map_index}".removesuffix(".-1"): str(one.state) for one in ended}


def test_posts_become_cases_through_the_dags_and_a_second_run_changes_nothing(
    dags: dict[str, Any], network: DemoServer
) -> None:
    listen_to(network, now=datetime.now(UTC))
    assert run(dags["listen"]) == {"due": "success", "fetch.0": "success"}
    assert run(dags["assess"]) == {"assess": "success"}
    assert run(dags["route"]) == {"route": "success", "sift": "success"}
    assert run(dags["index"]) == {"index": "success"}
    assert Mention.objects.count() == Case.objects.count() == 3
    Source.objects.update(next_fetch_at=datetime.now(UTC))
    assert run(dags["listen"])["fetch.0"] == "skipped"
    assert run(dags["assess"]) == {"assess": "skipped"}
    assert run(dags["route"]) == {"route": "skipped", "sift": "skipped"}
    assert Mention.objects.count() == Case.objects.count() == 3


def test_a_source_with_a_fault_fails_alone_and_says_what_to_do(
    dags: dict[str, Any], network: DemoServer
) -> None:
    listen_to(network, now=datetime.now(UTC))
    Source.objects.update(brand="nobody")
    assert run(dags["listen"])["fetch.0"] == "failed"
    assert "nobody" in Source.objects.get().last_error


def test_missed_days_are_read_again_for_the_source_that_is_named(
    dags: dict[str, Any], network: DemoServer
) -> None:
    source = listen_to(network, now=datetime.now(UTC))
    conf = {"source": source.slug, "first": "2020-01-01", "last": "2099-01-01"}
    assert run(dags["backfill"], run_conf=conf) == {"sources": "success", "read_again.0": "success"}
    assert Mention.objects.filter(is_backfill=True).count() == 3
    assert run(dags["backfill"], run_conf=conf)["read_again.0"] == "skipped"
    assert not Gap.objects.exists()


def test_preflight_is_red_where_something_is_wrong_and_green_elsewhere(
    dags: dict[str, Any], network: DemoServer, settings: Any
) -> None:
    listen_to(network, now=datetime.now(UTC))
    Source.objects.update(settings={"base_url": "http://127.0.0.1:9"})
    states = run(dags["preflight"])
    assert states["source.0"] == states["people"] == "failed"
    assert states["brands"] == states["database"] == states["model"] == states["photos"] == "success"


def test_a_task_that_fails_for_good_is_told_once(
    dags: dict[str, Any], httpserver: HTTPServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pydantic import SecretStr

    chat = Chat(httpserver, "/ops")
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"alarm_urls": [SecretStr(chat.url)]})
    monkeypatch.setattr("sentiment.corrected.to_learn_from", lambda: ["one"])
    monkeypatch.setattr("config.worker.train", _no_torch)
    states = run(dags["learn"])
    assert states["train"] == "failed" and states["compare"] == "upstream_failed"
    assert chat.titles == ["Kulanz – learn.train failed"]


def _no_torch() -> None:
    from django.core.management.base import CommandError

    raise CommandError("torch not installed: pip install 'kulanz[train]'")
