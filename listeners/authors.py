"""Stores authors many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db import models

from listeners.contract import Person
from listeners.models import Author

CHUNK = 400
"""Keys in one query; SQLite takes fewer than a thousand parameters."""
Row = TypeVar("Row", bound=models.Model)
COLUMNS = ("handle", "name", "followers", "profile_url", "joined_at")


def keep(people: Mapping[str, Person], *, network: str) -> dict[str, int]:
    """Store people by their native id, with what is new about them; returns the primary keys.

    What a network leaves out stays as it was.
    """
    known = {
        author.native_id: author for author in by_native_id(Author.objects.all(), network, people.keys())
    }
    # In one order everywhere, so that two writers cannot wait for each other.
    wanted = [_merged(network, people[native_id], known.get(native_id)) for native_id in sorted(people)]
    written = [author for author in wanted if _differs(author, known.get(author.native_id))]
    Author.objects.bulk_create(
        written, update_conflicts=True, unique_fields=["network", "native_id"], update_fields=COLUMNS
    )
    return {author.native_id: author.pk for author in (*known.values(), *written)}


def by_native_id(rows: models.QuerySet[Row], network: str, native_ids: Iterable[str]) -> Iterable[Row]:
    """Read the rows of these native ids, some hundred a query."""
    ids = list(native_ids)
    for start in range(0, len(ids), CHUNK):
        yield from rows.filter(network=network, native_id__in=ids[start : start + CHUNK])


def _merged(network: str, person: Person, known: Author | None) -> Author:
    values: dict[str, Any] = {column: getattr(person, column) for column in COLUMNS}
    if known is not None:
        values = {
            column: value if value not in ("", None) else getattr(known, column)
            for column, value in values.items()
        }
    return Author(network=network, native_id=person.native_id, **values)


def _differs(author: Author, known: Author | None) -> bool:
    return known is None or any(getattr(author, column) != getattr(known, column) for column in COLUMNS)
