"""Promise 7: no sequence of actions, however concurrent, spends over a limit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from responders import claims, goodwill
from responders.models import Agent, Allowance, Case, Offer
from tests.conftest import NOW
from tests.factories import make_agent
from tests.responders.answers import done
from tests.responders.desk import claimed_case
from tests.responders.together import together

CAPS = {"brand": Decimal(3000), "agent": Decimal(800), "customer": Decimal(250)}


def spent() -> dict[tuple[str, int], Decimal]:
    """What the offers that stand say is used of each limit."""
    sums: defaultdict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for offer in Offer.objects.filter(state__in=goodwill.LIVE).select_related("case"):
        sums["brand", 0] += offer.value
        sums["agent", offer.offered_by_id] += offer.value
        sums["customer", offer.case.customer_id] += offer.value
    return {subject: value for subject, value in sums.items() if value}


def assert_the_books_agree() -> None:
    rows = Allowance.objects.values_list("scope", "subject_id", "used")
    booked = {(scope, subject): used for scope, subject, used in rows if used}
    assert booked == spent()
    assert all(used <= CAPS[scope] for (scope, _), used in booked.items())


@pytest.mark.django_db(transaction=True)
def test_of_twenty_offers_to_one_customer_at_once_only_what_fits_is_made(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    answers = together(lambda _: _propose(case, agent, "30", now), range(20))
    assert sum(isinstance(answer, Offer) for answer in answers) == 8
    assert_the_books_agree()
    assert spent()["customer", case.customer_id] == 240


@pytest.mark.django_db(transaction=True)
def test_of_offers_of_many_agents_to_many_customers_at_once_none_breaks_the_budget(
    now: datetime, on_postgresql: bool
) -> None:
    desks = [claimed_case(now=now) for _ in range(16 if on_postgresql else 8)]
    Allowance.objects.create(
        brand="zehnschritt", scope="brand", month=now.date().replace(day=1), cap=3000, used=2500
    )
    answers = together(lambda desk: _propose(desk[0], desk[1], "90", now), desks)
    assert sum(isinstance(answer, Offer) for answer in answers) == 5
    assert Allowance.objects.get(scope="brand").used == 2950


@pytest.mark.django_db(transaction=True)
def test_an_offer_that_is_approved_declined_and_withdrawn_at_once_has_one_end(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    offer = done(_propose(case, agent, "100", now))
    acts: list[Callable[[], object]] = [
        lambda: goodwill.approve(offer.pk, agent=leads[0], now=now),
        lambda: goodwill.decline(offer.pk, agent=leads[1], now=now),
        lambda: goodwill.withdraw(offer.pk, agent=agent, now=now),
        lambda: goodwill.decline(offer.pk, agent=leads[2], now=now),
    ]
    leads = [make_agent("lead") for _ in range(3)]
    together(lambda act: act(), acts)
    assert_the_books_agree()


def _propose(case: Case, agent: Agent, value: str, now: datetime) -> Offer | goodwill.Refusal:
    return goodwill.propose(case.pk, kind="voucher", value=Decimal(value), reason="", agent=agent, now=now)


class Desk(RuleBasedStateMachine):
    """Three agents, a lead and two customers who do anything in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.rolled_back = transaction.atomic()
        self.rolled_back.__enter__()
        self.people = [make_agent(), make_agent(), make_agent("lead"), make_agent("lead")]
        self.cases = [claimed_case(now=NOW, agent=self.people[0])[0] for _ in range(2)]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.rolled_back.__exit__(None, None, None)

    @rule(case=st.integers(0, 1), who=st.integers(0, 3), cents=st.integers(0, 10_100))
    def propose(self, case: int, who: int, cents: int) -> None:
        agent = self.people[who]
        claims.let_go(self.cases[case], now=NOW)
        claims.take(self.cases[case].pk, agent=agent, now=NOW)
        _propose(self.cases[case], agent, str(Decimal(cents) / 100), NOW)

    @rule(
        act=st.sampled_from([goodwill.approve, goodwill.decline, goodwill.withdraw]),
        which=st.integers(0, 30),
        who=st.integers(0, 3),
    )
    def decide(self, act: Callable[..., object], which: int, who: int) -> None:
        offers = list(Offer.objects.order_by("pk"))
        if offers:
            act(offers[which % len(offers)].pk, agent=self.people[who], now=NOW)

    @invariant()
    def the_books_agree(self) -> None:
        assert_the_books_agree()

    @invariant()
    def nobody_decided_their_own(self) -> None:
        for offer in Offer.objects.filter(state=Offer.State.GRANTED):
            assert offer.decided_by_id != offer.offered_by_id
            assert offer.value <= Decimal(offer.terms["agent_limit"]) or offer.decided_by_id


@pytest.mark.django_db
def test_any_sequence_of_actions_keeps_the_books_right() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Desk, settings=settings(max_examples=20, stateful_step_count=25, deadline=None)
    )
