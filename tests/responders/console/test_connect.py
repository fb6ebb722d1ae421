from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from django.conf import settings
from django.test import Client

from listeners.login.store import Login, locked, read
from listeners.models import Source
from listeners.networks.demo import DemoServer, serve
from listeners.networks.demo.script import Script
from listeners.networks.fakes.consent import CLIENT_ID, CLIENT_SECRET
from responders.models import AuditEntry
from tests.factories import make_agent, make_source
from tests.responders.console.conftest import at_desk

pytestmark = pytest.mark.django_db
BACK = "http://testserver/sources/connected"


@pytest.fixture
def ops(db: None) -> Client:
    """The browser of somebody of ops."""
    return at_desk(make_agent("ops", language="en"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DemoServer]:
    from django.utils import timezone

    with serve(tmp_path / "book.sqlite3", clock=timezone.now, script=Script({}, {})) as server:
        yield server


@pytest.fixture
def source(server: DemoServer, now: datetime) -> Iterator[Source]:
    """A source on X whose app is known, and nothing else."""
    base_url = f"{server.url}/fakes/x"
    yield make_source(
        now=now, slug="one", network="x", query="mentions", state="paused", settings={"base_url": base_url}
    )
    for file in (settings.ENVIRONMENT.var / "secrets").glob("*"):
        file.unlink()


def keep(now: datetime, **times: datetime) -> None:
    with locked("one") as kept:
        secrets = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        kept.write(Login(secrets=secrets | ({"token": "hush"} if times else {}), **times))


def text_of(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def go_to_network(client: Client, source: Source) -> dict[str, str]:
    """Open the page, follow its link, agree; returns what the browser brings back."""
    page = client.get(f"/source/{source.pk}/connect")
    answer = httpx.get(page.context["address"])
    assert page.context["address"].replace("&", "&amp;") in page.content.decode()
    assert answer.headers["location"].startswith(BACK)
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def test_ops_connects_a_source_and_it_is_listened_to(ops: Client, source: Source, now: datetime) -> None:
    keep(now)
    assert f"/source/{source.pk}/connect" in text_of(ops, "/sources")
    answer = ops.get("/sources/connected", go_to_network(ops, source), follow=True)
    text = answer.content.decode()
    assert "one is connected and listened to." in text and "is renewed by itself" in text
    source.refresh_from_db()
    kept = read("one").secrets
    assert source.state == "active" and {"token", "refresh_token"} <= set(kept)
    assert not [value for name, value in kept.items() if "token" in name and value in text]
    assert AuditEntry.objects.get(action="source_connected").detail == {"source": "one"}


def test_the_address_with_the_code_is_left_at_once(ops: Client, source: Source, now: datetime) -> None:
    keep(now)
    answer = ops.get("/sources/connected", go_to_network(ops, source))
    assert (answer.status_code, answer["Location"]) == (302, "/sources")
    assert answer["Referrer-Policy"] == "no-referrer"


def test_without_the_app_s_keys_the_page_says_how_to_give_them(ops: Client, source: Source) -> None:
    text = text_of(ops, f"/source/{source.pk}/connect")
    assert "still missing: client_id" in text and "kulanz source secrets one" in text
    assert "Go on at X" not in text and BACK in text


def test_a_consent_that_another_session_began_is_refused(ops: Client, source: Source, now: datetime) -> None:
    keep(now)
    brought = go_to_network(ops, source)
    for other in (at_desk(make_agent("lead", language="en")), at_desk(make_agent("ops", language="en"))):
        text = other.get("/sources/connected", brought, follow=True).content.decode()
        assert "was not begun here" in text
    assert "token" not in read("one").secrets


def test_a_refusal_at_the_network_is_told(ops: Client, source: Source, now: datetime) -> None:
    keep(now)
    state = go_to_network(ops, source)["state"]
    query = {"error": "access_denied", "state": state}
    text = ops.get("/sources/connected", query, follow=True).content.decode()
    assert "nobody agreed" in text


@pytest.mark.parametrize("path", ["/source/{}/connect", "/sources/connected"])
def test_only_lead_and_ops_of_the_brand_connect(source: Source, path: str, now: datetime) -> None:
    keep(now)
    for role in ("care", "marketing"):
        assert at_desk(make_agent(role)).get(path.format(source.pk)).status_code == 403
    assert Client().get(path.format(source.pk)).status_code == 302
    stranger = at_desk(make_agent("lead", brands=["another"]))
    assert stranger.get(f"/source/{source.pk}/connect").status_code == 404


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (60, "expires on 23 Jan 2027"),
        (6, "The log-in expires on 30 Nov"),
        (-1, "The log-in expired on 23 Nov"),
    ],
)
def test_the_end_of_a_log_in_is_shown_and_warned_of_a_week_before(
    ops: Client, source: Source, now: datetime, days: int, said: str
) -> None:
    keep(now, ends_at=now + timedelta(days=days))
    Source.objects.update(state="active", last_success_at=now)
    text = text_of(ops, "/sources")
    assert said in text
    assert ("needs a look" in text) == (days < 7)
    assert "hush" not in text


def test_all_of_it_is_there_in_german(source: Source, now: datetime) -> None:
    keep(now, ends_at=now + timedelta(days=3))
    german = at_desk(make_agent("ops", language="de"))
    assert "Die Anmeldung läuft am" in text_of(german, "/sources") and "Verbinden" in text_of(
        german, "/sources"
    )
    assert "Rücksprungadresse" in text_of(german, f"/source/{source.pk}/connect")


def test_a_network_without_consent_has_no_button(ops: Client, source: Source, now: datetime) -> None:
    other = make_source(now=now, slug="two", network="mastodon")
    assert f"/source/{other.pk}/connect" not in text_of(ops, "/sources")
