"""Choosing who can read an answer."""

from __future__ import annotations

from datetime import datetime

from responders.models import Agent, Reply
from tests.browser.conftest import Visit, expect
from tests.factories import make_author, make_source
from tests.responders.desk import claimed_case


def test_a_private_answer_has_its_own_limit_and_is_marked_in_the_thread(
    visit: Visit, mira: Agent, now: datetime
) -> None:
    source = make_source(now=now, network="facebook")
    author = make_author(network="facebook", handle="Kim#4711", name="Kim")
    case, _ = claimed_case(now=now, agent=mira, kind="comment", source=source, author=author)
    page = visit(mira, f"/case/{case.pk}")
    page.fill("#reply-text", "Hier ist dein Gutschein.")
    expect(page.locator("#length")).to_contain_text("of 8000 characters")
    page.get_by_label("Only @Kim#4711").check()
    expect(page.locator("#length")).to_contain_text("of 2000 characters")
    page.click("[data-send]")
    expect(page.locator(".answer .private")).to_have_text("only @Kim#4711 can read it")
    assert Reply.objects.get().is_private
