from __future__ import annotations

from datetime import datetime

import pytest

from tests.browser.conftest import Visit, expect
from tests.browser.test_access import faults
from tests.factories import make_agent
from tests.responders.console.test_similar_posts import case_about
from tests.trends.topics.posts import PARCEL


@pytest.mark.parametrize(("language", "scheme", "width"), [("de", "dark", 390), ("en", "light", 1440)])
def test_similar_posts_are_looked_for_when_somebody_unfolds_them(
    visit: Visit, now: datetime, language: str, scheme: str, width: int
) -> None:
    agent = make_agent(language=language)
    for text in PARCEL[:3]:
        case_about(f"{text} Wo ist mein Paket?", now=now)
    case = case_about("Wo ist mein Paket? Seit Tagen nichts.", now=now)
    page = visit(agent, f"/case/{case.pk}", width=width, scheme=scheme)
    expect(page.locator("#case-title")).to_be_visible()
    expect(page.locator(".similar")).to_have_count(0)
    page.locator("#similar summary").click()
    expect(page.locator(".similar li")).to_have_count(3)
    page.locator("#similar").scroll_into_view_if_needed()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".similar a[href^='/case/']").first.click()
    expect(page.locator("#similar")).to_be_attached()
    assert not page.url.endswith(f"/case/{case.pk}")
