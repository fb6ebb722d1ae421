"""Builds all indices anew from the database, beside those that are read, and puts them in their place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction
from elasticsearch import Elasticsearch

from config.environment import environment
from trends.elastic import bulk, indices, layout, letters
from trends.elastic.bulk import Fate, Writing
from trends.elastic.client import client, faults_named
from trends.elastic.documents import ORIGINS
from trends.elastic.indices import Index, first_month, month_of
from trends.elastic.mapping import Kind
from trends.elastic.models import Copy
from trends.elastic.state import state
from trends.elastic.sweep import finish, sweep
from trends.exceptions import ElasticFault, ElasticRefusal

LEASE = timedelta(minutes=5)
"""How long a rebuild is waited for that shows no life."""
SIZE = 500
_TRIES = 7
_BEFORE_ALL_CHANGES = 0
"""The number of what is written here: whatever changes meanwhile has a higher one and stays."""


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
    builder = _Builder(elastic, generation, clock, pause)
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


class _Builder:
    """Fills the indices of one generation."""

    def __init__(
        self,
        elastic: Elasticsearch,
        generation: int,
        clock: Callable[[], datetime],
        pause: Callable[[float], None],
    ) -> None:
        self._elastic, self._generation, self._clock, self._pause = elastic, generation, clock, pause
        self._made: set[Index] = set()

    def bring(self, kind: Kind, keys: Sequence[str]) -> None:
        """Write some documents, with patience while Elasticsearch cannot take them."""
        writings = dict(self._read(kind, keys))
        for attempt in range(_TRIES):
            self._show_life()
            try:
                writings = self._write(kind, writings)
            except ElasticRefusal:
                raise
            except ElasticFault:
                if attempt == _TRIES - 1:
                    raise
            if not writings:
                return
            self._pause(2.0**attempt)
        raise ElasticFault(f"Elasticsearch does not take {len(writings)} documents")

    def make(self, wanted: Sequence[Index]) -> None:
        """Make indices that nobody reads yet."""
        with faults_named():
            for index in set(wanted) - self._made:
                indices.make(self._elastic, index, is_read=False)
                self._made.add(index)

    def _read(self, kind: Kind, keys: Sequence[str]) -> Iterator[tuple[str, Writing]]:
        now = self._clock()
        for key, draft in ORIGINS[kind].drafts(keys, now=now).items():
            if isinstance(draft, Exception):
                letters.keep(kind, key, f"{type(draft).__name__}: {draft}", now=now)
            elif draft.body is not None:
                index = Index(kind, month_of(draft.at), self._generation)
                yield key, Writing(index=index, id=draft.id, number=_BEFORE_ALL_CHANGES, body=draft.body)

    def _write(self, kind: Kind, writings: dict[str, Writing]) -> dict[str, Writing]:
        """Write documents; returns those that were not taken and may be later."""
        self.make([writing.index for writing in writings.values()])
        fates = dict(zip(writings, bulk.write(self._elastic, list(writings.values())), strict=True))
        for key, fate in fates.items():
            if fate.is_refused:
                letters.keep(kind, key, fate.error, now=self._clock())
        return {key: writings[key] for key, fate in fates.items() if _may_be_taken_later(fate)}

    def _show_life(self) -> None:
        now = self._clock()
        mine = Copy.objects.filter(building=self._generation, building_until__gt=now)
        if not mine.update(building_until=now + LEASE):
            raise ElasticRefusal(
                "The rebuild was given up: it showed no life for too long", "Start it again."
            )


def _may_be_taken_later(fate: Fate) -> bool:
    return bool(fate.error) and not fate.is_refused
