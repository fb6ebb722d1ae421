from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.browser.conftest import Visit, expect
from tests.browser.test_access import UNFOLD, faults
from tests.factories import make_agent
from tests.trends.topics.posts import make_matters
from trends.models import Topic
from trends.topics.stage import topics


@pytest.fixture
def drawn(live_server: Any, now: datetime) -> None:
    """Four matters of which people spoke today."""
    make_matters(now=now, angry=True, reach=9_000)
    while topics(now=now):
        pass


@pytest.mark.parametrize(("language", "scheme", "width"), [("de", "dark", 390), ("en", "light", 1440)])
def test_topics_fit_the_screen_and_axe_finds_no_serious_fault(
    visit: Visit, drawn: None, language: str, scheme: str, width: int
) -> None:
    page = visit(make_agent("lead", language=language), "/trends/topics", width=width, scheme=scheme)
    expect(page.locator(".topics .card")).to_have_count(Topic.objects.count())
    page.evaluate(UNFOLD)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_lead_gives_a_topic_a_name_and_reads_its_posts(visit: Visit, drawn: None) -> None:
    page = visit(make_agent("lead", language="en"), "/trends/topics")
    page.locator(".topics summary").first.click()
    page.locator(".topics [name=name]").first.fill("A name of ours")
    page.locator(".topics button", has_text="Rename").first.click()
    page.locator(".topics h3 a", has_text="A name of ours").click()
    expect(page.locator(".posts li").first).to_be_visible()
    expect(page.locator(".tag", has_text="A name of ours")).to_be_visible()
