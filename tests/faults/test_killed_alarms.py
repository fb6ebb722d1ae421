"""An alarm is told at least once, wherever the process that tells it is killed."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer

from listeners.models import Alarm
from listeners.reaching import LEASE
from tests.contract.fakes import Watch
from tests.factories import make_source
from tests.faults.processes import Workers

MOST_STATEMENTS = 150
pytestmark = pytest.mark.django_db(transaction=True)


def test_an_alarm_whose_teller_is_killed_at_every_statement_is_told_and_then_never_again(
    workers_with_chat: Workers, httpserver: HTTPServer, watch: Watch
) -> None:
    make_source(now=watch(), network="x", state="disabled", last_success_at=watch())
    kills = 0
    for number in range(1, MOST_STATEMENTS):
        if not workers_with_chat.work("alarm", now=watch(), die=f"statement:{number}"):
            break
        kills += 1
        watch.wait(seconds=LEASE.total_seconds())
    told = len(httpserver.log)
    assert kills >= 10 and told >= 1
    assert Alarm.objects.get().told_at is not None
    workers_with_chat.work("alarm", now=watch())
    assert len(httpserver.log) == told


def test_an_alarm_whose_teller_is_killed_before_it_is_marked_is_told_twice_not_never(
    workers_with_chat: Workers, httpserver: HTTPServer, watch: Watch
) -> None:
    make_source(now=watch(), network="x", state="disabled", last_success_at=watch())
    number = 1
    while not httpserver.log:
        assert workers_with_chat.work("alarm", now=watch(), die=f"statement:{number}")
        number += 1
        watch.wait(seconds=LEASE.total_seconds())
    assert Alarm.objects.get().told_at is None
    assert not workers_with_chat.work("alarm", now=watch())
    assert len(httpserver.log) == 2 and Alarm.objects.get().told_at == watch()
