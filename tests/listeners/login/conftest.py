"""A stand-in that logs people in, with a clock that is turned by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from django.conf import settings

from listeners.contract import Health
from listeners.login import connect
from listeners.login.store import Login, locked
from listeners.models import Source
from listeners.networks.demo import DemoServer, serve
from listeners.networks.demo.script import Author, Entry, Script
from listeners.networks.fakes.consent import CLIENT_ID, CLIENT_SECRET
from tests.contract.fakes import Watch
from tests.factories import make_source

REDIRECT = "http://127.0.0.1:8000/sources/connected"
QUERIES = {
    "x": "mentions",
    "facebook": "feed",
    "instagram": "comments",
    "threads": "mentions",
    "business": "accounts/1/locations/2",
}
SCRIPT = Script(
    {"kim": Author(network="x", name="Kim")},
    {"one": Entry(by="kim", at=-1, text="@zehnschritt Öse gerissen")},
)


@pytest.fixture
def watch(now: datetime) -> Watch:
    return Watch(now)


@pytest.fixture
def server(tmp_path: Path, watch: Watch) -> Iterator[DemoServer]:
    with serve(tmp_path / "book.sqlite3", clock=watch, script=SCRIPT) as server:
        yield server


@pytest.fixture(autouse=True)
def _secrets_end_with_their_test() -> Iterator[None]:
    yield
    for file in (settings.ENVIRONMENT.var / "secrets").glob("*"):
        file.unlink()


def make_app(
    server: DemoServer, network: str, *, now: datetime, slug: str = "one", **columns: object
) -> Source:
    """A source at a stand-in that knows its app's keys and nothing else."""
    source = make_source(
        now=now,
        slug=slug,
        network=network,
        query=QUERIES[network],
        settings={"base_url": f"{server.url}/fakes/{network}"},
        next_fetch_at=now,
        **columns,
    )
    keys = (
        ("app_id", "app_secret")
        if network in ("facebook", "instagram", "threads")
        else (
            "client_id",
            "client_secret",
        )
    )
    with locked(slug) as kept:
        kept.write(Login(secrets=dict(zip(keys, (CLIENT_ID, CLIENT_SECRET), strict=True))))
    return source


def agree(address: str) -> dict[str, str]:
    """Be the person who agrees at the network; returns what the browser brings back."""
    answer = httpx.get(address, follow_redirects=False)
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(REDIRECT + "?")
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def connected(source: Source, watch: Watch) -> Health:
    """Begin and finish the connection of a source."""
    address = connect.begin(source, bearer="1", redirect_uri=REDIRECT, clock=watch)
    return connect.finish(source, agree(address), redirect_uri=REDIRECT, clock=watch)
