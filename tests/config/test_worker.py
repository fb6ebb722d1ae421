"""What tasks of Airflow call, and what becomes of their failures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from config import looking, worker
from config.failures import passes_by_itself, pause, tell_delay, tell_failure
from config.worker import due_sources, to_backfill
from listeners.exceptions import AuthFault, InputError, RateLimited, Unavailable
from listeners.login import accounts
from responders.models import Agent
from sentiment.exceptions import ModelError, ModelUnavailable
from tests.factories import make_agent, make_source
from tests.listeners.test_alarms import Chat
from trends.exceptions import ElasticFault, ElasticRefusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another place of secrets besides environment and files."""

    def secrets(slug: str) -> Mapping[str, str]:
        return {"token": "of the store", "api_key": "of the store"} if slug == "demo-x" else {}

    monkeypatch.setattr(accounts, "_elsewhere", secrets)


def test_secrets_of_another_store_win_over_files_and_the_environment_wins_over_both(
    other_store: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with accounts_file("demo-x", {"token": "of the file", "handle": "of the file"}):
        assert accounts.secrets_of("demo-x")["token"] == "of the store"
        monkeypatch.setenv("KULANZ_SECRET_DEMO_X__TOKEN", "of the environment")
        assert accounts.secrets_of("demo-x") == {
            "token": "of the environment", "api_key": "of the store", "handle": "of the file",
        }  # fmt: skip
        assert looking.origins("demo-x") == {
            "token": "environment", "api_key": "connection", "handle": "file",
        }  # fmt: skip
    assert accounts.secrets_of("other") == {}


def accounts_file(slug: str, secrets: Mapping[str, str]) -> Any:
    """Keep secrets of a source in its file while the block lasts."""
    from contextlib import contextmanager

    from listeners.login.store import Login, locked

    @contextmanager
    def kept() -> Any:
        with locked(slug) as file:
            file.write(Login(secrets=secrets))
        yield
        with locked(slug) as file:
            file.forget()

    return kept()


def test_only_faults_that_pass_by_themselves_are_tried_again() -> None:
    ours = (RateLimited("later"), Unavailable("down"), ModelUnavailable("down"), ElasticFault("down"))
    for passing in (*ours, OperationalError("gone"), TimeoutError()):
        assert passes_by_itself(passing)
    for lasting in (
        AuthFault("dead"),
        InputError("wrong"),
        ModelError("damaged"),
        KeyError("a mistake of ours"),
    ):
        assert not passes_by_itself(lasting)
    assert not passes_by_itself(ElasticRefusal("no right", "Give it."))


def test_a_part_that_is_not_well_says_what_and_what_to_do(now: datetime) -> None:
    with pytest.raises(looking.Ill, match="role lead: 0 can approve offers Run: kulanz createsuperuser"):
        looking.look("people")
    make_agent(Agent.Role.CARE), make_agent(Agent.Role.LEAD)
    looking.look("people")


def test_days_to_fill_are_whole_and_in_order(now: datetime) -> None:
    source = make_source(now=now, slug="one", network="demo_x")
    assert to_backfill("one", first="2026-11-20", last="2026-11-20") == [source.pk]
    with pytest.raises(ValueError, match="before"):
        to_backfill("", first="2026-11-20", last="2026-11-19")


def test_a_network_that_names_a_time_is_left_alone_until_then_but_for_six_hours_at_most(
    now: datetime,
) -> None:
    soon, late = now + timedelta(minutes=15), now + timedelta(days=20)
    assert pause(RateLimited("later", retry_at=soon), now=now) == timedelta(minutes=15)
    assert pause(RateLimited("later", retry_at=late), now=now) == timedelta(hours=6)
    assert pause(RateLimited("later", retry_at=now), now=soon) == timedelta()
    assert pause(RateLimited("later"), now=now) is None
    assert pause(Unavailable("down"), now=now) is None


def test_one_look_finds_no_more_sources_than_airflow_makes_tasks_of(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MOST_AT_A_TIME", 2)
    made = [make_source(now=now, slug=f"s{n}", network="demo_x", next_fetch_at=now).pk for n in range(3)]
    assert due_sources() == made[:2]


@pytest.fixture
def chat(httpserver: HTTPServer, settings: Any, tmp_path: Path) -> Chat:
    """Where alarms are told."""
    chat = Chat(httpserver, "/ops")
    told = {"alarm_urls": [SecretStr(chat.url)], "var": tmp_path}
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=told)
    return chat


def test_a_delay_is_told_again_only_after_hours_and_each_work_s_by_itself(chat: Chat, now: datetime) -> None:
    for minutes in (0, 1, 359, 361):
        assert tell_delay("listen", minutes=5, now=now + timedelta(minutes=minutes))
    assert tell_delay("send", minutes=5, now=now)
    assert chat.titles == ["Kulanz – listen is late"] * 2 + ["Kulanz – send is late"]


def test_a_delay_that_nobody_took_is_told_the_next_time(chat: Chat, now: datetime) -> None:
    chat.status = 500
    assert not tell_delay("listen", minutes=5, now=now)
    chat.status = 200
    assert tell_delay("listen", minutes=5, now=now)
    assert chat.titles == ["Kulanz – listen is late"]


def test_a_failure_is_told_in_words_that_were_written_for_people_and_in_no_others(chat: Chat) -> None:
    tell_failure("preflight.people", looking.Ill("role lead: 0 can approve offers"))
    tell_failure("assess.assess", KeyError("Jana's words"))
    assert "0 can approve offers" in chat.told[0]["message"]
    assert "KeyError" in chat.told[1]["message"] and "Jana" not in chat.told[1]["message"]
