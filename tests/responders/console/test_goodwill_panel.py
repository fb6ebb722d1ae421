from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from django.test import Client

from listeners.models import Media
from responders.console.views.goodwill import amount_of
from responders.models import Agent, Case, Offer
from tests.responders.console.conftest import HTMX
from tests.responders.desk import claimed_case


@pytest.fixture
def case(care: Agent, now: datetime) -> Case:
    """A case that the care agent holds."""
    return claimed_case(now=now, agent=care)[0]


def offer(desk: Client, case: Case, kind: str, value: str) -> str:
    form = {"kind": kind, "value": value, "reason": "torn", "confirmed": value}
    return desk.post(f"/case/{case.pk}/offer", form, headers=HTMX).content.decode()


def test_money_is_asked_about_before_it_is_given(desk: Client, case: Case) -> None:
    form = {"kind": "voucher", "value": "20", "reason": ""}
    text = desk.post(f"/case/{case.pk}/offer", form, headers=HTMX).content.decode()
    assert "Voucher for 20\N{NO-BREAK SPACE}€?" in text and "230\N{NO-BREAK SPACE}€ left this month" in text
    assert not Offer.objects.exists()


def test_a_yes_to_another_amount_is_no_yes(desk: Client, case: Case) -> None:
    desk.post(f"/case/{case.pk}/offer", {"kind": "voucher", "value": "90", "confirmed": "20"}, headers=HTMX)
    assert not Offer.objects.exists()


def test_a_confirmed_offer_stands_in_the_panel_with_its_sentence(desk: Client, case: Case) -> None:
    text = offer(desk, case, "voucher", "20")
    assert Offer.objects.get().state == Offer.State.GRANTED
    assert (
        "granted" in text
        and 'data-insert="Wir schenken dir einen Gutschein über 20\N{NO-BREAK SPACE}€."' in text
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("lots", "Give an amount of 0 or more"),
        ("-5", "Give an amount of 0 or more"),
        ("101", "above the maximum: 101\N{NO-BREAK SPACE}€"),
    ],
)
def test_an_offer_beyond_the_policy_is_refused_with_the_rule(
    desk: Client, case: Case, value: str, said: str
) -> None:
    assert said in offer(desk, case, "voucher", value)
    assert not Offer.objects.exists()


def test_a_photo_proves_the_damage(desk: Client, case: Case) -> None:
    text = offer(desk, case, "replacement", "180")
    assert "No photo yet." in text
    photo = Media.objects.create(mention=case.latest_mention, url="https://n.example/a.jpg", file="a.jpg")
    assert "Which photo proves it?" in desk.get(f"/case/{case.pk}").content.decode()
    address = f"/case/{case.pk}/offer/{Offer.objects.get().pk}/evidence"
    assert "granted" in desk.post(address, {"media": photo.pk}, headers=HTMX).content.decode()


@pytest.mark.parametrize("media", ["", "x", "99999", "9" * 30])
def test_a_photo_that_is_not_there_proves_nothing(desk: Client, case: Case, media: str) -> None:
    offer(desk, case, "replacement", "180")
    address = f"/case/{case.pk}/offer/{Offer.objects.get().pk}/evidence"
    assert desk.post(address, {"media": media}, headers=HTMX).status_code == 422


def test_a_lead_decides_from_the_list_of_approvals(desk: Client, lead_desk: Client, case: Case) -> None:
    offer(desk, case, "voucher", "60")
    made = Offer.objects.get()
    listed = lead_desk.get("/approvals").content.decode()
    assert "Voucher 60\N{NO-BREAK SPACE}€" in listed and "Mira Sommer" in listed
    form = {"decision": "approve", "from": "approvals"}
    answer = lead_desk.post(f"/case/{case.pk}/offer/{made.pk}/decide", form, follow=True)
    assert "Approved: Voucher 60\N{NO-BREAK SPACE}€" in answer.content.decode()
    made.refresh_from_db()
    assert made.state == Offer.State.GRANTED


def test_an_agent_may_not_decide(desk: Client, case: Case) -> None:
    offer(desk, case, "voucher", "60")
    answer = desk.post(f"/case/{case.pk}/offer/{Offer.objects.get().pk}/decide", {"decision": "approve"})
    assert answer.status_code == 403
    assert Offer.objects.get().state == Offer.State.AWAITING_APPROVAL


def test_an_offer_can_be_withdrawn(desk: Client, case: Case) -> None:
    offer(desk, case, "voucher", "20")
    desk.post(f"/case/{case.pk}/offer/{Offer.objects.get().pk}/withdraw", headers=HTMX)
    assert Offer.objects.get().state == Offer.State.WITHDRAWN


@pytest.mark.parametrize(
    ("typed", "value"),
    [("20", "20"), ("19,50", "19.50"), ("19.50", "19.50"), ("1 200 €", "1200"), ("", "0"), ("1e3", "1000")],
)
def test_amounts_are_read_as_people_type_them(typed: str, value: str) -> None:
    assert amount_of(typed) == Decimal(value)


@pytest.mark.parametrize("typed", ["NaN", "Infinity", "abc", "1,2,3", "9" * 40, "--1"])
def test_what_is_no_amount_is_none(typed: str) -> None:
    assert amount_of(typed) is None
