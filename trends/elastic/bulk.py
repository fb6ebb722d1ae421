"""Writes many documents at once, each under its number, and tells what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import streaming_bulk

from trends.elastic.client import faults_named
from trends.elastic.indices import Index

MOST_BYTES = 4 * 2**20
"""Of one request."""
_SPOILT = {400, 413}
"""Answers to a whole request that one document in it may be the reason for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One document for one index; `body` None deletes it. What has a higher number there already, stays."""

    index: Index
    id: str
    number: int
    body: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one writing: with no `error` it stands there, or something newer does."""

    error: str = ""
    is_refused: bool = False
    """Whether it will never be taken as it is; if not, it may be tried again."""
    lacks_index: bool = False


WRITTEN = Fate()


def write(elastic: Elasticsearch, writings: Sequence[Writing]) -> list[Fate]:
    """Write all and return the fate of each, in their order; raises ElasticFault where none can be told."""
    with faults_named():
        return [_fate(result) for result in _results(elastic, [_action(one) for one in writings])]


def _action(writing: Writing) -> dict[str, Any]:
    # The number is the outbox's: an equal one is the same change again, written as it stands by now.
    action = {
        "_index": writing.index.name,
        "_id": writing.id,
        "version": writing.number,
        "version_type": "external_gte",
    }
    if writing.body is None:
        return action | {"_op_type": "delete"}
    return action | {"_op_type": "index", "_source": {**writing.body, "version": writing.number}}


def _results(elastic: Elasticsearch, actions: Sequence[dict[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the answer to each action; a spoilt request is halved until the culprit is alone."""
    results: list[Mapping[str, Any]] = []
    try:
        results.extend(_answers(elastic, actions))
    except ApiError as fault:
        if fault.status_code not in _SPOILT:
            raise
        rest = actions[len(results) :]
        if len(rest) == 1:
            return [
                *results,
                {"status": fault.status_code, "error": {"type": "request", "reason": str(fault)}},
            ]
        middle = len(rest) // 2
        return [*results, *_results(elastic, rest[:middle]), *_results(elastic, rest[middle:])]
    return results


def _answers(elastic: Elasticsearch, actions: Iterable[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
    answers = streaming_bulk(
        elastic,
        actions,
        chunk_size=10_000,
        max_chunk_bytes=MOST_BYTES,
        raise_on_error=False,
        max_retries=0,
    )
    for _, answer in answers:
        yield next(iter(answer.values()))


def _fate(result: Mapping[str, Any]) -> Fate:
    status, error = result["status"], result.get("error")
    if status < 300 or status == 409 or (status == 404 and not error):
        return WRITTEN
    kind, reason = _told(error)
    words = f"{status} {kind}: {reason}"[:500]
    if kind == "index_not_found_exception":
        return Fate(words, lacks_index=True)
    return Fate(words, is_refused=status in _SPOILT)


def _told(error: object) -> tuple[str, str]:
    if not isinstance(error, Mapping):
        return "error", str(error)
    cause = error.get("caused_by") or {}
    return error.get("type", ""), f"{error.get('reason', '')} {cause.get('reason', '')}".strip()
