"""The monthly indices behind each alias: their names, templates, making and dropping."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch

from trends.elastic.mapping import Kind, mapping

_NAME = re.compile(
    rf"^({'|'.join(re.escape(kind.value) for kind in Kind)})-(\d{{4}}\.\d{{2}})-(\d{{6}})$", flags=re.ASCII
)


@dataclass(frozen=True, slots=True, order=True)
class Index:
    """One month of one kind, such as `kulanz-mentions-2026.11-000001`.

    `generation` counts how often all has been built anew.
    """

    kind: Kind
    month: str
    generation: int

    @property
    def name(self) -> str:
        """Its name in Elasticsearch."""
        return f"{self.kind.value}-{self.month}-{self.generation:06d}"


def month_of(at: datetime) -> str:
    """Return the month of a time as the names have it, by UTC."""
    return f"{at.astimezone(UTC):%Y.%m}"


def first_month(now: datetime, *, months: int) -> str:
    """Return the oldest of so many months, the present one included."""
    number = now.astimezone(UTC).year * 12 + now.astimezone(UTC).month - months
    return f"{number // 12:04d}.{number % 12 + 1:02d}"


def put_templates(elastic: Elasticsearch, *, analyzer: str) -> None:
    """Bring Elasticsearch the mappings that new indices get; an index that nobody made cannot appear."""
    for kind in Kind:
        elastic.indices.put_index_template(
            name=kind.value,
            index_patterns=[f"{kind.value}-*"],
            priority=200,
            allow_auto_create=False,
            template={"mappings": mapping(kind, analyzer=analyzer), "settings": _SETTINGS},
        )


_SETTINGS: dict[str, Any] = {
    "index": {
        "number_of_shards": 1,
        "auto_expand_replicas": "0-1",
        "refresh_interval": "5s",
        # How long it is known that a document was deleted, so that a write from before comes too late.
        "gc_deletes": "1h",
    }
}


def existing(elastic: Elasticsearch) -> dict[Index, bool]:
    """Return all our indices, and whether each is behind its alias."""
    found = elastic.indices.get_alias(index=[f"{kind.value}-*" for kind in Kind], allow_no_indices=True)
    indices = {}
    for name, held in found.items():
        if match := _NAME.match(name):
            kind = Kind(match[1])
            indices[Index(kind, match[2], int(match[3]))] = kind.value in held["aliases"]
    return indices


def make(elastic: Elasticsearch, index: Index, *, is_read: bool) -> None:
    """Make an index that may have been made meanwhile; `is_read` puts it behind its alias at once."""
    aliases: dict[str, dict[str, Any]] = {index.kind.value: {}} if is_read else {}
    try:
        elastic.indices.create(index=index.name, aliases=aliases)
    except BadRequestError as fault:
        if fault.error != "resource_already_exists_exception":
            raise


def drop(elastic: Elasticsearch, indices: Iterable[Index]) -> int:
    """Drop indices, those that are gone already too; returns how many."""
    count = 0
    for index in sorted(indices):
        elastic.indices.delete(index=index.name, ignore_unavailable=True)
        count += 1
    return count


def swap(elastic: Elasticsearch, *, old: Collection[Index], new: Collection[Index]) -> None:
    """Put the new indices behind their aliases in place of the old ones, all in one moment."""
    actions: list[dict[str, Any]] = [
        {"add": {"index": index.name, "alias": index.kind.value}} for index in sorted(new)
    ]
    actions += [
        {"remove": {"index": index.name, "alias": index.kind.value, "must_exist": False}}
        for index in sorted(old)
    ]
    if actions:
        elastic.indices.update_aliases(actions=actions)
