from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from responders import claims
from responders.models import Agent, Case, Reply
from responders.route import route
from tests.factories import make_source
from tests.responders.console.conftest import HTMX
from tests.responders.desk import claimed_case, make_case, make_post


@pytest.fixture
def case(care: Agent, now: datetime) -> Case:
    """A case that the care agent holds."""
    return claimed_case(now=now, agent=care)[0]


def form(case: Case, text: str = "Das tut uns leid.", **more: Any) -> dict[str, Any]:
    start = {
        "text": text,
        "form_key": str(uuid4()),
        "newest_mention_id": case.latest_mention_id,
        "act": "send",
    }
    return start | more


def test_a_reply_goes_into_the_outbox_with_the_signature_below(desk: Client, case: Case) -> None:
    answer = desk.post(f"/case/{case.pk}/reply", form(case), headers=HTMX)
    assert answer.status_code == 200
    assert Reply.objects.get().text == "Das tut uns leid.\n^MS"
    assert "Take it back" in answer.content.decode() and 'id="undo"' in answer.content.decode()
    assert "kulanz:sent" in answer.headers["HX-Trigger"]


def test_a_form_sent_twice_is_one_reply(desk: Client, case: Case) -> None:
    sent = form(case)
    for _ in range(2):
        assert desk.post(f"/case/{case.pk}/reply", sent, headers=HTMX).status_code == 200
    assert Reply.objects.count() == 1


def test_a_reply_taken_back_stands_in_the_form_again(desk: Client, case: Case) -> None:
    desk.post(f"/case/{case.pk}/reply", form(case), headers=HTMX)
    answer = desk.post(f"/case/{case.pk}/reply/{Reply.objects.get().pk}/cancel", headers=HTMX)
    assert Reply.objects.get().state == Reply.State.CANCELLED
    assert ">Das tut uns leid.</textarea>" in answer.content.decode()


def test_a_newer_post_stops_the_reply_shows_itself_and_keeps_the_text(
    desk: Client, case: Case, now: datetime
) -> None:
    old = form(case, "Mein Text")
    make_post("Hallo??", now=now + timedelta(seconds=1), author=case.latest_mention.author)
    route(now=now + timedelta(seconds=1))
    answer = desk.post(f"/case/{case.pk}/reply", old, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 422 and not Reply.objects.exists()
    assert "read it before you answer" in text and "Hallo??" in text and ">Mein Text</textarea>" in text
    assert old["form_key"] in text


@pytest.mark.parametrize(
    ("text", "said"), [("", "There is no text."), ("x" * 300, "The text has 304 characters; X takes 280.")]
)
def test_a_text_that_cannot_go_out_is_refused_with_its_numbers(
    desk: Client, case: Case, text: str, said: str
) -> None:
    answer = desk.post(f"/case/{case.pk}/reply", form(case, text), headers=HTMX)
    assert answer.status_code == 422 and said in answer.content.decode()


def test_a_reply_without_the_claim_is_refused(desk: Client, now: datetime) -> None:
    case = make_case(now=now)
    answer = desk.post(f"/case/{case.pk}/reply", form(case), headers=HTMX)
    assert answer.status_code == 422 and "Claim the case first" in answer.content.decode()


def test_a_browser_without_scripts_keeps_the_text_too(desk: Client, case: Case) -> None:
    refused = desk.post(f"/case/{case.pk}/reply", form(case, "x" * 300))
    assert refused.status_code == 422 and "x" * 300 + "</textarea>" in refused.content.decode()
    sent = desk.post(f"/case/{case.pk}/reply", form(case))
    assert sent.status_code == 302 and sent.headers["Location"] == f"/case/{case.pk}?view=open"


def test_send_next_opens_the_next_case_that_nobody_else_holds(
    care: Agent, lead: Agent, desk: Client, case: Case, now: datetime
) -> None:
    held, free = make_case(now=now), make_case(now=now)
    claims.take(held.pk, agent=lead, now=now)
    answer = desk.post(f"/case/{case.pk}/reply?view=open", form(case, act="next"), headers=HTMX)
    assert answer.headers["HX-Push-Url"] == f"/case/{free.pk}?view=open"
    assert f'data-case="{free.pk}"' in answer.content.decode()


def test_send_next_at_the_end_of_the_list_says_so(desk: Client, case: Case) -> None:
    answer = desk.post(f"/case/{case.pk}/reply?view=open", form(case, act="next"), headers=HTMX)
    assert "That was the last case of this list." in answer.content.decode()


def test_send_and_resolve_closes_the_case_once_the_reply_is_delivered(desk: Client, case: Case) -> None:
    desk.post(f"/case/{case.pk}/reply", form(case, act="resolve"), headers=HTMX)
    assert Reply.objects.get().resolves


def test_the_length_is_counted_as_the_network_counts(desk: Client, case: Case) -> None:
    counted = desk.post(f"/case/{case.pk}/length", {"text": "x" * 280}, headers=HTMX).content.decode()
    assert "284 of 280 characters" in counted and "too long" in counted


def test_where_no_reply_is_possible_the_page_leads_to_the_network_and_notes_the_answer(
    care: Agent, desk: Client, now: datetime
) -> None:
    source = make_source(now=now)
    case, _ = claimed_case(
        now=now, agent=care, source=source, can_reply=False, cannot_reply_reason="X: not mentioned.",
        url="https://x.example/1",
    )  # fmt: skip
    text = desk.get(f"/case/{case.pk}").content.decode()
    assert "X: not mentioned." in text and 'href="https://x.example/1"' in text and "Mark as answered" in text
    wrong = {"text": "Hallo", "url": "javascript:alert(1)", "form_key": str(uuid4())}
    assert desk.post(f"/case/{case.pk}/by-hand", wrong, headers=HTMX).status_code == 422
    desk.post(f"/case/{case.pk}/by-hand", wrong | {"url": "https://x.example/2"}, headers=HTMX)
    assert Reply.objects.get().state == Reply.State.BY_HAND


def test_a_reply_that_nobody_can_find_is_decided_by_a_person(care: Agent, desk: Client, case: Case) -> None:
    desk.post(f"/case/{case.pk}/reply", form(case), headers=HTMX)
    reply = Reply.objects.get()
    Reply.objects.filter(pk=reply.pk).update(state=Reply.State.UNDECIDED, attempts=1)
    assert "Nobody knows whether this was posted." in desk.get(f"/case/{case.pk}").content.decode()
    desk.post(f"/case/{case.pk}/reply/{reply.pk}/settle", {"was_sent": "no"}, headers=HTMX)
    assert "Send it again" in desk.get(f"/case/{case.pk}").content.decode()
    desk.post(f"/case/{case.pk}/reply/{reply.pk}/retry", headers=HTMX)
    reply.refresh_from_db()
    assert reply.state == Reply.State.QUEUED


def test_a_reply_of_another_case_is_not_found(desk: Client, case: Case, now: datetime) -> None:
    desk.post(f"/case/{case.pk}/reply", form(case), headers=HTMX)
    other = make_case(now=now)
    assert desk.post(f"/case/{other.pk}/reply/{Reply.objects.get().pk}/cancel").status_code == 404
