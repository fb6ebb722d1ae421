from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from responders import cases
from responders.models import Agent, Case, Reply
from tests.factories import make_source
from tests.responders.console.conftest import HTMX
from tests.responders.console.test_reply import form
from tests.responders.desk import claimed_case

PUBLIC = '<input type="radio" name="audience" value="public"'
PRIVATE = '<input type="radio" name="audience" value="private"'


@pytest.fixture
def comment(care: Agent, now: datetime) -> Case:
    """A comment on Facebook in a case that the care agent holds."""
    return claimed_case(now=now, agent=care, kind="comment", source=make_source(now=now, network="facebook"))[
        0
    ]


def page(desk: Client, case: Case) -> str:
    return desk.get(f"/case/{case.pk}").content.decode()


def test_a_comment_can_be_answered_for_all_to_read_or_for_its_author_only(
    desk: Client, comment: Case
) -> None:
    text = page(desk, comment)
    assert f"{PUBLIC} checked>" in text
    assert f"{PRIVATE} aria-describedby" in text
    assert "privately until 1 Dec, 11:00" in text


def test_a_private_reply_is_shown_as_such_in_thread_and_timeline(desk: Client, comment: Case) -> None:
    sent = form(comment, audience="private")
    assert desk.post(f"/case/{comment.pk}/reply", sent, headers=HTMX).status_code == 200
    assert Reply.objects.get().is_private
    text = page(desk, comment)
    assert '<i class="private">' in text
    assert "wrote a reply" in text and "for the customer only" in text


def test_a_public_reply_is_nowhere_called_private(desk: Client, comment: Case) -> None:
    desk.post(f"/case/{comment.pk}/reply", form(comment, audience="public"), headers=HTMX)
    assert not Reply.objects.get().is_private
    assert "for the customer only" not in page(desk, comment)
    assert '<i class="private">' not in page(desk, comment)


def test_why_a_post_has_no_private_answer_stands_beside_the_switch(
    desk: Client, care: Agent, now: datetime
) -> None:
    reddit = make_source(now=now, network="reddit")
    text = page(desk, claimed_case(now=now, agent=care, source=reddit)[0])
    assert f"{PRIVATE} disabled" in text
    assert "Reddit: its rules forbid private messages that nobody asked for." in text


def test_the_choice_survives_a_refusal_and_a_reply_taken_back(desk: Client, comment: Case) -> None:
    refused = desk.post(
        f"/case/{comment.pk}/reply", form(comment, "x" * 3000, audience="private"), headers=HTMX
    )
    assert refused.status_code == 422
    assert "The text has 3,004 characters; Facebook takes 2,000." in refused.content.decode()
    assert f"{PRIVATE} checked" in refused.content.decode()
    desk.post(f"/case/{comment.pk}/reply", form(comment, audience="private"), headers=HTMX)
    back = desk.post(f"/case/{comment.pk}/reply/{Reply.objects.get().pk}/cancel", headers=HTMX)
    assert f"{PRIVATE} checked" in back.content.decode()


def test_the_counter_counts_against_the_limit_of_the_chosen_way(desk: Client, comment: Case) -> None:
    def counted(audience: str) -> str:
        sent = {"text": "Hallo", "audience": audience}
        return desk.post(f"/case/{comment.pk}/length", sent, headers=HTMX).content.decode()

    assert "9 of 8000" in counted("public")
    assert "9 of 2000" in counted("private")


def test_below_a_message_there_is_no_choice(desk: Client, care: Agent, now: datetime) -> None:
    telegram = make_source(now=now, network="telegram")
    case, _ = claimed_case(now=now, agent=care, kind="message", source=telegram)
    text = page(desk, case)
    assert PUBLIC not in text and "can read the answer" in text
    desk.post(f"/case/{case.pk}/reply", form(case), headers=HTMX)
    assert Reply.objects.get().is_private


def test_until_when_the_network_takes_an_answer_stands_beside_the_clock(
    desk: Client, care: Agent, now: datetime
) -> None:
    case, _ = claimed_case(
        now=now, agent=care, kind="message", reply_until=now + timedelta(hours=2), verdict={"urgency": 0}
    )
    text = page(desk, case)
    assert "X takes an answer until" in text
    assert "it is due an hour before that" in text
    cases.resolve(case.pk, agent=care, now=now)
    assert "takes an answer until" not in page(desk, case)


def test_after_that_the_case_is_answered_by_hand_and_says_why(
    desk: Client, care: Agent, now: datetime
) -> None:
    case, _ = claimed_case(now=now, agent=care, kind="message", reply_until=now - timedelta(minutes=1))
    text = page(desk, case)
    assert 'id="reply-form"' not in text
    assert "Mark as answered" in text and text.count("X took an answer until") == 2
