"""A campaign is one line: seen, opened, taken apart and brought back by keys."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from responders.models import Agent, AuditEntry, Case, Wording
from tests.browser.conftest import Visit, expect
from tests.factories import make_agent
from tests.responders.copies import COPY, OUTAGE, post, posted, variants, work


def test_a_campaign_is_one_line_that_opens_by_keys_and_can_be_cleared(
    visit: Visit, mira: Agent, now: datetime
) -> None:
    copies = posted(*variants(COPY, 6), now=now)
    real = posted(OUTAGE[0], now=now, verdict={"urgency": 2})[0]
    page = visit(mira)
    expect(page.locator(".rows .row")).to_have_count(2)
    expect(page.locator(".rows .row").first).to_contain_text("6 similar posts from 6 accounts")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#pane li")).to_have_count(6)
    expect(page).to_have_url(page.url.split("?")[0] + "?view=open")
    page.click(f'#pane a[href^="/case/{copies[2].pk}?"]')
    expect(page.locator("#pane .said")).to_contain_text("only repeats what many accounts post")
    page.keyboard.press("b")
    expect(page.locator("#pane button", has_text="Show in the queue again")).to_have_count(0)
    assert AuditEntry.objects.get(agent=mira).action == "shown_again"
    page.goto("/")
    expect(page.locator(f"#case-{copies[2].pk}")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pane[data-case^=c]")
    page.keyboard.press("b")
    page.wait_for_selector("text=It is a campaign: hide copies again")
    page.goto("/")
    expect(page.locator(".rows .row")).to_have_count(7)
    expect(page.locator(f"#case-{real.pk}")).to_be_visible()


def test_a_campaign_that_begins_and_grows_is_told_without_anything_moving(
    visit: Visit, mira: Agent, now: datetime
) -> None:
    copies = posted(*variants(COPY, 4), now=now)
    page = visit(mira)
    expect(page.locator(".rows .row")).to_have_count(4)
    post(COPY, now=now)
    work(now + timedelta(seconds=1))
    expect(page.locator("#pill")).to_be_visible()
    expect(page.locator(".rows li.left")).to_have_count(4)
    expect(page.locator(".rows .row")).to_have_count(4)
    page.keyboard.press(".")
    expect(page.locator(".rows .row")).to_have_count(1)
    expect(page.locator(".rows .row")).to_contain_text("5 similar posts from 5 accounts")
    post(COPY, now=now)
    work(now + timedelta(seconds=2))
    expect(page.locator(".rows .row")).to_contain_text("6 similar posts from 6 accounts")
    assert Case.objects.exclude(hidden="").count() == len(copies) + 2


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_campaign_fits_a_phone(visit: Visit, now: datetime, language: str) -> None:
    posted(*variants(COPY, 6), now=now)
    page = visit(make_agent(language=language), f"/campaign/{Wording.objects.get().pk}", width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    button = page.locator("#pane li button").first.bounding_box()
    words = page.locator("#pane li .words").first.bounding_box()
    assert words["width"] > 200 and button["x"] + button["width"] <= 390


def test_the_hidden_list_is_two_keys_away(visit: Visit, mira: Agent, now: datetime) -> None:
    posted(*variants(COPY, 6), now=now)
    page = visit(mira)
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url("**/?view=hidden")
    expect(page.locator(".rows .row")).to_have_count(6)
    expect(page.locator(".rows .row").first).to_contain_text("similar posts")
