"""Builds all indices anew from the database, beside those that are read, and puts them in their place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from django.db import transaction
from elasticsearch import Elasticsearch

from config.environment import environment
from trends.elastic import indices, layout
from trends.elastic.builder import LEASE, Builder
from trends.elastic.client import client, faults_named
from trends.elastic.documents import ORIGINS
from trends.elastic.indices import Index, first_month, month_of
from trends.elastic.mapping import Kind
from trends.elastic.models import Copy
from trends.elastic.state import state
from trends.elastic.sweep import finish, sweep
from trends.exceptions import ElasticFault, ElasticRefusal

SIZE = 500


def rebuild(
    *,
    clock: Callable[[], datetime],
    report: Callable[[int], None] = lambda count: None,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Build everything anew and let it be read in one moment; returns the number of its generation.

    Meanwhile the stage `copy` writes to old and new. A fault or a kill leaves what is read as it is. Raises
    ElasticRefusal where another rebuild is under way, and ElasticFault.
    """
    elastic = client()
    generation = _begin(elastic, clock())
    builder = Builder(elastic, generation, clock, pause)
    try:
        for kind in Kind:
            for keys in chunks(kind, since=since(clock())):
                builder.bring(kind, keys)
                report(len(keys))
        builder.make([Index(kind, month_of(clock()), generation) for kind in Kind])
    except BaseException:
        Copy.objects.filter(building=generation, building_until__isnull=False).update(building=None)
        raise
    _declare_whole(generation, clock())
    with faults_named():
        finish(elastic)
        sweep(elastic, now=clock())
    layout.forget()
    return generation


def count(*, now: datetime) -> int:
    """Return how many documents there are to build."""
    return sum(origin.rows(since=since(now)).count() for origin in ORIGINS.values())


def since(now: datetime) -> datetime:
    """Return the beginning of the months that are kept."""
    first = first_month(now, months=environment().keep_months)
    return datetime.strptime(first, "%Y.%m").replace(tzinfo=UTC)


def chunks(kind: Kind, *, since: datetime) -> Iterator[list[str]]:
    """Yield the keys of all documents of a kind, some at a time, without keeping a cursor open."""
    origin, last = ORIGINS[kind], 0
    while rows := list(origin.rows(since=since).filter(pk__gt=last).order_by("pk")[:SIZE]):
        yield [origin.key(row) for row in rows]
        last = rows[-1].pk


def _begin(elastic: Elasticsearch, now: datetime) -> int:
    with faults_named():
        finish(elastic)
        there = {index.generation for index in indices.existing(elastic)}
        indices.put_templates(elastic, analyzer=environment().elastic_analyzer)
    with transaction.atomic():
        copy = Copy.objects.select_for_update().get(pk=state().pk)
        if copy.building and (copy.building_until is None or copy.building_until > now):
            raise ElasticRefusal(
                "Everything is being built anew already",
                f"Let it end; one that was killed is given up after {LEASE.seconds // 60} minutes.",
            )
        copy.building = max(there | {copy.generation, copy.building or 0}) + 1
        copy.building_until = now + LEASE
        copy.save(update_fields=["building", "building_until"])
        return copy.building


def _declare_whole(generation: int, now: datetime) -> None:
    mine = Copy.objects.filter(building=generation, building_until__gt=now)
    if not mine.update(building_until=None):
        raise ElasticFault("The rebuild showed no life for too long and was given up; start it again")
