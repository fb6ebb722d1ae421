"""What each role does in a day, by keys, in both languages."""

from __future__ import annotations

import dataclasses
import io
import re
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from PIL import Image

from listeners.models import Media
from listeners.photo_files import keep_photo
from responders import delivery
from responders.models import Agent, Offer, Reply
from responders.outbox import locked_reply
from tests.browser.conftest import Visit, expect
from tests.factories import make_agent, make_author
from tests.responders.desk import make_case

WORDS = {
    "en": {"granted": "granted", "undo": "goes out in", "held": "held by you", "resolved": "Resolved"},
    "de": {"granted": "gewährt", "undo": "geht raus in", "held": "bei dir", "resolved": "Abgeschlossen"},
}


@pytest.mark.parametrize("language", ["en", "de"])
def test_claim_offer_reply_and_resolve_by_keys(visit: Visit, language: str, now: datetime) -> None:
    agent = make_agent(first_name="Mira", last_name="Sommer", language=language)
    author = make_author(network="demo_x", handle="jana", name="Jana Weiß")
    case = make_case(now=now - timedelta(minutes=5), author=author, verdict={"urgency": 3})
    make_case(now=now, verdict={"urgency": 1, "angry": False})
    page, say = visit(agent), WORDS[language]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(f'#pane[data-case="{case.pk}"]')
    page.keyboard.press("r")
    page.wait_for_selector("#reply-text:focus")
    assert say["held"] in page.inner_text("#case-head")
    page.keyboard.type("Hallo Jana, das tut uns leid.")
    page.keyboard.press("Escape")
    page.keyboard.press("o")
    page.check('[name=kind][value="voucher"]')
    expect(page.locator(".offering [name=value]")).to_have_value("20")
    page.press(".offering [name=value]", "Enter")
    page.wait_for_selector("#confirm-text:focus")
    page.keyboard.press("Enter")
    assert not Offer.objects.exists(), "Enter alone gives no money"
    page.click(".confirm button")
    page.wait_for_selector(".offer.granted")
    assert say["granted"] in page.inner_text("#goodwill")
    page.click("[data-insert]")
    expect(page.locator("#reply-text")).to_have_value(re.compile("Jana.*20", re.DOTALL))
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#undo")
    assert say["undo"] in page.inner_text("#undo")
    sent = Reply.objects.get()
    assert sent.text.endswith("\n^MS") and sent.offer == Offer.objects.get()
    _deliver(sent, now)
    page.wait_for_selector(".answer.sent")
    page.keyboard.press("e")
    page.wait_for_selector("form[action*=reopen]")
    page.goto("/?view=resolved")
    assert "Jana Weiß" in page.inner_text("#rows")
    assert page.inner_text("#list-title") == say["resolved"]


def _deliver(reply: Reply, now: datetime) -> None:
    """What the send stage writes once the network has taken the reply."""
    with transaction.atomic():
        case, reply = locked_reply(reply.pk)
        reply.state, reply.sent_at, reply.native_id, reply.attempts = Reply.State.SENT, now, "r1", 1
        reply.save()
        delivery.answered(case, reply, now=now)


def test_a_reply_is_taken_back_by_a_key_and_stands_in_the_form_again(
    visit: Visit, mira: Agent, now: datetime
) -> None:
    case = make_case(now=now)
    page = visit(mira, f"/case/{case.pk}")
    page.keyboard.press("r")
    page.wait_for_selector("#reply-text:focus")
    page.keyboard.type("Zu schnell")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#undo")
    page.wait_for_selector("#case-title:focus")
    page.keyboard.press("u")
    page.wait_for_selector("#undo", state="detached")
    expect(page.locator("#reply-text")).to_have_value("Zu schnell")
    assert Reply.objects.get().state == Reply.State.CANCELLED


def test_send_and_next_goes_on_with_the_next_case(visit: Visit, mira: Agent, now: datetime) -> None:
    first = make_case(now=now - timedelta(minutes=9), verdict={"urgency": 3})
    second = make_case(now=now, verdict={"urgency": 1})
    page = visit(mira, f"/case/{first.pk}?view=open")
    page.keyboard.press("r")
    page.wait_for_selector("#reply-text:focus")
    page.keyboard.type("Das tut uns leid.")
    page.click("button[value=next]")
    page.wait_for_selector(f'#pane[data-case="{second.pk}"]')
    assert page.is_visible("#undo") and page.url.endswith(f"/case/{second.pk}?view=open")
    assert page.get_attribute(f"#case-{second.pk} a", "aria-current") == "true"
    assert page.is_hidden("#reply-text")


