"""Asks Elasticsearch for the posts nearest to a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trends.elastic.client import client, faults_named
from trends.elastic.mapping import Kind

SECONDS = 2.0
"""How long a page waits for Elasticsearch before the database is asked."""
FOUND, LOOKED_AT = 100, 300
"""How many posts are named, of how many near ones in each shard."""


def nearest(brand: str, point: Sequence[float], *, least: float) -> set[tuple[str, str]]:
    """Return network and native id of a brand's public posts nearest to `point`, up to `FOUND`.

    `least` is the lowest cosine; `point` is not of zeros only. Raises ElasticFault.
    """
    with faults_named():
        found = (
            client()
            .options(request_timeout=SECONDS)
            .search(
                index=Kind.MENTION.value,
                size=FOUND,
                track_total_hits=False,
                source={"includes": ["network", "native_id"]},
                knn=_knn(brand, point, least),
            )
        )
    return {(hit["_source"]["network"], hit["_source"]["native_id"]) for hit in found["hits"]["hits"]}


def _knn(brand: str, point: Sequence[float], least: float) -> Mapping[str, Any]:
    return {
        "field": "vector",
        "query_vector": point,
        "k": FOUND,
        "num_candidates": LOOKED_AT,
        "similarity": least,
        "filter": [{"term": {"brand": brand}}, {"term": {"is_private": False}}],
    }
