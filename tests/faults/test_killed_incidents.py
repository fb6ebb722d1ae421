"""An incident is opened once and told at least once, wherever the process that does so is killed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer

from listeners.reaching import LEASE
from tests.contract.fakes import Watch
from tests.faults.processes import Workers
from tests.trends.storms import MINUTE, heard_since, moments, ordinary_weeks, storm
from trends.models import Incident, Notice

MOST_STATEMENTS = 150
pytestmark = pytest.mark.django_db(transaction=True)


def test_an_incident_whose_finder_is_killed_at_every_statement_is_one_and_is_told(
    workers_with_chat: Workers,
    httpserver: HTTPServer,
    watch: Watch,
) -> None:
    source = heard_since(watch())
    ordinary_weeks(source, now=watch())
    storm(source, moments(watch(), 3000, every=timedelta(seconds=10)))
    watch.wait(seconds=600)
    kills = 0
    for number in range(1, MOST_STATEMENTS):
        if not workers_with_chat.work("spikes", now=watch(), die=f"statement:{number}"):
            break
        kills += 1
        watch.wait(seconds=LEASE.total_seconds())
    assert kills >= 15
    assert Incident.objects.count() == 1 and Notice.objects.get().told_at is not None
    told = len(httpserver.log)
    assert told >= 1
    workers_with_chat.work("spikes", now=watch() + MINUTE)
    assert len(httpserver.log) == told
