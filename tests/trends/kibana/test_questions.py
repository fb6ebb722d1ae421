"""What each panel asks is put to a real Elasticsearch that holds posts, cases, sources and incidents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import NOW
from tests.servers.elasticsearch import Server
from tests.trends.kibana.test_objects import PANELS
from trends.elastic.mapping import Kind, mapping
from trends.kibana.panels import Panel

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

SENTIMENTS = ("negative", "neutral", "positive")


def mention(number: int, at: datetime) -> dict[str, Any]:
    return {
        "brand": "zehnschritt",
        "network": ("x", "facebook", "mastodon")[number % 3],
        "source": f"source-{number % 2}",
        "language": ("de", "en")[number % 2],
        "text": "Die Sohle löst sich",
        "author": f"läuferin-{number % 7}",
        "reach": number * 10,
        "reactions": number,
        "stars": 1 + number % 5,
        "is_backfill": False,
        "posted_at": at,
        "delay_seconds": number % 9,
        "first_response_seconds": 60 * number,
        "hour_of_day": at.hour,
        "day_of_week": at.isoweekday(),
        "sentiment": SENTIMENTS[number % 3],
        "urgency": number % 4,
        "angry": number % 2 == 0,
        "intent": ("problem", "question")[number % 2],
        "topic": str(number % 4),
        "topic_name": f"Sohle {number % 4}",
        "phase": "retention",
        "keyphrases": ["sohle", "naht"],
    }


def case(number: int, at: datetime) -> dict[str, Any]:
    return {
        "brand": "zehnschritt",
        "network": "x",
        "case": number,
        "priority": number % 4,
        "topic_name": f"Sohle {number % 4}",
        "opened_at": at,
        **({"closed_at": at + timedelta(hours=3)} if number % 2 else {}),
        "first_response_seconds": 60 * number,
        "breached": number % 3 == 0,
        "angry": True,
        "recovered": number % 2 == 0,
        "goodwill": ["voucher"],
        "spend": 10.5,
        "hour_of_day": at.hour,
        "day_of_week": at.isoweekday(),
    }


def source(number: int, at: datetime) -> dict[str, Any]:
    return {
        "brand": "zehnschritt",
        "network": "x",
        "source": f"source-{number % 2}",
        "state": "listening",
        "hour": at,
        "lag_seconds_p95": number,
        "faults": 1,
        "error_rate": 0.05,
        "volume": number,
        "silent": number % 2 == 0,
        "letters": 2,
    }


def incident(number: int, at: datetime) -> dict[str, Any]:
    return {
        "brand": "zehnschritt",
        "network": "x",
        "kind": "negative",
        "began_at": at,
        "mentions": 40,
        "growth": 4.5,
        "reach": 900,
    }


MAKERS = {Kind.MENTION: mention, Kind.CASE: case, Kind.SOURCE: source, Kind.INCIDENT: incident}


@pytest.fixture(scope="module")
def client(elasticsearch_server: Server) -> Iterator[Elasticsearch]:
    from elasticsearch import Elasticsearch
    from elasticsearch.helpers import bulk

    with Elasticsearch(elasticsearch_server.url, request_timeout=30) as client:
        for kind, make in MAKERS.items():
            index = f"panels-{kind}"
            client.indices.create(index=index, mappings=mapping(kind, analyzer="standard"))
            hours = [NOW - timedelta(hours=number) for number in range(60)]
            rows = [{"_index": index, "_source": make(number, at)} for number, at in enumerate(hours)]
            bulk(client, rows, refresh=True)
        yield client
        client.indices.delete(index=[f"panels-{kind}" for kind in Kind])


@pytest.mark.parametrize("panel", PANELS)
def test_the_question_of_a_panel_is_answered(client: Elasticsearch, panel: Panel) -> None:
    answer = client.search(
        index=f"panels-{panel.kind}", query=panel.query(), aggs=panel.aggregations(), size=0
    )
    assert answer["hits"]["total"]["value"] > 0
    _filled(answer["aggregations"], panel)


def _filled(found: dict[str, Any], panel: Panel, depth: int = 0) -> None:
    """Every bucket of the busiest branch has buckets or numbers in it."""
    if depth < len(panel.buckets):
        buckets = found[f"bucket{depth}"]["buckets"]
        assert buckets
        _filled(max(buckets, key=lambda bucket: int(bucket["doc_count"])), panel, depth + 1)
        return
    for number, measure in enumerate(panel.measures):
        value = found[f"measure{number}"]
        if measure.operation == "count":
            assert value["doc_count"] > 0 or measure.only
        else:
            numbers = value["value"].get("values", {"": value["value"].get("value")})
            assert all(number is not None for number in numbers.values())


@pytest.mark.parametrize("panel", PANELS)
def test_what_a_measure_counts_only_is_found_somewhere(client: Elasticsearch, panel: Panel) -> None:
    for measure in panel.measures:
        query = {"bool": {"filter": [panel.query(), *([measure.aggregation({})["filter"]])]}}
        assert client.count(index=f"panels-{panel.kind}", query=query)["count"] > 0
