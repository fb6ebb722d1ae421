from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from listeners.models import Mention
from tests.factories import make_assessment, make_author, make_mention
from trends.index import index
from trends.models import Fact

pytestmark = pytest.mark.django_db


def routed(now: datetime, **verdict: object) -> Mention:
    mention = make_mention(now=now, author=make_author(followers=1_240))
    make_assessment(mention, now=now, **verdict)
    mention.routed_at = now
    mention.save()
    return mention


def test_a_routed_mention_becomes_one_fact(now: datetime) -> None:
    mention = routed(now, sentiment="negative", urgency=3)
    assert index(now=now) == 1
    fact = Fact.objects.get()
    assert (fact.mention, fact.sentiment, fact.urgency, fact.reach) == (mention, "negative", 3, 1_240)
    mention.refresh_from_db()
    assert mention.indexed_at == now


def test_a_mention_that_is_not_routed_waits(now: datetime) -> None:
    make_assessment(make_mention(now=now), now=now)
    assert index(now=now) == 0


def test_indexing_again_after_a_change_updates_the_fact_instead_of_adding_one(now: datetime) -> None:
    mention = routed(now, sentiment="neutral")
    index(now=now)
    mention.assessments.update(sentiment="positive")
    Mention.objects.update(indexed_at=None)
    assert index(now=now + timedelta(minutes=1)) == 1
    assert Fact.objects.get().sentiment == "positive"


def test_a_deleted_mention_takes_its_fact_with_it(now: datetime) -> None:
    routed(now)
    index(now=now)
    Mention.objects.update(indexed_at=None, deleted_at=now)
    index(now=now)
    assert not Fact.objects.exists()


def test_an_own_post_without_assessment_is_marked_but_not_counted(now: datetime) -> None:
    make_mention(now=now, assessed_at=now, routed_at=now)
    assert index(now=now) == 1
    assert not Fact.objects.exists()
    assert index(now=now) == 0


def test_a_batch_takes_no_more_than_its_size(now: datetime) -> None:
    for _ in range(3):
        routed(now)
    assert index(now=now, size=2) == 2
    assert index(now=now, size=2) == 1
