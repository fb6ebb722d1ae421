"""Imports one file: finds its columns, then stores it batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Self

from config.brand import Brand
from listeners.contract import Page, Post
from listeners.exceptions import InputError
from listeners.importing.columns import guess
from listeners.importing.lines import Broken, Row
from listeners.importing.readers import Opened, open_rows, peek
from listeners.importing.rejected import RejectedFile
from listeners.importing.rows import Reading, read_post
from listeners.importing.times import is_day_first
from listeners.intake import store
from listeners.models import Source
from listeners.networks.file import BY_HAND, File
from listeners.networks.registry import NETWORKS

BATCH = 1000
BATCH_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the rows of a file; `updated` and `ignored` as in `intake.Stored`."""

    read: int = 0
    new: int = 0
    known: int = 0
    updated: int = 0
    ignored: int = 0
    rejected: int = 0

    def __add__(self, other: Self) -> Summary:
        return Summary(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))


@dataclass(frozen=True, slots=True)
class Plan:
    """A file that is open and understood but not yet read; `sample` holds its first rows."""

    opened: Opened
    rows: Iterator[Row | Broken]
    sample: Sequence[Row]
    reading: Reading


def plan(path: Path, *, brand: Brand, network: str, overrides: Mapping[str, str], now: datetime) -> Plan:
    """Open a file and find its columns; raises InputError."""
    opened = open_rows(path)
    sample, rows = peek(opened.rows)
    try:
        if not sample:
            raise InputError("There is no row that can be read.")
        columns = guess((name for row in sample for name in row.cells), overrides=overrides)
    except InputError as fault:
        opened.close()
        raise InputError(f"{path} ({opened.kind}): {fault}") from None
    dates = [row.cells.get(columns["posted_at"]) for row in sample] if "posted_at" in columns else []
    speaks = NETWORKS.get(network)
    reading = Reading(
        now=now,
        columns=columns,
        zone=brand.zone,
        day_first=is_day_first(dates, otherwise=brand.languages[0] == "de"),
        namespace=f"{brand.slug}:" if network == File.name else "",
        unique_ids=network != File.name,
        cannot_reply_reason="" if speaks and speaks.can_send else BY_HAND,
    )
    return Plan(opened, rows, sample, reading)


def import_source(brand: Brand, network: str, *, now: datetime) -> Source:
    """Return the source that all imports of a brand and network belong to."""
    source, _ = Source.objects.get_or_create(
        brand=brand.slug,
        network=network,
        query="import",
        defaults={
            "slug": f"import-{brand.slug}-{network}"[:50],
            "state": Source.State.PAUSED,
            "settings": {"found_by_search": False},
            "created_at": now,
        },
    )
    return source


def run(plan: Plan, *, source: Source, report: Callable[[Summary], None]) -> Summary:
    """Store all rows of a file; `report` is called with the sum so far after each batch.

    Rows that cannot be used go to `<file>.rejected.jsonl`. Raises InputError if that cannot be written.
    """
    total = Summary()
    with closing(plan.opened), RejectedFile(plan.opened.path) as rejected:
        for batch in _batches(plan.rows):
            total += _store(batch, plan.reading, source, rejected)
            report(total)
    return total


def _batches(rows: Iterator[Row | Broken]) -> Iterator[list[Row | Broken]]:
    """Cut into batches by number, and by size where rows are long."""
    batch: list[Row | Broken] = []
    characters = 0
    for row in rows:
        batch.append(row)
        characters += row.characters
        if len(batch) == BATCH or characters > BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _store(
    batch: Sequence[Row | Broken], reading: Reading, source: Source, rejected: RejectedFile
) -> Summary:
    posts = [post for row in batch if (post := _post(row, reading, rejected)) is not None]
    stored = store(Page(posts=tuple(posts), cursor=source.cursor), source=source, now=reading.now)
    for reject in stored.rejects:
        rejected.add(0, f"{reject.where}: {reject.reason}", reject.payload)
    refused = len(batch) - len(posts) + stored.rejected
    return Summary(len(batch), stored.new, stored.known, stored.updated, stored.ignored, refused)


def _post(row: Row | Broken, reading: Reading, rejected: RejectedFile) -> Post | None:
    if isinstance(row, Broken):
        rejected.add(row.line, row.reason, row.raw)
        return None
    try:
        return read_post(row.cells, reading)
    except InputError as fault:
        rejected.add(row.line, str(fault), row.cells)
        return None
