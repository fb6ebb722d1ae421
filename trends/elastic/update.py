"""Brings the copy in Elasticsearch up to date, batch by batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from config.environment import environment
from trends.elastic import bulk, changes, layout, letters
from trends.elastic.bulk import Fate, Writing
from trends.elastic.client import client
from trends.elastic.documents import ORIGINS, Draft
from trends.elastic.indices import Index, drop, first_month, month_of
from trends.elastic.mapping import Kind
from trends.elastic.models import Change, Copy
from trends.elastic.samples import note_samples
from trends.elastic.state import generations, is_resting, rest, state, well
from trends.exceptions import ElasticFault

Key = tuple[Kind, str]


def update(*, now: datetime, size: int = 500) -> int:
    """Write up to `size` changes to Elasticsearch; returns how many it has now.

    Each document is read from the database as it is and written under its change's number.
    """
    how = state()
    if is_resting(how, now=now):
        return 0
    changes.note_cases(now=now, size=size)
    note_samples(how, now=now)
    taken = changes.take(now=now, size=size)
    if not taken:
        return 0
    try:
        return _bring(taken, how, now)
    except ElasticFault as fault:
        changes.put_back(taken, now=now)
        rest(how, fault, now=now)
        return 0


def _bring(taken: Sequence[Change], how: Copy, now: datetime) -> int:
    numbers = changes.newest(taken)
    drafts = _drafts(numbers, now)
    writings = list(_writings(drafts, numbers, generations(how, now=now), now))
    made = layout.prepare(client(), [writing.index for _, writing in writings], read=how.generation)
    if made and state().generation != how.generation:
        drop(client(), [index for index in made if index.generation == how.generation])
        layout.forget()
        raise ElasticFault("All indices were replaced meanwhile")
    fates = bulk.write(client(), [writing for _, writing in writings])
    waiting = _settle(drafts, [(key, fate) for (key, _), fate in zip(writings, fates, strict=True)], now)
    done = [change for change in taken if _key(change) not in waiting]
    changes.strike_out(done)
    if waiting:
        changes.put_back([change for change in taken if _key(change) in waiting], now=now)
        rest(how, ElasticFault(f"{len(waiting)} documents wait: {next(iter(waiting.values()))}"), now=now)
    else:
        well(how)
    return len(done)


def _key(change: Change) -> Key:
    return Kind[change.kind.upper()], change.key


def _drafts(numbers: Mapping[Key, int], now: datetime) -> dict[Key, Draft | Exception]:
    by_kind = defaultdict(list)
    for kind, key in numbers:
        by_kind[kind].append(key)
    return {
        (kind, key): draft
        for kind, keys in by_kind.items()
        for key, draft in ORIGINS[kind].drafts(keys, now=now).items()
    }


def _writings(
    drafts: Mapping[Key, Draft | Exception], numbers: Mapping[Key, int], into: Sequence[int], now: datetime
) -> Iterator[tuple[Key, Writing]]:
    """Yield what is to be written to each generation; months that are not kept get nothing."""
    first = first_month(now, months=environment().keep_months)
    for key, draft in drafts.items():
        if isinstance(draft, Exception) or (month := month_of(draft.at)) < first:
            continue
        for generation in into:
            index = Index(key[0], month, generation)
            yield key, Writing(index=index, id=draft.id, number=numbers[key], body=draft.body)


def _settle(
    drafts: Mapping[Key, Draft | Exception], fates: Sequence[tuple[Key, Fate]], now: datetime
) -> dict[Key, str]:
    """Note what follows from each fate; returns what has to wait, and why."""
    waiting: dict[Key, str] = {}
    for (kind, key), draft in drafts.items():
        if isinstance(draft, Exception):
            letters.keep(kind, key, f"{type(draft).__name__}: {draft}", now=now)
        elif draft.again_at is not None:
            changes.note(kind, [key], now=now, due_at=draft.again_at)
    for (kind, key), fate in fates:
        if fate.is_refused:
            letters.keep(kind, key, fate.error, now=now)
        elif fate.error:
            waiting[kind, key] = fate.error
    if any(fate.lacks_index for _, fate in fates):
        layout.forget()
    return waiting
