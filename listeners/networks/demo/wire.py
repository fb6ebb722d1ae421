"""Calls to the demo network over HTTP, their failures told apart by whether anything happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from listeners.contract import Clock
from listeners.exceptions import (
    AuthFault,
    Gone,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.networks.answers import retry_after
from listeners.networks.promptly import refuse_late

DEMO_TOKEN = "demo"
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A way to one host: the token goes there and nowhere else; nothing is retried or followed."""

    session: httpx.Client
    base_url: str
    token: str
    timeout_s: float
    clock: Clock

    def read(self, path: str, params: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """Fetch one JSON object; raises Unavailable, RateLimited, AuthFault, Gone or Malformed."""
        try:
            response = self._call("GET", self.own(path), params=params)
        except httpx.DecodingError as error:
            raise Malformed(f"{path}: the body cannot be decoded ({error}).") from error
        except httpx.RequestError as error:
            raise Unavailable(f"{path}: no answer ({_name(error)}).") from error
        if response.status_code == 200:
            return _object(response, path)
        self._raise_common(response, path)
        if response.status_code >= 500:
            raise Unavailable(f"{path}: the network answered {response.status_code}.")
        raise Malformed(f"{path}: the network answered {response.status_code}, which is not documented.")

    def write(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post one JSON object and return the answer to it.

        Raises Unavailable or RateLimited only when nothing happened, OutcomeUnknown when nobody can
        tell, AuthFault, Gone or Refused when the network will not.
        """
        refuse_late(path)
        try:
            response = self._call("POST", self.own(path), json=body)
        except _NEVER_SENT as error:
            raise Unavailable(f"{path}: not sent ({_name(error)}).") from error
        except httpx.RequestError as error:
            raise OutcomeUnknown(f"{path}: sent, but the answer was lost ({_name(error)}).") from error
        if response.status_code == 201:
            return _object_or_unknown(response, path)
        self._raise_common(response, path)
        status, (code, message) = response.status_code, _error_of(response)
        if status == 503 and code == "not_accepted":
            raise Unavailable(f"{path}: {message or 'not accepted'}")
        if 400 <= status < 500:
            raise Refused(message or f"The network answered {status}.")
        raise OutcomeUnknown(f"{path}: the network answered {status}; the reply may stand there.")

    def _call(self, method: str, url: str, **rest: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        timeout = httpx.Timeout(self.timeout_s)
        return self.session.request(
            method, url, headers=headers, timeout=timeout, follow_redirects=False, **rest
        )

    def own(self, link: str) -> str:
        """Make an absolute address of a path or link; raises Malformed when it leads to another host."""
        url = urljoin(self.base_url + "/", link)
        if urlsplit(url)[:2] != urlsplit(self.base_url)[:2]:
            raise Malformed(f"A link leads to another host ({urlsplit(url).netloc}); it is not followed.")
        return url

    def _raise_common(self, response: httpx.Response, path: str) -> None:
        match response.status_code:
            case 401:
                raise AuthFault(
                    f"{path}: the token is refused; make a new one and set it in the environment."
                )
            case 402:
                raise RateLimited(f"{path}: the calls that were paid for are used up.")
            case 404 | 410:
                raise Gone(f"{path}: the post is gone.")
            case 429:
                retry_at = retry_after(response.headers.get("Retry-After", ""), now=self.clock())
                raise RateLimited(f"{path}: the network asks for a pause.", retry_at=retry_at)


def _object(response: httpx.Response, path: str) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError as error:
        raise Malformed(f"{path}: the answer is not JSON ({error}).") from error
    if not isinstance(body, dict):
        raise Malformed(f"{path}: the answer is a {type(body).__name__}, not an object.")
    return body


def _object_or_unknown(response: httpx.Response, path: str) -> dict[str, Any]:
    try:
        return _object(response, path)
    except Malformed as error:
        raise OutcomeUnknown(f"{path}: accepted, but its answer cannot be read.") from error


def _error_of(response: httpx.Response) -> tuple[str, str]:
    try:
        error = response.json()["error"]
        return str(error["code"]), str(error["message"])
    except (ValueError, KeyError, TypeError):
        return "", ""


def _name(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
