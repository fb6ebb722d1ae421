from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from listeners.models import Context, ContextPost, Conversation
from responders.models import Case
from tests.browser.conftest import Visit, expect
from tests.browser.test_access import faults
from tests.factories import make_agent
from tests.responders.desk import make_case

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "Wie lange hält der denn? " * 20


def answering(now: datetime) -> Case:
    """A case whose post answers a long one, which answers ours, and quotes another."""
    case = make_case(
        now=now,
        text="Meine Öse ist nach zwei Wochen gerissen. Wie bei allen hier.",
        native_id="4",
        parent_id="2",
        thread_id="1",
        quoted_id="9",
    )
    conversation = Conversation.objects.create(
        brand=case.brand, network=case.network, native_id="1", source=case.latest_mention.source
    )
    Context.objects.create(mention=case.latest_mention, conversation=conversation)
    for native_id, handle, text, parent_id in (
        ("9", "lauftreff", "Schuhe sind wie Freunde:\nman merkt erst spät, was sie taugen.", ""),
        ("1", "zehnschritt", "Neu im Laden: der Gleit 4, in fünf Farben.", ""),
        ("2", "kim.laeuft", QUESTION, "1"),
        ("3", "", "", "1"),
    ):
        ContextPost.objects.create(
            conversation=conversation,
            native_id=native_id,
            handle=handle,
            text=text,
            parent_id=parent_id,
            posted_at=now - timedelta(minutes=9 - int(native_id) % 9),
            is_own=handle == "zehnschritt",
            deleted=not text,
            url=f"https://x.example/{native_id}",
        )
    return case


@pytest.mark.parametrize(("language", "fold"), [("de", "3 Beiträge davor"), ("en", "3 posts before this")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_what_a_post_answers_is_one_line_and_a_key_unfolds_the_rest(
    visit: Visit, now: datetime, language: str, fold: str, scheme: str, width: int
) -> None:
    case = answering(now)
    page = visit(make_agent(language=language), f"/case/{case.pk}", width=width, scheme=scheme)
    lines = page.locator(".cited")
    expect(lines).to_have_count(2)
    assert {round(line.bounding_box()["height"]) for line in lines.all()} <= set(range(14, 26))
    summary = page.locator(".before summary")
    expect(summary).to_have_text(fold)
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".before li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults(page) == []
