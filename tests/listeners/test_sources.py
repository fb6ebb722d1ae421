from __future__ import annotations

from datetime import datetime

import pytest
from django.core.management import CommandError, call_command

from config.brand_files import UnknownBrand
from listeners.exceptions import InputError
from listeners.models import Source
from listeners.sources import add_source, set_state

pytestmark = pytest.mark.django_db


def add(now: datetime, **given: str) -> Source:
    wanted = {"brand": "zehnschritt", "network": "webhook", "query": ""} | given
    return add_source(**wanted, clock=lambda: now)[0]  # type: ignore[arg-type]


def test_a_webhook_gets_a_name_and_is_ready_at_once(now: datetime) -> None:
    source = add(now)
    assert (source.slug, source.state) == ("zehnschritt-webhook", "active")


def test_a_source_whose_network_says_no_is_kept_paused_with_the_reason(now: datetime) -> None:
    source = add(now, network="feed", query="http://127.0.0.1:9/feed.xml")
    source.refresh_from_db()
    assert source.state == "paused"
    assert source.last_error
    assert source.slug == "zehnschritt-feed-1270019feedxml"


def test_a_second_source_of_the_same_query_is_refused(now: datetime) -> None:
    add(now)
    with pytest.raises(InputError, match="already"):
        add(now)


def test_a_taken_name_an_unknown_network_and_an_unknown_brand_are_refused(now: datetime) -> None:
    add(now, slug="mine")
    with pytest.raises(InputError, match="--slug"):
        add(now, slug="mine", query="other")
    with pytest.raises(InputError, match="webhook"):
        add(now, network="carrier-pigeon")
    with pytest.raises(UnknownBrand):
        add(now, brand="nobody")
    assert Source.objects.count() == 1


def test_a_resumed_source_is_asked_at_once_and_an_unknown_one_is_refused(now: datetime) -> None:
    source = add(now)
    set_state(source.slug, Source.State.PAUSED, now=now)
    resumed = set_state(source.slug, Source.State.ACTIVE, now=now)
    assert (resumed.state, resumed.next_fetch_at) == ("active", now)
    with pytest.raises(InputError, match="zehnschritt-webhook"):
        set_state("another", Source.State.ACTIVE, now=now)


def test_the_command_lists_what_it_added(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("source", "add", "webhook", "--brand", "zehnschritt", "--slug", "shop")
    call_command("source", "pause", "shop")
    call_command("source", "list")
    assert "paused" in capsys.readouterr().out
    with pytest.raises(CommandError, match="already"):
        call_command("source", "add", "webhook", "--brand", "zehnschritt")
