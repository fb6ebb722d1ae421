from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from responders import cases, claims
from responders.models import Case, Claim
from tests.factories import make_agent
from tests.responders.answers import refused
from tests.responders.desk import claimed_case, make_case
from tests.responders.together import together

LEASE = timedelta(minutes=10)


@pytest.mark.django_db
def test_a_claim_holds_a_case_until_it_expires(now: datetime) -> None:
    case, mira = claimed_case(now=now)
    ben = make_agent(first_name="Ben")
    held = claims.holder(case.pk, now=now + LEASE - timedelta(seconds=1))
    assert held is not None and held.agent == mira
    assert refused(claims.take(case.pk, agent=ben, now=now)) == "held"
    assert claims.holder(case.pk, now=now + LEASE) is None
    assert isinstance(claims.take(case.pk, agent=ben, now=now + LEASE), Claim)
    case.refresh_from_db()
    assert case.owner == ben


@pytest.mark.django_db
def test_claiming_again_makes_ones_own_claim_last_longer(now: datetime) -> None:
    case, mira = claimed_case(now=now)
    again = claims.take(case.pk, agent=mira, now=now + LEASE / 2)
    assert isinstance(again, Claim)
    assert again.expires_at == now + 1.5 * LEASE
    assert Claim.objects.count() == 1


@pytest.mark.django_db
def test_the_refusal_names_the_holder_and_the_time(now: datetime) -> None:
    case, _ = claimed_case(now=now, agent=make_agent(first_name="Mira", last_name="Sommer"))
    assert (
        str(claims.take(case.pk, agent=make_agent(), now=now))
        == "Mira Sommer holds this case until 11/24/2026, 11:10."
    )


@pytest.mark.django_db
def test_a_released_case_goes_back_to_the_team(now: datetime) -> None:
    case, mira = claimed_case(now=now)
    assert refused(claims.release(case.pk, agent=make_agent(), now=now)) == "held"
    assert isinstance(claims.release(case.pk, agent=mira, now=now), Case)
    assert claims.holder(case.pk, now=now) is None
    case.refresh_from_db()
    assert case.owner is None
    assert refused(claims.release(case.pk, agent=mira, now=now)) == "not_held"


@pytest.mark.django_db
def test_only_a_lead_takes_a_case_over(now: datetime) -> None:
    case, _ = claimed_case(now=now)
    lead = make_agent("lead")
    assert refused(claims.take_over(case.pk, agent=make_agent(), now=now)) == "not_lead"
    assert isinstance(claims.take_over(case.pk, agent=lead, now=now), Claim)
    held = claims.holder(case.pk, now=now)
    assert held is not None and held.agent == lead


@pytest.mark.django_db
def test_people_who_do_not_answer_and_those_of_other_brands_hold_nothing(now: datetime) -> None:
    case = make_case(now=now)
    assert refused(claims.take(case.pk, agent=make_agent("marketing"), now=now)) == "not_care"
    assert refused(claims.take(case.pk, agent=make_agent(is_active=False), now=now)) == "not_care"
    assert refused(claims.take(case.pk, agent=make_agent(brands=["other"]), now=now)) == "other_brand"


@pytest.mark.django_db
def test_a_resolved_case_is_not_claimed(now: datetime) -> None:
    case, mira = claimed_case(now=now)
    cases.resolve(case.pk, agent=mira, now=now)
    assert claims.holder(case.pk, now=now) is None
    assert refused(claims.take(case.pk, agent=mira, now=now)) == "case_resolved"


@pytest.mark.django_db(transaction=True)
def test_of_twenty_agents_at_the_same_moment_one_holds_the_case(now: datetime) -> None:
    case = make_case(now=now)
    agents = [make_agent() for _ in range(20)]
    answers = together(lambda agent: claims.take(case.pk, agent=agent, now=now), agents)
    winners = [answer for answer in answers if isinstance(answer, Claim)]
    assert len(winners) == 1
    assert [refused(answer) for answer in answers if answer not in winners] == ["held"] * 19
    assert Claim.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_five_agents_at_the_moment_a_claim_expires_one_gets_the_case(now: datetime) -> None:
    case, _ = claimed_case(now=now)
    agents = [make_agent() for _ in range(5)]
    answers = together(lambda agent: claims.take(case.pk, agent=agent, now=now + LEASE), agents)
    assert len([answer for answer in answers if isinstance(answer, Claim)]) == 1
    assert Claim.objects.filter(released_at__isnull=True).count() == 1
