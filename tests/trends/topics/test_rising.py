"""What rises on real rows: an hour and a week against the same ones before."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.trends.topics.posts import make_facts
from trends.models import Fact, Topic, TopicMap
from trends.topics.draw import NEWEST
from trends.topics.rising import HOUR, WEEK, Riser, Rising, rising

pytestmark = pytest.mark.django_db

BRAND = "zehnschritt"


@pytest.fixture
def topic(now: datetime) -> Topic:
    """A topic of which nobody spoke yet."""
    TopicMap.objects.create(brand=BRAND, made_at=now, posts=100)
    return Topic.objects.create(brand=BRAND, name="Paket", language="de", centre=b"", found_at=now)


def posts(count: int, *, weeks_ago: int, now: datetime, topic: Topic | None = None) -> None:
    facts = make_facts(["Text"] * count, now=now - weeks_ago * WEEK, phase="purchase")
    Fact.objects.filter(pk__in=[fact.pk for fact in facts]).update(topic=topic, topic_at=now)


def risen(found: Rising) -> dict[tuple[str, str | int], Riser]:
    return {(riser.part, riser.value): riser for riser in found.risers}


@pytest.mark.parametrize("length", [HOUR, WEEK])
def test_a_part_that_brings_far_more_than_in_the_same_hours_before_rises(
    length: timedelta, now: datetime, topic: Topic
) -> None:
    for week in range(1, 8):
        posts(5, weeks_ago=week, now=now, topic=topic)
        posts(20, weeks_ago=week, now=now)
    posts(30, weeks_ago=0, now=now, topic=topic)
    posts(20, weeks_ago=0, now=now)
    found = risen(rising(BRAND, length=length, now=now))
    assert found["topic", topic.pk].count == 30
    assert found["topic", topic.pk].times > 5
    assert ("phase", "unknown") not in found


def test_what_is_as_always_does_not_rise(now: datetime, topic: Topic) -> None:
    for week in range(8):
        posts(12 + week % 3, weeks_ago=week, now=now, topic=topic)
    found = rising(BRAND, length=WEEK, now=now)
    assert found.can_tell
    assert found.risers == ()


def test_without_a_past_nothing_can_be_told(now: datetime, topic: Topic) -> None:
    assert not rising(BRAND, length=HOUR, now=now).can_tell
    for week in range(3):
        posts(40 if week == 0 else 2, weeks_ago=week, now=now, topic=topic)
    found = rising(BRAND, length=WEEK, now=now)
    assert (found.can_tell, found.risers) == (False, ())


def test_a_new_topic_of_a_brand_with_very_many_posts_is_not_said_to_rise(now: datetime, topic: Topic) -> None:
    for week in range(1, 8):
        posts(10, weeks_ago=week, now=now)
    posts(30, weeks_ago=0, now=now, topic=topic)
    assert ("topic", topic.pk) in risen(rising(BRAND, length=WEEK, now=now))
    TopicMap.objects.update(posts=NEWEST)
    assert ("topic", topic.pk) not in risen(rising(BRAND, length=WEEK, now=now))
