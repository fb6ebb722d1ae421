"""People at their desks, at the time at which a test begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.test import Client

from responders.models import Agent
from tests.factories import make_agent

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def clock(now: datetime) -> Iterator[time_machine.Traveller]:
    """Let the views read the test's time."""
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def care(db: None) -> Agent:
    """A care agent who reads English."""
    return make_agent(username="mira", first_name="Mira", last_name="Sommer", language="en")


@pytest.fixture
def lead(db: None) -> Agent:
    """A lead who reads English."""
    return make_agent("lead", username="leo", first_name="Leo", last_name="Brandt", language="en")


def at_desk(agent: Agent) -> Client:
    """A browser in which the agent has logged in."""
    client = Client()
    client.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def desk(care: Agent) -> Client:
    """The care agent's browser."""
    return at_desk(care)


@pytest.fixture
def lead_desk(lead: Agent) -> Client:
    """The lead's browser."""
    return at_desk(lead)
