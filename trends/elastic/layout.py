"""Sees to it that the indices that are written to are there, with the fields of today."""

from __future__ import annotations

from collections.abc import Collection
from threading import Lock

from elasticsearch import BadRequestError, Elasticsearch

from config.environment import environment
from trends.elastic import indices
from trends.elastic.client import faults_named
from trends.elastic.indices import Index
from trends.elastic.mapping import Kind, mapping
from trends.exceptions import ElasticRefusal

_known: set[Index] = set()
_lock = Lock()


def prepare(elastic: Elasticsearch, wanted: Collection[Index], *, read: int) -> set[Index]:
    """Make the wanted indices that are missing; those of the generation `read` stand behind their aliases.

    Returns those that were made. The first call of a process brings templates and new fields. Raises
    ElasticFault, and ElasticRefusal where a field that is there already is another one today.
    """
    with _lock, faults_named():
        if not _known:
            _bring_fields(elastic)
            _known.update(indices.existing(elastic))
        missing = set(wanted) - _known
        for index in sorted(missing):
            indices.make(elastic, index, is_read=index.generation == read)
        _known.update(missing)
        return missing


def forget() -> None:
    """Look anew next time which indices there are."""
    with _lock:
        _known.clear()


def _bring_fields(elastic: Elasticsearch) -> None:
    analyzer = environment().elastic_analyzer
    indices.put_templates(elastic, analyzer=analyzer)
    there = {index.kind for index in indices.existing(elastic)}
    for kind in Kind:
        if kind in there:
            _bring_fields_of(elastic, kind, analyzer)


def _bring_fields_of(elastic: Elasticsearch, kind: Kind, analyzer: str) -> None:
    try:
        elastic.indices.put_mapping(
            index=f"{kind.value}-*", properties=mapping(kind, analyzer=analyzer)["properties"]
        )
    except BadRequestError as fault:
        raise ElasticRefusal(
            f"The indices of {kind.value} have other fields than Kulanz writes today ({fault.error})",
            "Run: kulanz reindex",
        ) from None
