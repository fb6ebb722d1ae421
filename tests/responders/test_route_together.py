"""Several workers route at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from listeners.models import DeadLetter, Mention
from responders import cases
from responders.models import Case, CaseMention, Customer
from responders.route import route
from tests.factories import make_agent, make_author
from tests.responders.desk import make_case, make_post
from tests.responders.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def finish(now: datetime) -> None:
    while route(now=now, size=7):
        pass


def test_many_workers_open_one_case_for_each_person(now: datetime) -> None:
    authors = [make_author(network="demo_x") for _ in range(5)]
    for number in range(40):
        make_post(now=now, author=authors[number % 5], posted_at=now + timedelta(seconds=number))
    together(finish, [now] * 6)
    finish(now)
    assert Case.objects.count() == Customer.objects.count() == 5
    assert CaseMention.objects.count() == 40
    assert not Mention.objects.filter(routed_at__isnull=True).exists()
    assert not DeadLetter.objects.exists()
    for case in Case.objects.all():
        assert case.case_mentions.count() == 8
        assert case.latest_mention == Mention.objects.filter(author=case.latest_mention.author).latest(
            "posted_at"
        )


@pytest.mark.parametrize("attempt", range(5))
def test_a_case_reopened_while_its_customer_writes_again_stays_the_only_open_one(
    attempt: int, now: datetime
) -> None:
    author, agent = make_author(network="demo_x"), make_agent()
    case = make_case(now=now, author=author)
    cases.resolve(case.pk, agent=agent, now=now)
    make_post(now=now, author=author)
    acts: list[Callable[[], object]] = [
        lambda: route(now=now),
        lambda: cases.reopen(case.pk, agent=agent, now=now),
    ]
    together(lambda act: act(), acts)
    finish(now)
    assert Case.objects.exclude(state=Case.State.RESOLVED).count() == 1
    assert CaseMention.objects.count() == 2
    assert not DeadLetter.objects.exists()


def test_a_case_resolved_while_its_customer_writes_again_loses_nothing(now: datetime) -> None:
    author, agent = make_author(network="demo_x"), make_agent()
    case = make_case(now=now, author=author)
    make_post(now=now, author=author)
    acts: list[Callable[[], object]] = [
        lambda: route(now=now),
        lambda: cases.resolve(case.pk, agent=agent, now=now),
    ]
    together(lambda act: act(), acts)
    finish(now)
    assert CaseMention.objects.count() == 2
    assert not DeadLetter.objects.exists()
