"""What any vendor may send without end: every way to one stops reading."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from listeners import guard
from listeners.contract import Account
from listeners.exceptions import Malformed, OutcomeUnknown, Unavailable
from listeners.networks import exchange
from listeners.networks.careful_session import CarefulSession
from listeners.networks.meta.graph import Graph
from listeners.networks.rest import Rest

Ask = Callable[[], Any]


class Ways:
    """The three ways to a vendor, each with one reading and one writing call."""

    def __init__(self, server: HTTPServer, session: httpx.Client, now: datetime) -> None:
        self._url, self._session, self._now = server.url_for("").rstrip("/"), session, now

    def rest(self) -> tuple[Ask, Ask]:
        rest = Rest(
            label="Vendor", session=self._session, base_url=self._url, timeout_s=5, clock=lambda: self._now,
            renew="", words=lambda body: "", headers={},
        )  # fmt: skip
        return lambda: rest.read("/v1/x"), lambda: rest.write("POST", "/v1/x", {})

    def graph(self) -> tuple[Ask, Ask]:
        account = Account(settings={"base_url": self._url}, secrets={"token": "t"})
        graph = Graph(
            account, session=self._session, clock=lambda: self._now, label="Meta", key="", url="https://g/v1"
        )
        return lambda: graph.read("x"), lambda: graph.write("x")

    def careful(self) -> tuple[Ask, Ask]:
        session = CarefulSession(
            host="vendor.example", base_url=self._url, timeout_s=5, judge=lambda answer: None
        )
        url = "https://vendor.example/v1/x"
        return lambda: session.get(url).json(), lambda: session.post(url, json={}).json()


@pytest.fixture(params=["rest", "graph", "careful"])
def calls(request: pytest.FixtureRequest, httpserver: HTTPServer, now: datetime) -> Iterator[tuple[Ask, Ask]]:
    with httpx.Client() as session:
        calls: tuple[Ask, Ask] = getattr(Ways(httpserver, session, now), request.param)()
        yield calls


def serve(server: HTTPServer, body: bytes, **headers: str) -> None:
    server.expect_request("/v1/x").respond_with_handler(lambda _: Response(body, 200, headers))


def test_an_answer_is_read_packed_or_not(httpserver: HTTPServer, calls: tuple[Ask, Ask]) -> None:
    serve(httpserver, gzip.compress(b'{"a": "\xc3\xb6"}'), **{"Content-Encoding": "gzip"})
    assert [call() for call in calls] == [{"a": "ö"}] * 2
    httpserver.clear()
    serve(httpserver, b'{"a": 1}')
    assert [call() for call in calls] == [{"a": 1}] * 2


@pytest.mark.parametrize("is_packed", [False, True])
def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    httpserver: HTTPServer, calls: tuple[Ask, Ask], monkeypatch: pytest.MonkeyPatch, is_packed: bool
) -> None:
    monkeypatch.setattr(exchange, "LARGEST_ANSWER", 1000)
    body = b'{"a": "%s"}' % (b"x" * 100_000)
    packed = {"Content-Encoding": "gzip"} if is_packed else {}
    serve(httpserver, gzip.compress(body) if is_packed else body, **packed)
    with pytest.raises(Malformed, match="larger than 1,000 bytes"):
        calls[0]()
    with pytest.raises(OutcomeUnknown, match="the answer was lost"):
        calls[1]()


def test_an_answer_that_drips_holds_nobody(
    httpserver: HTTPServer, calls: tuple[Ask, Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "LONGEST_SECONDS", 0.0)
    httpserver.expect_request("/v1/x").respond_with_handler(
        lambda _: Response((b'{"a":', b" ", b" ", b"1}"), 200, direct_passthrough=True)
    )
    with pytest.raises(Unavailable, match="takes longer"):
        calls[0]()
    with pytest.raises(OutcomeUnknown, match="takes longer"):
        calls[1]()


def test_an_answer_that_cannot_be_unpacked_is_none(httpserver: HTTPServer, calls: tuple[Ask, Ask]) -> None:
    serve(httpserver, b"no gzip", **{"Content-Encoding": "gzip"})
    with pytest.raises(Unavailable):
        calls[0]()
    with pytest.raises(OutcomeUnknown):
        calls[1]()
