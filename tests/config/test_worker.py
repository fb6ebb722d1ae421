"""What tasks of Airflow call, and what becomes of their failures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError

from config import looking
from config.failures import passes_by_itself
from config.worker import to_backfill
from listeners.exceptions import AuthFault, InputError, RateLimited, Unavailable
from listeners.login import accounts
from responders.models import Agent
from sentiment.exceptions import ModelError, ModelUnavailable
from tests.factories import make_agent, make_source
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
