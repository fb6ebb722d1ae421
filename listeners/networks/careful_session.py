"""A `requests` session for client libraries that lack care: a timeout, one host, no redirect, our faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from listeners.exceptions import Malformed, OutcomeUnknown, Unavailable
from listeners.networks.promptly import refuse_late

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
        self._host, self._judge = host, judge
        self.adapters.clear()
        for name, url in {host: base_url, **also}.items():
            self.mount(f"https://{name}/", _Detour(url, timeout_s))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Follow nothing: the token must not reach another host, nor a write happen twice."""
        return None

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **rest: Any) -> requests.Response:
        """Make one call; raises the fault that it met, by `judge` when there is an answer."""
        if str(method).upper() != "GET":
            refuse_late(self._host)
        try:
            response = super().request(method, url, *args, **rest)
        except requests.exceptions.InvalidSchema as error:
            raise Malformed(f"{self._host}: a link leads to another host; it is not followed.") from error
        except requests.exceptions.RequestException as error:
            name = type(error).__name__
            if str(method).upper() == "GET" or _was_never_sent(error):
                raise Unavailable(f"{self._host}: no answer ({name}).") from error
            raise OutcomeUnknown(f"{self._host}: sent, but the answer was lost ({name}).") from error
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


def _was_never_sent(error: requests.exceptions.RequestException) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, NewConnectionError)
