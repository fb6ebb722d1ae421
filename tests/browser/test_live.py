"""An open page follows the work without being loaded again, and never jumps."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from responders import claims
from responders.models import Agent
from responders.route import route
from tests.browser.conftest import Visit, expect
from tests.factories import make_agent, make_author
from tests.responders.desk import make_case, make_post


def test_a_routed_post_shows_within_three_seconds_behind_a_pill(
    visit: Visit, mira: Agent, now: datetime
) -> None:
    make_case(now=now, verdict={"urgency": 1, "angry": False})
    page = visit(mira)
    before = page.inner_text("#rows")
    begin = time.monotonic()
    new = make_case(now=now + timedelta(seconds=1), verdict={"urgency": 3})
    page.wait_for_selector("#pill:not([hidden])", timeout=3000)
    assert time.monotonic() - begin < 3
    assert page.inner_text("#pill") == "1 new case" and page.inner_text("#rows") == before
    assert page.inner_text("#count-open") == "2"
    page.keyboard.press(".")
    page.wait_for_selector(f"#case-{new.pk}")
    assert page.is_hidden("#pill")


def test_a_row_changes_in_place_when_a_colleague_claims_it(visit: Visit, mira: Agent, now: datetime) -> None:
    cases = [make_case(now=now - timedelta(minutes=minutes)) for minutes in (9, 6, 3)]
    page = visit(mira, "/?view=unassigned")
    order = page.eval_on_selector_all(".rows li", "rows => rows.map(row => row.id)")
    ben = make_agent(first_name="Ben", last_name="Carter")
    claims.take(cases[1].pk, agent=ben, now=now + timedelta(seconds=1))
    page.wait_for_selector(f"#case-{cases[1].pk} .holder")
    assert "Ben Carter" in page.inner_text(f"#case-{cases[1].pk}")
    assert page.eval_on_selector_all(".rows li", "rows => rows.map(row => row.id)") == order


def test_an_open_case_shows_what_the_customer_writes_and_keeps_what_is_typed(
    visit: Visit, mira: Agent, now: datetime
) -> None:
    author = make_author(network="demo_x", handle="jana")
    case = make_case(now=now - timedelta(minutes=1), author=author)
    page = visit(mira, f"/case/{case.pk}")
    page.keyboard.press("r")
    page.wait_for_selector("#reply-text:focus")
    page.keyboard.type("Ich schreibe gerade")
    make_post("Hallo?? Ist da jemand?", now=now, author=author)
    route(now=now + timedelta(seconds=1))
    page.wait_for_selector("text=Hallo?? Ist da jemand?")
    page.wait_for_selector("#newer button")
    expect(page.locator("#reply-text")).to_have_value("Ich schreibe gerade")
    assert page.evaluate("document.activeElement.id") == "reply-text"
    page.click("#newer button")
    page.click("[data-send]")
    page.wait_for_selector("#undo")


def test_a_lost_claim_is_told_and_the_text_stays(visit: Visit, mira: Agent, now: datetime) -> None:
    case = make_case(now=now)
    page = visit(mira, f"/case/{case.pk}")
    page.keyboard.press("r")
    page.wait_for_selector("#reply-text:focus")
    page.keyboard.type("Fast fertig")
    lead = make_agent("lead", first_name="Leo", last_name="Brandt")
    claims.take_over(case.pk, agent=lead, now=now + timedelta(seconds=1))
    page.wait_for_selector("text=Leo Brandt holds this case now.")
    expect(page.locator("#reply-text")).to_have_value("Fast fertig")


def test_a_cut_line_is_shown_and_goes_when_the_line_is_back(visit: Visit, mira: Agent, now: datetime) -> None:
    page = visit(mira)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    assert page.is_visible("#offline")
    page.wait_for_selector("#offline", state="hidden")


@pytest.mark.parametrize("address", ["/", "/case/{}", "/approvals", "/trends", "/posts", "/sources"])
def test_a_page_breaks_no_rule_of_its_own_policy(visit: Visit, now: datetime, address: str) -> None:
    lead = make_agent("lead", language="en")
    case = make_case(now=now)
    page = visit(lead, address.format(case.pk))
    page.wait_for_selector("#main h1, #main h2")
    assert page.evaluate("document.styleSheets.length") == 1, "htmx puts no style of its own into the page"
