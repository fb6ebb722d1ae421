from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from listeners.models import Media
from responders import claims, goodwill
from responders.models import Agent, Allowance, Case, Offer
from tests.factories import make_agent, make_mention
from tests.responders.answers import done, refused
from tests.responders.desk import claimed_case

State = Offer.State
pytestmark = pytest.mark.django_db


def propose(case: Case, agent: Agent, value: str = "20", *, kind: str = "voucher", now: datetime) -> Offer:
    return done(goodwill.propose(case.pk, kind=kind, value=Decimal(value), reason="", agent=agent, now=now))


def refusal(case: Case, agent: Agent, value: str, *, kind: str = "voucher", now: datetime) -> str:
    return refused(
        goodwill.propose(case.pk, kind=kind, value=Decimal(value), reason="", agent=agent, now=now)
    )


def photo(case: Case, *, file: str = "a.jpg") -> Media:
    mention = case.latest_mention
    return Media.objects.create(mention=mention, url=f"https://photos.example/{file}{mention.pk}", file=file)


def used(scope: str) -> Decimal:
    return Allowance.objects.get(scope=scope).used


def test_what_an_agent_may_give_alone_is_granted_at_once_and_counts(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    offer = propose(case, agent, "30", now=now)
    assert (offer.state, offer.decided_at, offer.decided_by) == (State.GRANTED, now, None)
    limits = goodwill.limits("zehnschritt", agent=agent, customer_id=case.customer_id, now=now)
    assert (limits.brand.used, limits.brand.left) == (Decimal(30), Decimal(2970))
    assert (limits.agent.cap, limits.agent.left) == (Decimal(800), Decimal(770))
    assert (limits.customer.used, limits.customer.left) == (Decimal(30), Decimal(220))


def test_above_what_an_agent_may_give_alone_a_lead_approves(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    offer = propose(case, agent, "30.01", now=now)
    assert offer.state == State.AWAITING_APPROVAL
    assert refused(goodwill.approve(offer.pk, agent=agent, now=now)) == "not_lead"
    lead = make_agent("lead")
    approved = done(goodwill.approve(offer.pk, agent=lead, now=now))
    assert (approved.state, approved.decided_by) == (State.GRANTED, lead)
    assert refused(goodwill.approve(offer.pk, agent=lead, now=now)) == "offer_state"


def test_a_lead_does_not_approve_what_they_offered_themselves(now: datetime) -> None:
    case, lead = claimed_case(now=now, agent=make_agent("lead"))
    offer = propose(case, lead, "100", now=now)
    assert refused(goodwill.approve(offer.pk, agent=lead, now=now)) == "own_offer"
    assert refused(goodwill.decline(offer.pk, agent=lead, now=now)) == "own_offer"
    assert done(goodwill.approve(offer.pk, agent=make_agent("lead"), now=now)).state == State.GRANTED


def test_a_replacement_waits_for_the_photo_and_counts_meanwhile(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    offer = propose(case, agent, "180", kind="replacement", now=now)
    assert (offer.state, used("brand")) == (State.AWAITING_EVIDENCE, Decimal(180))
    assert refused(goodwill.approve(offer.pk, agent=make_agent("lead"), now=now)) == "evidence_missing"
    confirmed = done(goodwill.confirm_evidence(offer.pk, media_id=photo(case).pk, agent=agent, now=now))
    assert (confirmed.state, confirmed.evidence_confirmed_by) == (State.GRANTED, agent)


def test_a_proven_replacement_above_the_limit_still_needs_the_lead(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    offer = propose(case, agent, "250", kind="replacement", now=now)
    confirmed = done(goodwill.confirm_evidence(offer.pk, media_id=photo(case).pk, agent=agent, now=now))
    assert confirmed.state == State.AWAITING_APPROVAL


def test_only_a_fetched_photo_of_the_case_proves_anything_and_only_once(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    other, _ = claimed_case(now=now, agent=agent)
    first = propose(case, agent, "100", kind="replacement", now=now)
    second = propose(case, agent, "50", kind="replacement", now=now)

    def confirm(offer: Offer, media: Media) -> Offer | goodwill.Refusal:
        return goodwill.confirm_evidence(offer.pk, media_id=media.pk, agent=agent, now=now)

    assert refused(confirm(first, photo(other))) == "evidence_foreign"
    assert refused(confirm(first, photo(case, file=""))) == "evidence_not_fetched"
    proof = photo(case)
    assert done(confirm(first, proof)).state == State.GRANTED
    assert refused(confirm(second, proof)) == "evidence_used"
    assert refused(confirm(first, proof)) == "offer_state"


def test_a_declined_or_withdrawn_offer_gives_its_value_back(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    lead = make_agent("lead")
    declined, withdrawn = (propose(case, agent, "60", now=now) for _ in range(2))
    assert used("customer") == 120
    assert done(goodwill.decline(declined.pk, agent=lead, now=now)).decided_by == lead
    assert done(goodwill.withdraw(withdrawn.pk, agent=agent, now=now)).state == State.WITHDRAWN
    assert (used("brand"), used("agent"), used("customer")) == (0, 0, 0)
    assert refused(goodwill.withdraw(withdrawn.pk, agent=agent, now=now)) == "offer_state"
    assert used("brand") == 0


def test_somebody_elses_offer_is_not_withdrawn_but_a_lead_may(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    offer = propose(case, agent, now=now)
    assert refused(goodwill.withdraw(offer.pk, agent=make_agent(), now=now)) == "not_own_offer"
    assert done(goodwill.withdraw(offer.pk, agent=make_agent("lead"), now=now))


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("voucher", "100.01", "above_maximum"),
        ("apology", "1", "above_maximum"),
        ("voucher", "-1", "value_wrong"),
        ("voucher", "1.001", "value_wrong"),
        ("voucher", "NaN", "value_wrong"),
        ("voucher", "Infinity", "value_wrong"),
        ("yacht", "1", "offer_unknown"),
    ],
)
def test_what_the_policy_does_not_know_is_refused(kind: str, value: str, code: str, now: datetime) -> None:
    case, agent = claimed_case(now=now)
    assert refusal(case, agent, value, kind=kind, now=now) == code
    assert not Offer.objects.exists()
    assert not Allowance.objects.filter(used__gt=0).exists()


def test_the_refusal_of_a_limit_gives_its_numbers(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    for value in ("100", "100", "30"):
        propose(case, agent, value, now=now)
    answer = goodwill.propose(
        case.pk, kind="voucher", value=Decimal("20.50"), reason="", agent=agent, now=now
    )
    assert refused(answer) == "limit_customer"
    assert str(answer).replace("\xa0", " ") == (
        "customer limit: 230 € of 250 € this month, 20.50 € would exceed it"
    )
    assert used("brand") == used("agent") == 230


def test_each_limit_is_spent_to_the_last_cent_and_no_further(now: datetime) -> None:
    agent = make_agent()
    for _ in range(8):
        case, _ = claimed_case(now=now, agent=agent)
        propose(case, agent, "100", now=now)
    case, _ = claimed_case(now=now, agent=agent)
    assert refusal(case, agent, "0.01", now=now) == "limit_agent"
    assert done(propose(case, agent, "0", kind="apology", now=now)).state == State.GRANTED


def test_a_new_month_begins_at_midnight_where_the_brand_is(now: datetime) -> None:
    late = datetime.fromisoformat("2026-11-30T22:59:00+00:00")
    case, agent = claimed_case(now=late)
    assert propose(case, agent, "100", now=late).month.isoformat() == "2026-11-01"
    in_december = late + timedelta(minutes=1)
    offer = propose(case, agent, "100", now=in_december)
    assert offer.month.isoformat() == "2026-12-01"
    done(goodwill.decline(offer.pk, agent=make_agent("lead"), now=in_december))
    assert dict(Allowance.objects.filter(scope="customer").values_list("month__month", "used")) == {
        11: 100,
        12: 0,
    }


def test_who_does_not_hold_the_case_offers_nothing(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    assert refusal(case, make_agent(), "1", now=now) == "held"
    claims.release(case.pk, agent=agent, now=now)
    assert refusal(case, agent, "1", now=now) == "not_held"


def test_a_photo_of_another_mention_of_the_case_is_proof_too(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    elsewhere = make_mention(now=now)
    offer = propose(case, agent, "100", kind="replacement", now=now)
    media = Media.objects.create(mention=elsewhere, url="https://photos.example/b", file="b.jpg")
    case.case_mentions.create(mention=elsewhere, added_at=now)
    assert done(goodwill.confirm_evidence(offer.pk, media_id=media.pk, agent=agent, now=now))
