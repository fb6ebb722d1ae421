from __future__ import annotations

import gzip
import socket
from typing import Any

import httpx
import pytest
import zstandard
from pytest_httpserver import HTTPServer
from werkzeug import Response

from listeners.exceptions import Malformed, Unavailable
from listeners.guard import Forbidden, checked_addresses, fetch, guarded_session


def resolving_to(*answers: list[str]) -> Any:
    """A resolver that gives these answers, one after the other, the last one for ever."""
    left = list(answers)

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return getaddrinfo


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.7",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving_to([address]))
    with pytest.raises(Forbidden, match="not a public address"):
        checked_addresses(httpx.URL("http://inside.example/"), loopback=False)


def test_one_inner_address_among_public_ones_forbids_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving_to(["93.184.216.34", "10.0.0.1"]))
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1"):
        checked_addresses(httpx.URL("https://mixed.example/"), loopback=True)


@pytest.mark.parametrize("url", ["http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://[::1]/"])
def test_odd_ways_to_write_this_machine_are_seen_through(url: str) -> None:
    with pytest.raises((Forbidden, httpx.ConnectError)):
        checked_addresses(httpx.URL(url), loopback=False)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/", "gopher://x/", "/etc/passwd", "http://"]
)
def test_only_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises((Forbidden, Malformed)):
        fetch(guarded_session(), url, limit=100)


def test_this_machine_is_reached_only_where_that_is_allowed(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("hello")
    assert fetch(guarded_session(loopback=True), httpserver.url_for("/"), limit=100)[1] == b"hello"
    with pytest.raises(Forbidden):
        fetch(guarded_session(), httpserver.url_for("/"), limit=100)


def test_a_redirect_inside_is_not_followed(httpserver: HTTPServer) -> None:
    headers = {"Location": "http://10.0.0.1/secret"}
    httpserver.expect_request("/").respond_with_data("", status=302, headers=headers)
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1"):
        fetch(guarded_session(loopback=True), httpserver.url_for("/"), limit=100)


def test_redirects_that_never_end_are_given_up(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("", status=302, headers={"Location": "/"})
    with pytest.raises(Malformed, match="circle"):
        fetch(guarded_session(loopback=True), httpserver.url_for("/"), limit=100)


def test_the_address_that_was_checked_is_the_one_connected_to(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name answers with a public-looking address first and with another one if asked again."""
    httpserver.expect_request("/").respond_with_handler(lambda request: Response(request.host))
    real = socket.getaddrinfo
    asked: list[str] = []

    def rebinding(host: str | bytes, port: Any, *rest: Any, **options: Any) -> Any:
        if host != "rebind.example":
            return real(host, port, *rest, **options)
        asked.append(str(host))
        return resolving_to(["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"])(host, port)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = f"http://rebind.example:{httpserver.port}/"
    assert (
        fetch(guarded_session(loopback=True), url, limit=100)[1]
        == f"rebind.example:{httpserver.port}".encode()
    )
    assert asked == ["rebind.example"]


def test_too_much_is_not_read(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data(b"x" * 101)
    with pytest.raises(Malformed, match="larger than 100 bytes"):
        fetch(guarded_session(loopback=True), httpserver.url_for("/"), limit=100)


def test_a_packed_bomb_is_not_unpacked(httpserver: HTTPServer) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    httpserver.expect_request("/").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(Malformed, match="larger"):
        fetch(guarded_session(loopback=True), httpserver.url_for("/"), limit=1_000_000)


def test_packing_that_was_not_asked_for_is_refused(httpserver: HTTPServer) -> None:
    packed = zstandard.compress(b"hello")
    httpserver.expect_request("/").respond_with_data(packed, headers={"Content-Encoding": "zstd"})
    with pytest.raises(Malformed, match="packed as zstd"):
        fetch(guarded_session(loopback=True), httpserver.url_for("/"), limit=100)


def test_what_is_packed_is_unpacked(httpserver: HTTPServer) -> None:
    packed = gzip.compress("grüß".encode() * 100)
    httpserver.expect_request("/").respond_with_data(packed, headers={"Content-Encoding": "gzip"})
    assert (
        fetch(guarded_session(loopback=True), httpserver.url_for("/"), limit=1000)[1] == "grüß".encode() * 100
    )


def test_a_host_that_does_not_answer_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        with pytest.raises(Unavailable, match="No answer"):
            fetch(guarded_session(loopback=True), url, limit=100)
