from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from listeners.models import Media
from responders import cases, claims
from responders.models import Agent, Case, Claim, Note
from sentiment.models import Assessment, Correction
from tests.factories import make_author
from tests.responders.console.conftest import HTMX
from tests.responders.desk import claimed_case, make_case, make_post


def shown(client: Client, case: Case) -> str:
    response = client.get(f"/case/{case.pk}")
    assert response.status_code == 200
    return response.content.decode()


def test_a_case_says_who_writes_why_it_is_urgent_and_when_it_is_due(desk: Client, now: datetime) -> None:
    author = make_author(network="demo_x", handle="jana", name="Jana Weiß", followers=12_400)
    text = shown(desk, make_case(now=now, author=author, verdict={"urgency": 3, "angry": True}))
    for words in ("Jana Weiß", "@jana", "12,400", "critical, 91", "Answer due 11:15", "11:00 – 11:15"):
        assert words in text, words
    assert "Percentages from the model test, version 1" in text


def test_a_language_that_the_model_does_not_read_is_not_judged(desk: Client, now: datetime) -> None:
    case = make_case(now=now, verdict={"supported": False, "language": "tr"})
    text = shown(desk, case)
    assert "Not judged: the model does not read the language “tr”." in text
    assert "91%" not in text


def test_a_claim_shows_its_holder_and_can_be_given_back(care: Agent, desk: Client, now: datetime) -> None:
    case = make_case(now=now)
    assert "held by you" in desk.post(f"/case/{case.pk}/claim", headers=HTMX).content.decode()
    assert "Claim and reply" in desk.post(f"/case/{case.pk}/release", headers=HTMX).content.decode()


def test_a_case_that_a_colleague_holds_says_so_and_a_lead_may_take_it_over(
    care: Agent, lead_desk: Client, desk: Client, now: datetime
) -> None:
    case, _ = claimed_case(now=now, agent=care)
    text = shown(lead_desk, case)
    assert "<bdi>Mira Sommer</bdi> is on it" in text and "Take over" in text
    assert "held by you" in lead_desk.post(f"/case/{case.pk}/take-over", headers=HTMX).content.decode()
    refused = desk.post(f"/case/{case.pk}/claim", headers=HTMX)
    assert refused.status_code == 422 and "Leo Brandt holds this case until" in refused.content.decode()


def test_writing_keeps_the_claim(care: Agent, desk: Client, now: datetime, clock: object) -> None:
    case, _ = claimed_case(now=now, agent=care)
    clock.shift(timedelta(minutes=5))  # type: ignore[attr-defined]
    until = int(desk.post(f"/case/{case.pk}/keep").content)
    assert until == int((now + timedelta(minutes=15)).timestamp())
    assert Claim.objects.get(case=case).expires_at == now + timedelta(minutes=15)


def test_a_note_stands_apart_and_says_that_customers_never_see_it(desk: Client, now: datetime) -> None:
    case = make_case(now=now)
    text = desk.post(f"/case/{case.pk}/note", {"text": "VIP"}, headers=HTMX).content.decode()
    assert '<aside class="note"' in text and "customers never see this" in text
    assert Note.objects.get().text == "VIP"


def test_an_empty_note_is_refused_in_words(desk: Client, now: datetime) -> None:
    case = make_case(now=now)
    answer = desk.post(f"/case/{case.pk}/note", {"text": "  "}, headers=HTMX)
    assert answer.status_code == 422 and "There is no text." in answer.content.decode()


def test_a_case_can_be_resolved_and_opened_again(desk: Client, now: datetime) -> None:
    case = make_case(now=now)
    assert "Reopen" in desk.post(f"/case/{case.pk}/resolve", headers=HTMX).content.decode()
    assert "Resolve" in desk.post(f"/case/{case.pk}/reopen", headers=HTMX).content.decode()


@pytest.mark.parametrize(
    ("form", "until"),
    [
        ({"until": "hour"}, "2026-11-24T11:00+00:00"),
        ({"until": "evening"}, "2026-11-24T17:00+00:00"),
        ({"until": "tomorrow"}, "2026-11-25T08:00+00:00"),
        ({"until": "monday"}, "2026-11-30T08:00+00:00"),
        ({"until": "own", "at": "2026-12-01T10:30"}, "2026-12-01T09:30+00:00"),
    ],
)
def test_a_case_is_snoozed_until_a_time_of_the_brand(
    desk: Client, now: datetime, form: dict[str, str], until: str
) -> None:
    case = make_case(now=now)
    desk.post(f"/case/{case.pk}/snooze", form, headers=HTMX)
    case.refresh_from_db()
    assert case.snoozed_until == datetime.fromisoformat(until)


