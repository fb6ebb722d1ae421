"""HTTP to addresses that other people chose: never into the local network, never too much."""

from __future__ import annotations

import ipaddress
import socket
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import httpx

from listeners.exceptions import ListenerError, Malformed, Unavailable

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
LONGEST_SECONDS = 60.0
"""How long one answer may take in all, however steadily it drips."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Forbidden(ListenerError):
    """Raised instead of connecting to an address that is not on the public internet."""


class GuardedTransport(httpx.BaseTransport):
    """Resolves a host, checks every address it has and connects to one of those that were checked.

    Each redirect passes through here again, and a name is resolved once a request, so neither a redirect
    nor a name that changes its address leads inside.
    """

    def __init__(self, *, loopback: bool = False) -> None:
        self._loopback = loopback
        # A kept connection could be handed to another host name that shares the address.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._inner = httpx.HTTPTransport(trust_env=False, limits=limits)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to a checked address.

        Raises Forbidden, or httpx.ConnectError when no address answers.
        """
        fault = httpx.ConnectError("the name has no address", request=request)
        for address in checked_addresses(request.url, loopback=self._loopback):
            try:
                return self._inner.handle_request(_readdressed(request, address))
            except httpx.ConnectError as error:
                fault = error
        raise fault

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def _readdressed(request: httpx.Request, address: str) -> httpx.Request:
    """Aim at an address; the Host header and the certificate's name stay those of the host."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


def checked_addresses(url: httpx.URL, *, loopback: bool) -> list[str]:
    """Resolve a URL's host; one forbidden address among several forbids them all.

    Raises Forbidden, or httpx.ConnectError when the name does not exist.
    """
    if url.scheme not in ("http", "https") or not url.host:
        raise Forbidden(f"{url.scheme or 'no scheme'}: only http and https addresses are fetched.")
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"{url.host} cannot be resolved: {error}") from error
    addresses = list(dict.fromkeys(str(entry[4][0]).split("%")[0] for entry in found))
    for address in addresses:
        if not _may_reach(ipaddress.ip_address(address), loopback=loopback):
            raise Forbidden(f"{url.host} is {address}, which is not a public address; it is not fetched.")
    return addresses


def _may_reach(address: _Address, *, loopback: bool) -> bool:
    inner = _embedded(address)
    if inner is not None:
        return _may_reach(inner, loopback=loopback)
    if address.is_loopback:
        return loopback
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: _Address) -> _Address | None:
    """Return the IPv4 address that an IPv6 address leads to by translation, if it does."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


@cache
def guarded_session(*, loopback: bool = False) -> httpx.Client:
    """Return this process's client for foreign addresses; `loopback` admits this machine, for the demo."""
    return httpx.Client(
        transport=GuardedTransport(loopback=loopback),
        timeout=TIMEOUT,
        follow_redirects=True,
        max_redirects=5,
        headers={"User-Agent": "Kulanz", "Accept-Encoding": "gzip"},
    )


def fetch(
    session: httpx.Client, url: str, *, limit: int, headers: dict[str, str] | None = None
) -> tuple[httpx.Response, bytes]:
    """GET a URL and return the response and its body of at most `limit` bytes, unpacked.

    Raises Unavailable when nothing answers, Forbidden, or Malformed for what is too large or packed
    in another way than gzip.
    """
    try:
        with session.stream("GET", url, headers=headers) as response:
            return response, b"".join(bounded(response.iter_raw(), packing_of(response.headers), limit))
    except httpx.TooManyRedirects as error:
        raise Malformed("It redirects in a circle.") from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise Malformed(f"This is not an address that can be fetched: {error}") from error
    except (httpx.HTTPError, zlib.error) as error:
        raise Unavailable(f"No answer ({type(error).__name__}: {error}).") from error


def packing_of(headers: Mapping[str, str]) -> str:
    """Return how a body is packed."""
    return headers.get("content-encoding", "identity").lower()


def bounded(chunks: Iterable[bytes], packing: str, limit: int) -> Iterator[bytes]:
    """Yield a body unpacked; unpacking stops at the limit too, so that a small bomb stays small.

    Raises Malformed for what is too large or packed in another way than gzip, Unavailable for what does not
    end in time, zlib.error for what cannot be unpacked.
    """
    if packing not in ("identity", "gzip", ""):
        raise Malformed(f"The answer is packed as {packing}, which was not asked for.")
    unpack: Any = zlib.decompressobj(wbits=47) if packing == "gzip" else None
    left, ends = limit, time.monotonic() + LONGEST_SECONDS
    for raw in chunks:
        chunk = unpack.decompress(raw, left + 1) if unpack else raw
        left -= len(chunk)
        if left < 0:
            raise Malformed(f"The answer is larger than {limit:,} bytes.")
        if time.monotonic() > ends:
            raise Unavailable(f"The answer takes longer than {LONGEST_SECONDS:.0f} seconds.")
        yield chunk
