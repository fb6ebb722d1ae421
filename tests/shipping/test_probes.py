from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families as parsed
from pydantic import SecretStr
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from config.metrics import exposition
from listeners.models import DeadLetter
from tests.factories import make_agent, make_mention, make_source
from tests.responders.console.conftest import at_desk

pytestmark = pytest.mark.django_db
TOKEN = "0123456789abcdef" * 2


def numbers() -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in parsed(exposition().decode())
        for sample in family.samples
    }


@pytest.fixture
def token(settings: Settings) -> str:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    return TOKEN


def test_the_numbers_tell_of_stages_queue_replies_sources_and_dead_letters(now: datetime) -> None:
    source = make_source(now=now, slug="shop", failures=2, last_success_at=now - timedelta(hours=1))
    mention = make_mention(now=now, source=source)
    DeadLetter.objects.create(stage="assess", mention=mention, error="x", at=now)
    found = numbers()
    assert found["kulanz_stage_waiting", "assess"] == 1
    assert found["kulanz_stage_waiting", "route"] == 0
    assert found["kulanz_queue_cases", "critical"] == 0
    assert found["kulanz_newest_replies", "undecided"] == 0
    assert found["kulanz_source_failures", "shop"] == 2
    assert found["kulanz_source_unheard_seconds", "shop"] > 3600
    assert found["kulanz_dead_letters", "assess"] == 1
    assert found["kulanz_sources", "active"] == 1


def test_the_numbers_name_no_person_and_no_words(now: datetime) -> None:
    make_mention("Geheime Worte", now=now)
    at_desk(make_agent()).get("/posts?q=Jana")
    text = exposition().decode()
    assert "Jana" not in text and "Geheim" not in text and "runner" not in text


def test_the_numbers_cost_the_same_few_queries_at_any_size(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    source = make_source(now=now)
    for _ in range(30):
        make_mention(now=now, source=source)
    with django_assert_num_queries(15):
        exposition()


def test_requests_are_measured_by_view_method_and_status(client: Client) -> None:
    key = ("kulanz_web_request_seconds_count", "GET", "200", "login")
    before = numbers().get(key, 0)
    client.get("/login?next=/case/17")
    client.get("/nowhere/at/all")
    found = numbers()
    assert found[key] == before + 1
    assert found["kulanz_web_request_seconds_count", "GET", "404", ""] >= 1
    assert "/nowhere" not in exposition().decode()


def test_only_this_machine_reads_the_numbers_without_a_token(client: Client) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_what_a_proxy_on_this_machine_passes_on_is_not_this_machine(client: Client, header: str) -> None:
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403


def test_behind_https_nobody_reads_the_numbers_without_a_token(client: Client, settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"https": True})
    assert client.get("/metrics").status_code == 403


def test_with_a_token_only_who_bears_it_reads_the_numbers(client: Client, token: str) -> None:
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": f"Bearer {token}x"}).status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer ü"}).status_code == 403
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"}, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain")


def test_alive_asks_nothing_and_ready_asks_the_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"alive\n"
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr("config.probes.are_waiting", lambda: True)
    assert client.get("/readyz").status_code == 503

    def down() -> bool:
        raise DatabaseError("password=geheim")

    monkeypatch.setattr("config.probes.are_waiting", down)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"the database does not answer\n")
    assert client.get("/healthz").status_code == 200


def test_each_answer_bears_a_number_and_only_a_harmless_one_is_taken_over(client: Client) -> None:
    made = client.get("/healthz").headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert (
        client.get("/healthz", headers={"X-Request-ID": "from-caddy-1"}).headers["X-Request-ID"]
        == "from-caddy-1"
    )
    hostile = client.get("/healthz", headers={"X-Request-ID": 'a" onload="x'}).headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", hostile)
