from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from listeners.models import Mention
from responders.models import Agent, Case
from sentiment.models import Assessment
from sentiment.service import classifier
from tests.factories import make_agent
from tests.responders.console.conftest import HTMX, at_desk
from tests.responders.desk import make_case

SMOKE = "HILFE, aus dem Akku kommt Rauch und der Laden ist voller Kinder!"
HOSTILE = "HILFE, <script>alert(1)</script> & der <mark>Akku</mark> raucht &lt;sehr&gt;!"


def judged_case(text: str = SMOKE, *, now: datetime, **verdict: Any) -> Case:
    """A case whose verdict the shipped model would explain."""
    told = {"urgency": 3, "model_hash": classifier().description.sha256} | verdict
    return make_case(text=text, now=now, verdict=told)


def why(client: Client, case: Case, post: int | str | None = None) -> Any:
    return client.get(f"/case/{case.pk}/why?post={post or case.latest_mention_id}", headers=HTMX)


def test_the_page_leaves_the_words_for_later_and_names_where_they_are(desk: Client, now: datetime) -> None:
    case = judged_case(now=now)
    text = desk.get(f"/case/{case.pk}").content.decode()
    assert f'hx-get="/case/{case.pk}/why?post={case.latest_mention_id}" hx-trigger="load"' in text
    assert "<mark" not in text


def test_the_words_that_carried_the_verdict_are_marked_in_the_post(desk: Client, now: datetime) -> None:
    answer = why(desk, judged_case(now=now)).content.decode()
    marks = re.findall(r'<mark class="(carries|opposes) s([123])">([^<]+)</mark>', answer)
    assert {word for kind, strength, word in marks if kind == "carries"} & {"HILFE", "Akku", "Rauch"}
    assert "3" in {strength for _, strength, _ in marks}
    assert "Urgency “critical”, mostly because of" in answer and "<q" in answer
    assert "Sentiment “negative”" in answer


def test_marking_changes_no_letter_of_the_post_and_lets_no_markup_through(
    desk: Client, now: datetime
) -> None:
    answer = why(desk, judged_case(HOSTILE, now=now)).content.decode()
    words = answer.split('<p class="words" dir="auto">')[1].split("</p>")[0]
    assert html.unescape(re.sub(r"</?mark[^>]*>", "", words)) == HOSTILE
    assert "<mark" in words and "<script" not in words
    assert "style=" not in answer


def test_the_sentence_is_in_the_readers_language(db: None, now: datetime) -> None:
    german = at_desk(make_agent(language="de"))
    answer = why(german, judged_case(now=now)).content.decode()
    assert "Dringlichkeit „kritisch“, vor allem wegen" in answer and "Stimmung „negativ“" in answer


def test_a_post_without_urgency_is_explained_by_its_sentiment(lead_desk: Client, now: datetime) -> None:
    text = "Danke an das Team, ihr habt meine Reise gerettet!"
    case = judged_case(text, now=now, sentiment="positive", urgency=0)
    answer = why(lead_desk, case).content.decode()
    assert "Urgency" not in answer and "Sentiment “positive”, mostly because of" in answer
    assert re.search(r'<mark class="carries s3">(Danke|gerettet!)</mark>', answer)


def test_what_a_person_said_is_not_explained_by_the_models_words(
    care: Agent, desk: Client, now: datetime
) -> None:
    case = judged_case(now=now)
    form = {"assessment": Assessment.objects.get().pk, "head": "urgency", "value": "1"}
    desk.post(f"/case/{case.pk}/correct", form, headers=HTMX)
    answer = why(desk, case).content.decode()
    assert "Urgency" not in answer and "Sentiment “negative”" in answer
    desk.post(f"/case/{case.pk}/correct", form | {"head": "sentiment", "value": "neutral"}, headers=HTMX)
    assert why(desk, case).status_code == 204


@pytest.mark.parametrize(
    "change",
    [
        {"deleted_at": datetime.fromisoformat("2026-11-24T10:00+00:00"), "text": ""},
        {"assessed_at": None, "routed_at": None, "queued_at": None},
    ],
)
def test_a_post_that_is_gone_or_waits_for_the_model_has_no_words(
    desk: Client, now: datetime, change: dict[str, Any]
) -> None:
    case = judged_case(now=now)
    Mention.objects.filter(pk=case.latest_mention_id).update(**change)
    assert why(desk, case).status_code == 204


@pytest.mark.parametrize("change", [{"model_hash": "0" * 64}, {"supported": False}])
def test_the_verdict_of_another_model_or_of_none_has_no_words(
    desk: Client, now: datetime, change: dict[str, Any]
) -> None:
    case = judged_case(now=now)
    Assessment.objects.update(**change)
    assert why(desk, case).status_code == 204


@pytest.mark.parametrize("post", ["1234567", "x", "-1", "٣"])
def test_a_post_that_is_not_the_newest_has_no_words(desk: Client, now: datetime, post: str) -> None:
    assert why(desk, judged_case(now=now), post).status_code == 204


def test_only_people_who_answer_see_the_words(desk: Client, now: datetime) -> None:
    case = judged_case(now=now)
    assert why(at_desk(make_agent("marketing")), case).status_code == 403
    assert "login" in why(Client(), case).headers["Location"]
    assert desk.post(f"/case/{case.pk}/why").status_code == 405
