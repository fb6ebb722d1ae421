from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.environment import read_environment
from listeners.models import Mention
from tests.factories import make_assessment, make_mention, make_source
from tests.trends.elastic.conftest import Search
from trends.copy import copy
from trends.elastic.state import rest, state
from trends.exceptions import ElasticFault
from trends.index import index
from trends.models import Fact
from trends.numbers import database
from trends.numbers import search as elasticsearch
from trends.numbers.ask import Answer, Lack, ask
from trends.numbers.scope import Scope

pytestmark = pytest.mark.django_db


def scope_of(now: datetime, zone: str = "Europe/Berlin", *, days: int = 30, network: str = "") -> Scope:
    clock = ZoneInfo(zone)
    until = now.astimezone(clock).replace(hour=0, minute=0, second=0, microsecond=0)
    return Scope("zehnschritt", until - timedelta(days=days), until, clock, network)


def make_posts(now: datetime, *, count: int = 40) -> None:
    """Posts of three networks and all kinds in the last forty days, in both places."""
    sources = [make_source(now=now, network=network) for network in ("file", "webhook", "feed")]
    for number in range(count):
        at = now - timedelta(hours=16 * number, minutes=17 * number, microseconds=number)
        mention = make_mention(source=sources[number % 3], now=at, assessed_at=at, routed_at=at)
        sentiment = ("negative", "neutral", "positive")[number * 7 % 5 % 3]
        make_assessment(mention, now=at, sentiment=sentiment, urgency=number % 4)
    while index(now=now) + copy(now=now):
        pass


@pytest.mark.parametrize(
    ("zone", "days", "network"),
    [
        ("Europe/Berlin", 30, ""),
        ("Europe/Berlin", 1, ""),
        ("Europe/Berlin", 90, "webhook"),
        ("Europe/Berlin", 30, "nosuch"),
        ("Asia/Kolkata", 30, ""),
        ("Asia/Kathmandu", 30, ""),
    ],
)
def test_elasticsearch_and_the_database_give_the_same_numbers(
    search: Search, now: datetime, zone: str, days: int, network: str
) -> None:
    make_posts(now)
    assert search.all()
    scope = scope_of(now, zone, days=days, network=network)
    found = elasticsearch.count(scope)
    assert found == database.count(scope)
    assert (
        found.total.total
        == Fact.objects.filter(posted_at__range=(scope.since, scope.until))
        .filter(**({"network": network} if network else {}))
        .count()
    )
    assert ask(scope, now=now) == Answer(found)


def test_what_elasticsearch_lacks_is_counted_in_the_database_and_said(search: Search, now: datetime) -> None:
    make_posts(now, count=9)
    search.all()
    make_posts_unseen(now)
    scope = scope_of(now)
    assert ask(scope, now=now) == Answer(database.count(scope), Lack.BEHIND)


def make_posts_unseen(now: datetime) -> None:
    mention = Mention.objects.earliest("pk")
    later = make_mention(source=mention.source, now=now - timedelta(days=2), assessed_at=now, routed_at=now)
    make_assessment(later, now=now)
    index(now=now)


def test_an_elasticsearch_without_any_index_is_no_reason_for_an_empty_page(
    search: Search, now: datetime
) -> None:
    scope = scope_of(now)
    assert ask(scope, now=now) == Answer(database.count(scope), Lack.DOWN)


def test_an_elasticsearch_that_had_a_fault_is_not_asked_while_it_rests(search: Search, now: datetime) -> None:
    make_posts(now, count=3)
    search.all()
    scope = scope_of(now)
    assert ask(scope, now=now).lack is None
    rest(state(), ElasticFault("gone"), now=now)
    assert ask(scope, now=now) == Answer(database.count(scope), Lack.DOWN)


def test_where_no_elasticsearch_answers_the_database_counts(now: datetime, settings: Any) -> None:
    make_posts(now, count=3)
    settings.ENVIRONMENT = read_environment().model_copy(update={"elastic_url": "http://127.0.0.1:9"})
    scope = scope_of(now)
    assert ask(scope, now=now) == Answer(database.count(scope), Lack.DOWN)
    assert ask(scope, now=now).numbers.total.total == 2
