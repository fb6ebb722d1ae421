"""A real browser before a real server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.urls import get_resolver
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from responders.models import Agent
from tests.factories import make_agent
from tests.needs import chromium, need_module

Visit = Callable[..., Any]
HARMLESS = (
    "Failed to load resource: the server responded with a status of 4",
    "htmx:afterRequest",
    "htmx:sendAbort",
)
"""What a browser says when a form is refused, and when a page is left while it asks something."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, started once."""
    need_module("playwright", extra="test")
    path = chromium()
    get_resolver().url_patterns  # noqa: B018 - imports all views, which the first page would wait for
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(browser: Any, live_server: LiveServer) -> Iterator[Visit]:
    """Open a page as an agent; when the test ends, no page may have complained."""
    complaints: list[str] = []
    contexts = []

    def open_page(
        agent: Agent | None, address: str = "/", *, width: int = 1440, scheme: str = "light"
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 844 if width < 900 else 900},
            color_scheme=scheme,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            base_url=live_server.url,
            has_touch=width < 900,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        if agent is not None:
            page.goto("/login")
            page.fill("#id_username", agent.username)
            page.fill("#id_password", "pass")
            page.click("button.main")
            page.wait_for_load_state()
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [said for said in complaints if not said.startswith(HARMLESS)] == []


@pytest.fixture
def now() -> datetime:
    """The real time: a browser's clock cannot be set."""
    return timezone.now()


@pytest.fixture
def mira(live_server: LiveServer) -> Agent:
    """A care agent who reads English."""
    return make_agent(username="mira", first_name="Mira", last_name="Sommer", language="en")


def expect(locator: Any) -> Any:
    """Wait until an element is as demanded; playwright may be missing where tests are only collected."""
    from playwright.sync_api import expect as demand

    return demand(locator)
