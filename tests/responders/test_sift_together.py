"""Several workers, and the people at the desks, at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection, transaction

from config.brand_files import all_brands
from listeners.models import DeadLetter, Mention
from responders import campaigns, claims
from responders.models import Case, CaseMention, Wording
from responders.route import route
from responders.sift import sift
from tests.factories import make_agent
from tests.responders.copies import COPY, LONG_COPY, post, posted, variants, work
from tests.responders.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def finish(now: datetime) -> None:
    while route(now=now, size=3) or sift(now=now, size=2):
        pass


def hidden() -> set[int]:
    return set(Case.objects.exclude(hidden="").values_list("pk", flat=True))


def test_workers_that_file_one_campaign_together_make_one_line_of_it(now: datetime) -> None:
    words = LONG_COPY.split()
    for number in range(20):
        post(" ".join([*words[:number], "echt", *words[number:]]), now=now)
        post(f"{COPY} {number}", now=now)
    together(finish, [now] * 4)
    finish(now)
    assert len(hidden()) == Case.objects.count() == 40
    assert set(Wording.objects.values_list("posts", "accounts")) == {(20, 20)}
    assert Wording.objects.count() == 2
    assert not CaseMention.objects.filter(sifted_at=None).exists()
    assert not DeadLetter.objects.exists()


def test_while_a_worker_sifts_one_brand_another_sifts_the_next(
    now: datetime, on_postgresql: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = "zehnschritt", "another"
    brands = dict(all_brands())
    brands[theirs] = brands[ours].model_copy(update={"slug": theirs})
    monkeypatch.setattr("config.brand_files.all_brands", lambda: brands)
    post(LONG_COPY, now=now)
    Mention.objects.filter(pk=post(LONG_COPY, now=now).pk).update(brand=theirs)
    while route(now=now):
        pass
    with transaction.atomic(), connection.cursor() as cursor:
        if on_postgresql:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [0x73696674, ours])
        (handled,) = together(lambda at: sift(now=at), [now]) if on_postgresql else [sift(now=now)]
    assert handled == (1 if on_postgresql else 2)
    assert sift(now=now) == 2 - handled
    assert not CaseMention.objects.filter(sifted_at=None).exists()


@pytest.mark.parametrize("attempt", range(3))
def test_a_case_claimed_while_its_campaign_is_noticed_is_not_hidden(attempt: int, now: datetime) -> None:
    agent, first = make_agent(), posted(*variants(COPY, 4), now=now)[0]
    post(COPY, now=now)
    while route(now=now):
        pass
    acts: list[Callable[[], object]] = [
        lambda: sift(now=now),
        lambda: claims.take(first.pk, agent=agent, now=now),
    ]
    together(lambda act: act(), acts)
    work(now)
    assert len(hidden()) == 4
    assert first.pk not in hidden()
    assert Case.objects.get(pk=first.pk).owner == agent


@pytest.mark.parametrize("attempt", range(3))
def test_no_copy_stays_hidden_when_a_campaign_is_cleared_while_more_come(attempt: int, now: datetime) -> None:
    posted(*variants(COPY, 5), now=now)
    agent, wording = make_agent(), Wording.objects.get()
    for text in variants(COPY, 3):
        post(text, now=now)
    while route(now=now):
        pass
    acts: list[Callable[[], object]] = [
        lambda: sift(now=now),
        lambda: campaigns.clear(wording.pk, agent=agent, now=now),
    ]
    together(lambda act: act(), acts)
    work(now)
    assert not hidden()
