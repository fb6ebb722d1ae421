"""The real server behind these tests, emptied for each, and Kulanz told of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from config.environment import read_environment
from tests.servers.elasticsearch import PASSWORD, USER, Server, elasticsearch
from trends.elastic import indices, layout
from trends.elastic.client import client
from trends.elastic.mapping import Kind


@pytest.fixture(scope="session")
def secure_server(elasticsearch_home: Path) -> Iterator[Server]:
    """A server with TLS and one user, which tests may kill and start again."""
    with elasticsearch(elasticsearch_home, secure=True) as server:
        yield server


@pytest.fixture
def log_in(secure_server: Server) -> dict[str, str]:
    """The variables that lead to the secure server."""
    return {
        "KULANZ_ELASTIC_URL": secure_server.url,
        "KULANZ_ELASTIC_USER": USER,
        "KULANZ_ELASTIC_PASSWORD": PASSWORD,
        "KULANZ_ELASTIC_CA": str(secure_server.certificate),
    }


@pytest.fixture
def search(elasticsearch_server: Server, settings: Any) -> Search:
    """Kulanz with an empty Elasticsearch."""
    settings.ENVIRONMENT = read_environment().model_copy(update={"elastic_url": elasticsearch_server.url})
    return emptied()


@pytest.fixture
def secure_search(log_in: dict[str, str], settings: Any, monkeypatch: pytest.MonkeyPatch) -> Search:
    """Kulanz with an empty Elasticsearch that has users and TLS."""
    for name, value in log_in.items():
        monkeypatch.setenv(name, value)
    settings.ENVIRONMENT = read_environment()
    return emptied()


def emptied() -> Search:
    """Drop all that Kulanz has in the Elasticsearch that it was told of."""
    elastic = client()
    indices.drop(elastic, indices.existing(elastic))
    layout.forget()
    return Search(elastic)


class Search:
    """What a reader of the copy sees."""

    def __init__(self, elastic: Elasticsearch) -> None:
        self.elastic = elastic

    def all(self, kind: Kind = Kind.MENTION) -> dict[str, dict[str, Any]]:
        """All documents behind an alias, by id."""
        self.elastic.indices.refresh(index=f"{kind.value}-*")
        found = self.elastic.search(index=kind.value, size=1_000, ignore_unavailable=True)
        hits = found["hits"]["hits"]
        assert len({hit["_id"] for hit in hits}) == len(hits), "a document stands in two indices"
        return {hit["_id"]: hit["_source"] for hit in hits}

    def one(self, kind: Kind = Kind.MENTION) -> dict[str, Any]:
        """The only document."""
        (document,) = self.all(kind).values()
        return document

    def names(self) -> set[str]:
        """All indices that there are."""
        return {index.name for index in indices.existing(self.elastic)}
