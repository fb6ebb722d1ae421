from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from responders.models import Agent
from tests.browser.conftest import Visit, expect
from tests.factories import make_agent, make_assessment, make_mention, make_source
from tests.trends.facts import make_fact


@pytest.fixture
def posts(live_server: Any, now: datetime) -> None:
    """Two posts a day of two networks over four weeks, the older half positive."""
    for network in ("file", "webhook"):
        source = make_source(now=now, network=network)
        for day in range(28):
            at = now - timedelta(days=day, minutes=1)
            mention = make_mention(f"Beitrag {day}", source=source, now=at)
            make_assessment(mention, now=at)
            make_fact(at, "negative" if day < 14 else "positive", mention=mention, network=network)


def marketing(language: str) -> Agent:
    return make_agent("marketing", language=language)


@pytest.mark.parametrize(("language", "scheme", "width"), [("de", "dark", 390), ("en", "light", 1440)])
def test_charts_fit_the_screen_and_no_browser_complains(
    visit: Visit, posts: None, language: str, scheme: str, width: int
) -> None:
    page = visit(marketing(language), "/trends", width=width, scheme=scheme)
    expect(page.locator("[data-png]").first).to_be_visible()
    place = page.locator(".canvas").first.bounding_box()
    assert place["width"] <= width and place["height"] == 280
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_piece_that_is_drawn_over_becomes_the_stretch_and_a_click_leads_to_the_posts(
    visit: Visit, posts: None, now: datetime
) -> None:
    page = visit(marketing("en"), "/trends")
    expect(page.locator("[data-png]").first).to_be_visible()
    box = page.locator("canvas").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 100, steps=4)
    expect(page.locator(".brush").first).to_be_visible()
    with page.expect_navigation():
        page.mouse.up()
    assert "from=" in page.url and "until=" in page.url
    shorter = page.locator("#table-time tbody tr")
    assert 5 < shorter.count() < 15
    expect(page.locator("[data-png]").first).to_be_visible()
    with page.expect_navigation():
        page.locator("canvas").first.click(position={"x": box["width"] / 2, "y": 200})
    assert "/posts?" in page.url and "sentiment=" in page.url
    expect(page.locator(".posts li")).to_have_count(2)


def test_what_the_mouse_can_do_the_keyboard_can(visit: Visit, posts: None, now: datetime) -> None:
    page = visit(marketing("en"), "/trends")
    day = (now - timedelta(days=5)).date().isoformat()
    page.locator("input[name=from]").fill(day)
    page.wait_for_url(f"**from={day}**")
    page.locator("#behind-time summary").focus()
    page.keyboard.press("Enter")
    page.locator("#table-time tbody a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/posts?**")
    expect(page.locator(".posts li")).to_have_count(2)


def test_a_chart_and_its_table_can_be_taken_along(visit: Visit, posts: None) -> None:
    page = visit(marketing("de"), "/trends")
    with page.expect_download() as picture:
        page.locator("[data-png]").first.click()
    assert picture.value.suggested_filename.startswith("zehnschritt-time-")
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as sheet:
        page.locator(".exports a").first.click()
    assert "negativ,neutral,positiv" in sheet.value.path().read_text()


def test_an_event_is_compared_with_the_days_before_it(visit: Visit, posts: None, now: datetime) -> None:
    page = visit(marketing("de"), "/trends/event")
    page.locator("#event").fill((now - timedelta(days=13)).date().isoformat())
    page.get_by_role("button", name="Vergleichen").click()
    row = page.locator(".compared tbody tr").first
    expect(row).to_contain_text("zu wenige, um es zu sagen")
    assert page.locator("tr[data-mark]").count() == 1