@pytest.mark.parametrize("at", ["", "2020-01-01T10:00", "2026-13-45T99:99", "soon"])
def test_a_snooze_into_the_past_is_refused(desk: Client, now: datetime, at: str) -> None:
    case = make_case(now=now)
    answer = desk.post(f"/case/{case.pk}/snooze", {"until": "own", "at": at}, headers=HTMX)
    assert answer.status_code == 422 and "The time must lie ahead" in answer.content.decode()


def test_a_case_is_handed_to_a_colleague(care: Agent, lead: Agent, desk: Client, now: datetime) -> None:
    case = make_case(now=now)
    text = desk.post(f"/case/{case.pk}/assign", {"to": str(lead.pk)}, headers=HTMX).content.decode()
    assert "handed it over · <bdi>Leo Brandt</bdi>" in text


def test_one_click_corrects_the_model(care: Agent, desk: Client, now: datetime) -> None:
    case = make_case(now=now, verdict={"sentiment": "negative"})
    assessment = Assessment.objects.get()
    form = {"assessment": assessment.pk, "head": "sentiment", "value": "neutral"}
    text = desk.post(f"/case/{case.pk}/correct", form, headers=HTMX).content.decode()
    assert "Corrected by a person." in text
    assert Correction.objects.get().after == "neutral"


def test_a_correction_of_another_cases_verdict_is_not_found(desk: Client, now: datetime) -> None:
    mine, other = make_case(now=now), make_case(now=now)
    foreign = Assessment.objects.get(mention=other.latest_mention)
    form = {"assessment": foreign.pk, "head": "sentiment", "value": "neutral"}
    assert desk.post(f"/case/{mine.pk}/correct", form, headers=HTMX).status_code == 404


@pytest.mark.parametrize(
    "form", [{"head": "sentiment", "value": "great"}, {"head": "mood", "value": "1"}, {}]
)
def test_a_correction_that_means_nothing_changes_nothing(
    desk: Client, now: datetime, form: dict[str, str]
) -> None:
    case = make_case(now=now)
    desk.post(f"/case/{case.pk}/correct", {"assessment": Assessment.objects.get().pk} | form, headers=HTMX)
    assert not Correction.objects.exists()


def test_photos_are_shown_from_here_and_missing_ones_say_so(desk: Client, now: datetime) -> None:
    case = make_case(now=now)
    mention = case.latest_mention
    Media.objects.create(
        mention=mention, url="https://n.example/a.jpg", file="a.jpg", alt="a torn shoe", width=9, height=6
    )
    Media.objects.create(mention=mention, url="https://n.example/b.jpg")
    text = shown(desk, case)
    assert 'href="/media/a.jpg"' in text and 'src="/media/a.small.jpg" alt="a torn shoe"' in text
    assert "The photo is on its way" in text and "n.example" not in text


def test_a_page_hears_what_changed_in_its_case_and_nothing_else(
    care: Agent, lead: Agent, desk: Client, now: datetime
) -> None:
    case, _ = claimed_case(now=now, agent=care)
    address = shown(desk, case).split('id="pulse" hidden hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert desk.get(address, headers=HTMX).status_code == 204
    make_post("Und jetzt?", now=now + timedelta(seconds=1), author=case.latest_mention.author)
    from responders.route import route

    route(now=now + timedelta(seconds=2))
    text = desk.get(address, headers=HTMX).content.decode()
    assert "Und jetzt?" in text and "has written again" in text
    assert "<textarea" not in text


def test_a_case_asks_the_same_number_of_questions_for_short_and_long_conversations(
    care: Agent, desk: Client, now: datetime
) -> None:
    case, _ = claimed_case(now=now, agent=care)

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            shown(desk, case)
        return len(asked)

    cases.add_note(case.pk, text="first", agent=care, now=now)
    few = questions()
    for number in range(20):
        cases.add_note(case.pk, text=f"note {number}", agent=care, now=now)
        make_post(f"Beitrag {number}", now=now, author=case.latest_mention.author)
    from responders.route import route

    route(now=now)
    assert questions() == few <= 50


def test_a_case_that_does_not_exist_is_not_found(desk: Client) -> None:
    answer = desk.get("/case/12345")
    assert answer.status_code == 404 and "There is nothing here" in answer.content.decode()


def test_the_case_opens_as_a_pane_or_as_a_page(desk: Client, now: datetime) -> None:
    case = make_case(now=now)
    pane = desk.get(f"/case/{case.pk}?view=risk", headers=HTMX)
    assert "<html" not in pane.content.decode()
    assert pane.headers["HX-Push-Url"] == f"/case/{case.pk}?view=risk"
    assert "<html" in desk.get(f"/case/{case.pk}").content.decode()
    assert claims.holder(case.pk, now=now) is None