def test_a_photo_is_shown_large_and_put_away(visit: Visit, mira: Agent, now: datetime) -> None:
    case = make_case(now=now)
    Image.new("RGB", (900, 600), "#345").save(content := io.BytesIO(), "PNG")
    photo = keep_photo(content.getvalue())
    Media.objects.create(
        mention=case.latest_mention, url="https://n.example/a", alt="a shoe", **dataclasses.asdict(photo)
    )
    page = visit(mira, f"/case/{case.pk}")
    expect(page.locator("[data-photo] img")).to_have_js_property("naturalWidth", 320)
    page.click("[data-photo]")
    page.wait_for_selector("dialog.photo img[alt='a shoe']")
    expect(page.locator("dialog.photo img")).to_have_js_property("naturalWidth", 900)
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.photo", state="detached")
    assert page.evaluate("document.activeElement.hasAttribute('data-photo')")


def test_a_draft_survives_a_reload_and_another_case(visit: Visit, mira: Agent, now: datetime) -> None:
    first, second = make_case(now=now), make_case(now=now)
    page = visit(mira, f"/case/{first.pk}")
    page.keyboard.press("r")
    page.wait_for_selector("#reply-text:focus")
    page.keyboard.type("Halb fertig")
    page.reload()
    expect(page.locator("#reply-text")).to_have_value("Halb fertig")
    page.click(f"#case-{second.pk} a")
    page.wait_for_selector(f'#pane[data-case="{second.pk}"]')
    page.click(f"#case-{first.pk} a")
    page.wait_for_selector(f'#pane[data-case="{first.pk}"]')
    expect(page.locator("#reply-text")).to_have_value("Halb fertig")


def test_the_browsers_back_leads_to_the_case_before(visit: Visit, mira: Agent, now: datetime) -> None:
    first, second = make_case(now=now), make_case(now=now)
    page = visit(mira)
    for case in (first, second):
        page.click(f"#case-{case.pk} a")
        page.wait_for_selector(f'#pane[data-case="{case.pk}"]')
    page.go_back()
    page.wait_for_selector(f'#pane[data-case="{first.pk}"]')
    assert page.url.endswith(f"/case/{first.pk}?view=open")


def test_a_lead_approves_what_an_agent_offered(visit: Visit, mira: Agent, now: datetime) -> None:
    case = make_case(now=now)
    page = visit(mira, f"/case/{case.pk}")
    page.keyboard.press("c")
    page.wait_for_selector(".held.mine")
    page.keyboard.press("o")
    page.check('[name=kind][value="voucher"]')
    page.fill(".offering [name=value]", "60")
    page.press(".offering [name=value]", "Enter")
    page.wait_for_selector(".confirm")
    assert "A lead has to approve it." in page.inner_text(".confirm")
    page.click(".confirm button")
    page.wait_for_selector(".offer.awaiting_approval")
    lead = visit(make_agent("lead", language="en"), "/approvals")
    lead.click("text=Approve 60")
    lead.wait_for_selector("text=Nothing waits for you")
    page.wait_for_selector(".offer.granted")


def test_a_note_is_written_and_seen_as_a_note(visit: Visit, mira: Agent, now: datetime) -> None:
    page = visit(mira, f"/case/{make_case(now=now).pk}")
    page.keyboard.press("n")
    page.wait_for_selector("#note-text:focus")
    page.keyboard.type("Ruft morgen an.")
    page.click(".noting button")
    page.wait_for_selector("aside.note")
    assert "customers never see this" in page.inner_text("aside.note")


@pytest.mark.parametrize(
    ("role", "address", "seen"),
    [("marketing", "/trends", "Nothing to show yet"), ("ops", "/sources", "listening")],
)
def test_marketing_and_ops_find_their_pages(
    visit: Visit, role: str, address: str, seen: str, now: datetime
) -> None:
    make_case(now=now)
    page = visit(make_agent(role, language="en"))
    assert page.url.endswith(address) and seen in page.inner_text("main")


def test_all_keys_are_shown_and_the_field_is_left_by_escape(visit: Visit, mira: Agent) -> None:
    page = visit(mira)
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/?view=my")
