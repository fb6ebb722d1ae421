"""Parts that the tests of faults share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from pytest_httpserver import HTTPServer

from tests.contract.fakes import Watch
from tests.faults.processes import Workers


@pytest.fixture
def watch(now: datetime) -> Watch:
    """The clock of our side and of the network, turned by hand."""
    return Watch(now)


@pytest.fixture(scope="module")
def workers(django_db_setup: None) -> Iterator[Workers]:
    """Processes to kill."""
    workers = Workers()
    yield workers
    workers.close()


@pytest.fixture
def workers_with_chat(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """Processes that tell alarms to a chat of this process."""
    httpserver.expect_request("/chat").respond_with_data("")
    monkeypatch.setenv("KULANZ_ALARM_URLS", f"json://localhost:{httpserver.port}/chat")
    workers = Workers()
    yield workers
    workers.close()
