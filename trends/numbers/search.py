"""Counts the copy in Elasticsearch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from trends.elastic.client import client, faults_named
from trends.elastic.mapping import Kind
from trends.numbers.scope import Scope
from trends.numbers.tally import Numbers, Tally

SECONDS = 5.0
"""How long a page waits for Elasticsearch."""
MOST_NETWORKS = 500
BY_KIND = {
    "by": {
        "filters": {
            "filters": {
                "negative": {"term": {"sentiment": "negative"}},
                "neutral": {"term": {"sentiment": "neutral"}},
                "positive": {"term": {"sentiment": "positive"}},
                "urgent": {"range": {"urgency": {"gte": 2}}},
            }
        }
    }
}


def count(scope: Scope) -> Numbers:
    """Count in one search, whatever the stretch. Raises ElasticFault."""
    with faults_named():
        found = (
            client()
            .options(request_timeout=SECONDS)
            .search(
                index=Kind.MENTION.value,
                size=0,
                track_total_hits=False,
                query=_query(scope),
                aggs=_aggs(scope),
            )
        )
    groups = found["aggregations"]
    return Numbers(
        {datetime.fromtimestamp(one["key"] / 1000, UTC): _tally(one) for one in groups["slots"]["buckets"]},
        {one["key"]: _tally(one) for one in groups["networks"]["buckets"]},
    )


def _query(scope: Scope) -> Mapping[str, Any]:
    since, until = scope.since.astimezone(UTC), scope.until.astimezone(UTC)
    wanted: list[Mapping[str, Any]] = [
        {"term": {"brand": scope.brand}},
        {"range": {"posted_at": {"gte": since.isoformat(), "lt": until.isoformat()}}},
    ]
    if scope.network:
        wanted.append({"term": {"network": scope.network}})
    return {"bool": {"filter": wanted}}


def _aggs(scope: Scope) -> Mapping[str, Any]:
    slots = {"field": "posted_at", "fixed_interval": f"{scope.slot_seconds}s", "min_doc_count": 1}
    return {
        "slots": {"date_histogram": slots, "aggs": BY_KIND},
        "networks": {"terms": {"field": "network", "size": MOST_NETWORKS}, "aggs": BY_KIND},
    }


def _tally(bucket: Mapping[str, Any]) -> Tally:
    return Tally(**{name: one["doc_count"] for name, one in bucket["by"]["buckets"].items()})
