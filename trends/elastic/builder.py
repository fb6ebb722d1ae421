"""Fills the indices of one generation while another is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from elasticsearch import Elasticsearch

from trends.elastic import bulk, indices, letters
from trends.elastic.bulk import Fate, Writing
from trends.elastic.client import faults_named
from trends.elastic.documents import ORIGINS
from trends.elastic.indices import Index, month_of
from trends.elastic.mapping import Kind
from trends.elastic.models import Copy
from trends.exceptions import ElasticFault, ElasticRefusal

LEASE = timedelta(minutes=5)
"""How long a rebuild is waited for that shows no life."""
_TRIES = 7
_BEFORE_ALL_CHANGES = 0
"""The number of what is written here: whatever changes meanwhile has a higher one and stays."""


class Builder:
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
