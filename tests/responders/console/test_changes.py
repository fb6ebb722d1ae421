from __future__ import annotations

import re
from datetime import datetime, timedelta

import time_machine
from django.test import Client

from responders import claims
from responders.models import Agent
from responders.queue import QueueFilter, changes, page
from tests.responders.console.conftest import HTMX
from tests.responders.desk import make_case


def poll_of(text: str) -> str:
    found = re.search(r'hx-get="(/changed[^"]*)"', text)
    assert found
    return found[1].replace("&amp;", "&")


def test_an_open_page_hears_of_a_new_case_once(
    care: Agent, desk: Client, now: datetime, clock: time_machine.Traveller
) -> None:
    address = poll_of(desk.get("/?view=open").content.decode())
    clock.shift(timedelta(seconds=1))
    case = make_case(now=now + timedelta(seconds=1))
    heard = desk.get(address, headers=HTMX)
    text = heard.content.decode()
    assert heard.status_code == 200
    assert f'data-case="{case.pk}"' in text and "data-listed" in text
    assert 'id="count-open"' in text and 'hx-swap-oob="true"' in text
    assert desk.get(poll_of(text), headers=HTMX).status_code == 204


def test_a_case_that_left_the_list_is_told_without_being_listed(
    care: Agent, lead: Agent, desk: Client, now: datetime
) -> None:
    case = make_case(now=now)
    address = poll_of(desk.get("/?view=unassigned").content.decode())
    claims.take(case.pk, agent=lead, now=now + timedelta(seconds=1))
    text = desk.get(address, headers=HTMX).content.decode()
    assert f'data-case="{case.pk}"' in text and "data-listed" not in text


def test_a_change_that_was_committed_late_is_not_missed(care: Agent, desk: Client, now: datetime) -> None:
    address = poll_of(desk.get("/?view=open").content.decode())
    early = make_case(now=now - timedelta(seconds=10))
    assert f'data-case="{early.pk}"' in desk.get(address, headers=HTMX).content.decode()


def test_a_session_that_ended_leads_to_the_log_in_and_back(client: Client, db: None) -> None:
    answer = client.get("/changed", headers=HTMX | {"HX-Current-URL": "http://testserver/case/7?view=my"})
    assert answer.headers["HX-Redirect"] == "/login?next=%2Fcase%2F7%3Fview%3Dmy"


def test_a_case_further_down_the_list_is_not_announced(care: Agent, now: datetime) -> None:
    wanted = QueueFilter(brands=("zehnschritt",))
    top = make_case(now=now, verdict={"urgency": 3})
    low = make_case(now=now, verdict={"urgency": 1})
    upto = page(wanted, agent=care, now=now, size=1).next
    found = changes(wanted, agent=care, since=now, seen="", upto=upto, now=now)
    assert found is not None
    assert found.listed == {top.pk, low.pk} and found.near == {top.pk}
