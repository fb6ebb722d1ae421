"""Settings that are meant to be numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from listeners.exceptions import InputError
from listeners.listen import listen
from listeners.networks.numbers import MOST
from listeners.networks.registry import network_of
from tests.factories import make_source

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", MOST)
@pytest.mark.parametrize("value", ["viele", -5, 0, "nan", None, [], 10**9])
def test_a_setting_that_is_no_sensible_number_is_refused_by_name(
    name: str, value: Any, now: datetime
) -> None:
    source = make_source(now=now, network="x", settings={name: value})
    with pytest.raises(InputError, match=f"the setting {name} must be a (whole )?number above 0"):
        network_of(source, clock=lambda: now)


def test_numbers_may_be_written_as_text_as_commands_give_them(now: datetime) -> None:
    source = make_source(now=now, network="x", settings={"page_size": "50", "timeout_s": "2.5"})
    assert network_of(source, clock=lambda: now).name == "x"


def test_a_source_with_a_setting_that_is_none_says_so_where_people_look(now: datetime) -> None:
    source = make_source(now=now, network="mastodon", settings={"page_size": "viele"}, next_fetch_at=now)
    listen(now=now)
    source.refresh_from_db()
    assert "the setting page_size must be a whole number" in source.last_error


def test_a_webhook_with_a_setting_that_is_none_asks_for_its_delivery_again_later(
    client: Any, now: datetime
) -> None:
    make_source(now=now, network="facebook", slug="fb", settings={"timeout_s": "lange"})
    response = client.post("/hooks/fb", b"{}", content_type="application/json")
    assert response.status_code == 503
