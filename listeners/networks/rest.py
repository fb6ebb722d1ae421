"""JSON over HTTP to one vendor's host, for networks without a client library of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

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
from listeners.networks.exchange import exchange
from listeners.networks.promptly import refuse_late

Judge = Callable[[httpx.Response, str], Exception | None]
"""Reads an answer, with what it tells in words, as a fault that only this vendor says so."""


class BadRequest(Malformed):
    """Raised when the vendor refuses a parameter of a read, as it does for a page whose token is too old."""


def _no_own_words(response: httpx.Response, told: str) -> Exception | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A way to one host: the log-in goes there and nowhere else; nothing is retried, nothing followed.

    `renew` says what to do about a refused log-in, `words` finds the reason in an error's body, and
    `judge` knows what this vendor says in a way of its own.
    """

    label: str
    session: httpx.Client
    base_url: str
    timeout_s: float
    clock: Clock
    renew: str
    words: Callable[[Any], object]
    headers: Mapping[str, str]
    judge: Judge = _no_own_words

    def read(self, path: str, params: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """Fetch one JSON object; raises Unavailable, RateLimited, AuthFault, Refused, Gone or Malformed."""
        return self.object(self.call("GET", f"{self.base_url}{path}", params=params))

    def write(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send one JSON object and return the answer to it, {} for a body that is empty.

        Raises Unavailable or RateLimited only when nothing happened, OutcomeUnknown when nobody can
        tell, AuthFault, Gone or Refused when the vendor will not.
        """
        response = self.call(method, f"{self.base_url}{path}", writes=True, json=body)
        try:
            return self.object(response) if response.content else {}
        except Malformed as error:
            raise OutcomeUnknown(f"{self.label} took a reply, but its answer cannot be read.") from error

    def call(self, method: str, url: str, *, writes: bool = False, **rest: Any) -> httpx.Response:
        """Make one call; `writes` says that a lost answer leaves its outcome unknown."""
        if not url.startswith(f"{self.base_url}/"):
            raise Malformed(f"{self.label}: a link leads to another host; it is not followed.")
        headers = {**self.headers, **(rest.pop("headers", None) or {})}
        if writes:
            refuse_late(self.label)
        response = exchange(
            self.session,
            method,
            url,
            label=self.label,
            writes=writes,
            headers=headers,
            timeout=self.timeout_s,
            **rest,
        )
        if fault := self._fault(response, writes=writes):
            raise fault
        return response

    def object(self, response: httpx.Response) -> dict[str, Any]:
        """Return a body that is a JSON object; raises Malformed."""
        try:
            body = response.json()
        except ValueError as error:
            raise Malformed(f"{self.label}'s answer is not JSON.") from error
        if not isinstance(body, dict):
            raise Malformed(f"{self.label}'s answer is a {type(body).__name__}, not an object.")
        return body

    def _fault(self, response: httpx.Response, *, writes: bool) -> Exception | None:
        if response.is_success:
            return None
        told, status = self._told(response), response.status_code
        if fault := self.judge(response, told):
            return fault
        match status:
            case 401:
                return AuthFault(self.renew)
            case 402:
                return RateLimited(f"{self.label}: what was paid for is used up: {told}")
            case 403:
                return Refused(f"{self.label} does not allow it: {told}")
            case 404 | 410:
                return Gone(f"{self.label} has nothing there any more: {told}")
            case 429:
                pause = retry_after(response.headers.get("Retry-After", ""), now=self.clock())
                return RateLimited(f"{self.label} asks for a pause.", retry_at=pause)
            case _ if 300 <= status < 400:
                return Malformed(f"{self.label} redirects to another host; it is not followed.")
            case _ if status >= 500 or status == 408:
                unsure = OutcomeUnknown(f"{self.label} answered {status}; the reply may stand there.")
                return unsure if writes else Unavailable(f"{self.label} answered {status}.")
        sense = f"{self.label} answered {status}: {told}"
        if writes:
            return Refused(sense)
        return BadRequest(sense) if status == 400 else Malformed(sense)

    def _told(self, response: httpx.Response) -> str:
        try:
            told = self.words(response.json())
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            told = ""
        return str(told or response.reason_phrase or "no reason given")[:300]
