from __future__ import annotations

import logging
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from listeners.exceptions import InputError
from listeners.listen import listen
from listeners.login import connect
from listeners.login.store import locked, read
from listeners.models import Source
from listeners.networks.demo import DemoServer
from tests.contract.fakes import Watch
from tests.listeners.login.conftest import QUERIES, REDIRECT, agree, connected, make_app

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("network", sorted(QUERIES))
def test_whoever_agrees_at_the_network_connects_the_source_and_it_listens(
    server: DemoServer, watch: Watch, network: str
) -> None:
    source = make_app(server, network, now=watch.now, state="paused")
    health = connected(source, watch)
    assert health.ok, health
    Source.objects.update(next_fetch_at=watch.now)
    listen(now=watch.now)
    source.refresh_from_db()
    assert (source.state, source.last_error) == ("active", "") and source.last_success_at == watch.now


@pytest.mark.parametrize(
    ("network", "days"),
    [("x", None), ("facebook", 90), ("instagram", 90), ("threads", 60), ("business", None)],
)
def test_the_end_is_known_where_a_person_must_log_in_again(
    server: DemoServer, watch: Watch, network: str, days: int | None
) -> None:
    source = make_app(server, network, now=watch.now)
    connected(source, watch)
    assert read("one").ends_at == (days and watch.now + timedelta(days=days))


@pytest.mark.parametrize("network", ["x", "business"])
def test_a_code_is_worth_nothing_to_who_did_not_begin(server: DemoServer, watch: Watch, network: str) -> None:
    source = make_app(server, network, now=watch.now)
    address = connect.begin(source, bearer="1", redirect_uri=REDIRECT, clock=watch)
    assert dict(parse_qsl(urlsplit(address).query))["code_challenge_method"] == "S256"
    stolen = agree(address) | {"state": "another"}
    assert not connect.finish(source, stolen, redirect_uri=REDIRECT, clock=watch).ok
    assert not {"token", "refresh_token"} & set(read("one").secrets)


def test_a_code_is_good_once(server: DemoServer, watch: Watch) -> None:
    source = make_app(server, "x", now=watch.now)
    query = agree(connect.begin(source, bearer="1", redirect_uri=REDIRECT, clock=watch))
    assert connect.finish(source, query, redirect_uri=REDIRECT, clock=watch).ok
    kept = read("one")
    assert not connect.finish(source, query, redirect_uri=REDIRECT, clock=watch).ok
    assert read("one") == kept


def test_a_consent_belongs_to_who_began_it(server: DemoServer, watch: Watch) -> None:
    source = make_app(server, "x", now=watch.now)
    address = connect.begin(source, bearer="7:session", redirect_uri=REDIRECT, clock=watch)
    state = agree(address)["state"]
    assert connect.source_of(state, bearer="7:session") == source.pk
    for foreign, bearer in ((state, "8:session"), (state, "7:other"), (state + "x", "7:session"), ("", "7")):
        with pytest.raises(InputError):
            connect.source_of(foreign, bearer=bearer)


def test_nobody_agreed(server: DemoServer, watch: Watch) -> None:
    source = make_app(server, "x", now=watch.now)
    health = connect.finish(
        source, {"error": "access_denied", "state": "s"}, redirect_uri=REDIRECT, clock=watch
    )
    assert not health.ok and "agreed" in health.message


def test_without_the_app_s_keys_nobody_is_sent_anywhere(server: DemoServer, watch: Watch) -> None:
    source = make_app(server, "x", now=watch.now)
    with locked("one") as kept:
        kept.forget()
    with pytest.raises(InputError, match="client_id"):
        connect.begin(source, bearer="1", redirect_uri=REDIRECT, clock=watch)


def test_a_log_in_from_the_environment_is_not_replaced(
    server: DemoServer, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_app(server, "x", now=watch.now)
    monkeypatch.setenv("KULANZ_SECRET_ONE__TOKEN", "demo")
    assert connect.connects(source, clock=watch) is None
    with pytest.raises(InputError, match="environment"):
        connect.begin(source, bearer="1", redirect_uri=REDIRECT, clock=watch)


def test_a_page_that_the_consent_does_not_cover_is_named_with_those_that_it_covers(
    server: DemoServer, watch: Watch
) -> None:
    source = make_app(server, "facebook", now=watch.now)
    source.settings["account_id"] = "4712"
    source.save()
    health = connected(source, watch)
    assert not health.ok and "4712" in health.message and "Zehnschritt" in health.message
    assert "token" not in read("one").secrets


@pytest.mark.parametrize("network", sorted(QUERIES))
def test_tokens_stand_in_no_row_no_log_and_no_message(
    server: DemoServer, watch: Watch, network: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    source = make_app(server, network, now=watch.now)
    health = connected(source, watch)
    hidden = [value for value in read("one").secrets.values() if value != "stand-in"]
    server.dial(forbidden=True)
    listen(now=watch.now)
    said = caplog.text + repr(health) + repr(list(Source.objects.values()))
    assert len(hidden) >= 2 and not [one for one in hidden if one in said]


def test_the_address_that_is_opened_holds_no_secret(server: DemoServer, watch: Watch) -> None:
    for number, network in enumerate(sorted(QUERIES)):
        source = make_app(server, network, now=watch.now, slug=f"s{number}")
        address = connect.begin(source, bearer="1", redirect_uri=REDIRECT, clock=watch)
        assert "stand-in-secret" not in address and "redirect_uri=http" in address
        assert httpx.URL(address).host == "127.0.0.1"


def test_keys_of_another_way_that_the_network_would_use_first_give_way(
    server: DemoServer, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_app(server, "x", now=watch.now)
    with locked("one") as kept:
        kept.add(
            dict.fromkeys(("consumer_key", "consumer_secret", "access_token", "access_token_secret"), "old")
        )
    assert connected(source, watch).ok
    assert "old" not in read("one").secrets.values()
    monkeypatch.setenv("KULANZ_SECRET_ONE__ACCESS_TOKEN", "given")
    assert connect.connects(source, clock=watch) is None
