from __future__ import annotations

import json

from responders.models import Agent
from sentiment.classifier import SHIPPED
from sentiment.description import read_description
from tests.browser.conftest import Visit


def test_the_description_of_the_api_can_be_read_and_tried_by_who_is_logged_in(
    visit: Visit, mira: Agent
) -> None:
    page = visit(mira, "/api/v1/docs")
    page.click("text=Judge posts")
    page.click("text=Try it out")
    body = page.locator("textarea").first
    body.fill(json.dumps({"posts": [{"text": "Danke, ihr seid großartig!"}], "why": True}))
    page.click("button.execute")
    page.wait_for_selector(f"text={read_description(SHIPPED).name}")
    assert "positive" in page.inner_text(".live-responses-table")
