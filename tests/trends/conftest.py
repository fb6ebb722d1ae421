"""The Elasticsearch that the tests of this room share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import need_module
from tests.servers.elasticsearch import Server, elasticsearch, unpacked


@pytest.fixture(scope="session")
def elasticsearch_home() -> Iterator[Path]:
    """The server's programs, unpacked once."""
    need_module("elasticsearch", extra="elastic")
    with unpacked() as home:
        yield home


@pytest.fixture(scope="session")
def elasticsearch_server(elasticsearch_home: Path) -> Iterator[Server]:
    """A server without users that stays up; whoever kills one starts their own."""
    with elasticsearch(elasticsearch_home) as server:
        yield server
