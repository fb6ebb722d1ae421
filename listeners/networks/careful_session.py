"""A `requests` session for client libraries that lack care: a timeout, one host, no redirect, our faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NewConnectionError

from listeners.exceptions import Malformed
from listeners.networks.exchange import lost, whole
from listeners.networks.promptly import refuse_late

_AT_ONCE = 65_536
Judge = Callable[[requests.Response], None]
"""Raises the fault that an answer means, before the client library sees it."""


class CarefulSession(requests.Session):
    """Reaches one vendor only, at `base_url`, whatever URLs the client library writes for `host`.

    `also` holds further hosts of the vendor and where each is reached.
    A call that fails on its way raises Unavailable, or OutcomeUnknown when it may have posted something.
    Nothing is retried. Proxies and `.netrc` of the environment are not used.
    """

    def __init__(
        self,
        *,
        host: str,
        base_url: str,
        timeout_s: float,
        judge: Judge,
        also: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.headers["Accept-Encoding"] = "gzip"
        self._host, self._judge = host, judge
        self.adapters.clear()
        for name, url in {host: base_url, **also}.items():
            self.mount(f"https://{name}/", _Detour(url, timeout_s))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Follow nothing: the token must not reach another host, nor a write happen twice."""
        return None

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **rest: Any) -> requests.Response:
        """Make one call; raises the fault that it met, by `judge` when there is an answer."""
        writes = str(method).upper() != "GET"
        if writes:
            refuse_late(self._host)
        is_stream = bool(rest.pop("stream", False))
        try:
            response = super().request(method, url, *args, **rest | {"stream": True})
            if not is_stream:
                _read_whole(response, self._host, writes=writes)
        except requests.exceptions.InvalidSchema as error:
            raise Malformed(f"{self._host}: a link leads to another host; it is not followed.") from error
        except (requests.exceptions.RequestException, HTTPError) as error:
            writes = writes and not _was_never_sent(error)
            raise lost(self._host, type(error).__name__, writes=writes) from error
        if response.is_redirect:
            raise Malformed(f"{self._host} redirects to another host; it is not followed.")
        self._judge(response)
        return response


class _Detour(HTTPAdapter):
    """Sends requests to `base_url`, with a timeout."""

    def __init__(self, base_url: str, timeout_s: float) -> None:
        super().__init__()
        self._base, self._timeout_s = urlsplit(base_url), timeout_s

    def send(self, request: requests.PreparedRequest, *args: Any, **rest: Any) -> requests.Response:
        url = urlsplit(str(request.url))
        path = self._base.path + url.path
        request.url = urlunsplit((self._base.scheme, self._base.netloc, path, url.query, ""))
        return super().send(request, *args, **rest | {"timeout": self._timeout_s})


def _read_whole(response: requests.Response, label: str, *, writes: bool) -> None:
    """Read the body, bounded in size and time, so that `response.content` has it."""
    chunks = iter(lambda: response.raw.read1(_AT_ONCE, decode_content=False), b"")
    try:
        body = whole(chunks, response.headers, label=label, writes=writes)
        vars(response).update(_content=body, _content_consumed=True)
    finally:
        response.close()


def _was_never_sent(error: Exception) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, NewConnectionError)
