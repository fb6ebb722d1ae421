from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from responders import campaigns
from responders.models import Agent, Case, Wording
from responders.queue import counts
from tests.factories import make_agent, make_author
from tests.responders.console.conftest import HTMX, at_desk
from tests.responders.copies import COPY, LONG_COPY, OUTAGE, posted, variants
from tests.responders.test_bots import flood, fresh

pytestmark = pytest.mark.django_db


def shown(client: Client, address: str = "/?view=open") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def listed(client: Client, address: str) -> set[int]:
    text = shown(client, address)
    return {case.pk for case in Case.objects.all() if f'id="case-{case.pk}"' in text}


def test_a_campaign_is_one_line_with_its_counts_and_its_text(desk: Client, now: datetime) -> None:
    posted(*variants(COPY, 12), now=now)
    real = posted(OUTAGE[0], now=now)[0]
    text = shown(desk)
    assert text.count("12 similar posts from 12 accounts") == 1
    assert "Wälder" in text or "WÄLDER" in text
    assert listed(desk, "/?view=open") == listed(desk, "/?view=unassigned") == {real.pk}


def test_hidden_cases_are_in_the_hidden_list_in_every_search_and_in_no_count(
    care: Agent, desk: Client, now: datetime
) -> None:
    copies = {case.pk for case in posted(*variants(COPY, 6), now=now)}
    bot = flood(now, fresh(now)).pk
    assert listed(desk, "/?view=hidden") == {*copies, bot}
    assert listed(desk, "/?view=open&q=nie+wieder") | listed(desk, "/?view=open&q=NIE+WIEDER") == copies
    assert listed(desk, f"/?view=open&q=%23{bot}") == {bot}
    text = shown(desk, "/?view=hidden")
    assert text.count("similar posts</i>") == 6 and text.count("perhaps a bot</i>") == 1
    found = counts(["zehnschritt"], agent=care, now=now)
    assert (found["open"], found["unassigned"], found["hidden"]) == (0, 0, 7)


def test_a_line_follows_the_filters_of_its_list(desk: Client, now: datetime) -> None:
    posted(*variants(COPY, 5), now=now)
    for query, is_there in (
        ("view=open&level=1", True),
        ("view=open&level=2", False),
        ("view=open&network=demo_x", True),
        ("view=open&network=file", False),
        ("view=open&language=en", False),
        ("view=resolved", False),
        ("view=my", False),
    ):
        assert ("similar posts from" in shown(desk, f"/?{query}")) is is_there, query


def test_the_page_of_a_campaign_lists_all_its_cases_and_what_became_of_them(
    care: Agent, desk: Client, now: datetime
) -> None:
    critical = posted(COPY, now=now, verdict={"urgency": 3})[0]
    copies = posted(*variants(COPY, 45), now=now)
    address = f"/campaign/{Wording.objects.get().pk}"
    first = shown(desk, address)
    assert first.index(f"/case/{critical.pk}?") < first.index('class="campaign-cases"') + 800
    pages = first + shown(desk, f"{address}?page=2")
    assert all(f'href="/case/{case.pk}?' in pages for case in copies)
    assert "waiting for us" in first
    fragment = desk.get(address, headers=HTMX)
    assert "<html" not in fragment.content.decode()
    assert fragment.headers["HX-Push-Url"] == f"{address}?view=open"


def test_a_campaign_is_cleared_and_restored_from_its_page(desk: Client, now: datetime) -> None:
    posted(*variants(COPY, 5), now=now)
    address = f"/campaign/{Wording.objects.get().pk}"
    assert desk.post(f"{address}/clear", follow=True).status_code == 200
    assert "It is a campaign: hide copies again" in shown(desk, address)
    assert "similar posts from" not in shown(desk)
    desk.post(f"{address}/restore")
    assert campaigns.is_campaign(Wording.objects.get())


def test_a_hidden_case_says_why_and_comes_back_by_its_button(desk: Client, now: datetime) -> None:
    copy = posted(*variants(COPY, 5), now=now)[0]
    bot = flood(now, fresh(now))
    assert "only repeats what many accounts post" in shown(desk, f"/case/{copy.pk}")
    text = shown(desk, f"/case/{bot.pk}")
    assert "looks like a bot’s: 100 of 100 points" in text and "Not a bot" in text
    for case in (copy, bot):
        assert desk.post(f"/case/{case.pk}/show-again", follow=True).status_code == 200
        assert case.pk in listed(desk, "/?view=open")
        assert desk.post(f"/case/{case.pk}/show-again").status_code == 422


def test_the_author_box_explains_the_score_in_the_reader_s_language(desk: Client, now: datetime) -> None:
    bot = flood(now, fresh(now))
    assert "Bot score: 100 of 100" in shown(desk, f"/case/{bot.pk}")
    german = shown(at_desk(make_agent(language="de")), f"/case/{bot.pk}")
    assert "Bot-Verdacht: 100 von 100" in german and "8 Ziffern im Kürzel" in german
    jana = make_author(network="demo_x", name="Jana Weiß", followers=120)
    quiet = posted("Wo bleibt mein Paket?", now=now, author=jana)[0]
    assert "Nothing speaks for a bot." in shown(desk, f"/case/{quiet.pk}")


def test_an_open_page_hears_of_campaigns(desk: Client, now: datetime) -> None:
    posted(*variants(COPY, 5), now=now)
    answer = desk.get(f"/changed?view=open&since={now.timestamp()}&seen=").content.decode()
    wording = Wording.objects.get()
    assert f'<template data-case="c{wording.pk}" data-version="5" data-listed data-near' in answer


@pytest.mark.parametrize("act", ["", "/clear", "/restore"])
def test_campaigns_are_for_the_care_team_of_their_brand(act: str, now: datetime) -> None:
    posted(*variants(COPY, 5), now=now)
    address = f"/campaign/{Wording.objects.get().pk}{act}"
    for agent, status in ((make_agent("ops"), 403), (make_agent(brands=["another"]), 404)):
        client = at_desk(agent)
        assert (client.post(address) if act else client.get(address)).status_code == status
    assert at_desk(make_agent()).get("/campaign/999999").status_code == 404


def test_lines_cost_the_same_number_of_questions_however_many_there_are(desk: Client, now: datetime) -> None:
    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            shown(desk)
        return len(asked)

    posted(*variants(COPY, 5), now=now)
    one = questions()
    posted(*variants(LONG_COPY, 9), now=now)
    assert questions() == one
