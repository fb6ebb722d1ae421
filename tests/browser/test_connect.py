"""Connecting an account, as ops does it: to the network, and back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from listeners.login.store import Login, locked, read
from listeners.models import Source
from listeners.networks.demo import DemoServer, serve
from listeners.networks.demo.script import Script
from listeners.networks.fakes.consent import CLIENT_ID, CLIENT_SECRET
from tests.browser.conftest import Visit
from tests.browser.test_access import faults
from tests.factories import make_agent, make_source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DemoServer]:
    with serve(tmp_path / "book.sqlite3", clock=timezone.now, script=Script({}, {})) as server:
        yield server
    for file in (settings.ENVIRONMENT.var / "secrets").glob("*"):
        file.unlink()


def keep(ends_at: datetime | None) -> None:
    secrets = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    with locked("one") as kept:
        kept.write(Login(secrets=secrets, ends_at=ends_at))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_ops_agrees_at_the_network_and_comes_back_to_a_source_that_listens(
    visit: Visit, server: DemoServer, now: datetime, width: int, scheme: str
) -> None:
    make_source(
        now=now, slug="one", network="x", query="mentions", last_success_at=now,
        settings={"base_url": f"{server.url}/fakes/x"},
    )  # fmt: skip
    keep(now + timedelta(days=3))
    page = visit(make_agent("ops", language="de"), "/sources", width=width, scheme=scheme)
    assert "Die Anmeldung läuft am" in page.inner_text("main")
    _look(page, f"{width}-{scheme}-warned")
    page.click("a:has-text('Verbinden')")
    page.wait_for_selector("a:has-text('Weiter bei X')")
    _look(page, f"{width}-{scheme}-connect")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults(page) == []
    page.click("a:has-text('Weiter bei X')")
    page.wait_for_selector(".health.active")
    assert page.url.endswith("/sources")
    assert "one ist verbunden" in page.inner_text("main") and "wird von selbst erneuert" in page.inner_text(
        "main"
    )
    _look(page, f"{width}-{scheme}-connected")
    assert faults(page) == []
    assert "refresh_token" in read("one").secrets and Source.objects.get().state == "active"


def _look(page: Any, name: str) -> None:
    if folder := os.environ.get("KULANZ_LOOK"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
