"""Calls to Meta's Graph API: JSON comes back, or one of our faults."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from listeners.contract import Account, Allowance, Clock
from listeners.exceptions import InputError, Malformed, OutcomeUnknown, Unavailable
from listeners.networks.addresses import base_url
from listeners.networks.exchange import exchange
from listeners.networks.meta.faults import Error, TooMuchAtOnce, fault_of
from listeners.networks.meta.usage import allowance
from listeners.networks.promptly import refuse_late

MOST_IN_BATCH = 50
# At INFO httpx writes addresses, and with them the proof of the token, into the log.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Graph:
    """One account on one of Meta's hosts, for one call of ours.

    The token goes to that host only, in a header; nothing is retried or followed. `allowance` is set when
    the last answer said that the calls are nearly used up.
    """

    def __init__(
        self, account: Account, *, session: httpx.Client, clock: Clock, label: str, url: str, key: str
    ) -> None:
        secrets, settings = account.secrets, account.settings
        if not secrets.get("token"):
            raise InputError(f"{label} needs the secret token; make one at developers.facebook.com.")
        self.label, self.allowance = label, None
        self._token, self._app_secret = secrets["token"], secrets.get("app_secret", "")
        self._session, self._clock, self._key = session, clock, key
        host, _, version = url.rpartition("/")
        self._vendor = urlsplit(host).netloc
        self._base = f"{base_url(settings, host)}/{version}"
        self._timeout = httpx.Timeout(float(settings.get("timeout_s", 15.0)))

    allowance: Allowance | None

    def read(self, path: str, **params: str | int) -> dict[str, Any]:
        """Fetch one object, with ever fewer items of a list where Meta says that it is too much at once.

        Raises Unavailable, RateLimited, AuthFault, Gone, Refused or Malformed.
        """
        try:
            return self._read(path, params)
        except TooMuchAtOnce:
            limit = params.get("limit")
            if not isinstance(limit, int) or limit < 2:
                raise
            return self.read(path, **params | {"limit": limit // 2})

    def _read(self, path: str, params: Mapping[str, str | int]) -> dict[str, Any]:
        response = self._call("GET", path, params={**params, **self._proof()})
        body = _json(response)
        self._judge(response, body, writing=False)
        return self._object(body)

    def write(self, path: str, **form: str) -> dict[str, Any]:
        """Post something once.

        Raises Unavailable or RateLimited only when nothing happened, OutcomeUnknown when nobody can tell,
        AuthFault, Gone or Refused when Meta will not.
        """
        refuse_late(self.label)
        response = self._call("POST", path, writes=True, data={**form, **self._proof()})
        body = _json(response)
        self._judge(response, body, writing=True)
        try:
            return self._object(body)
        except Malformed as error:
            raise OutcomeUnknown(f"{self.label} took it, but its answer cannot be read.") from error

    def read_each(self, urls: Sequence[str]) -> list[dict[str, Any] | Exception]:
        """Read at most 50 addresses in one call; each gives its object or its own fault.

        Raises as `read` when the call as a whole fails.
        """
        batch = json.dumps([{"method": "GET", "relative_url": url} for url in urls])
        form = {"batch": batch, "include_headers": "false", **self._proof()}
        response = self._call("POST", "", data=form)
        body = _json(response)
        self._judge(response, body, writing=False)
        if not isinstance(body, list) or len(body) != len(urls):
            raise Malformed(f"{self.label} did not answer each part of a batch.")
        return [self._part(part) for part in body]

    def next_cursor(self, body: Mapping[str, Any]) -> str:
        """Return the cursor of the page after this one, "" for the last; raises Malformed for a trap."""
        paging = body.get("paging")
        link = paging.get("next") if isinstance(paging, dict) else None
        if not link:
            return ""
        if urlsplit(str(link)).netloc not in (self._vendor, urlsplit(self._base).netloc):
            raise Malformed(f"{self.label}: a link leads to another host; it is not followed.")
        cursors = paging.get("cursors") if isinstance(paging, dict) else None
        after = cursors.get("after") if isinstance(cursors, dict) else None
        if not isinstance(after, str) or not after or len(after) > 1000:
            raise Malformed(f"{self.label} sent a page without the cursor of the next one.")
        return after

    def _call(self, method: str, path: str, *, writes: bool = False, **rest: Any) -> httpx.Response:
        return exchange(
            self._session,
            method,
            f"{self._base}/{path}",
            label=self.label,
            writes=writes,
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=self._timeout,
            **rest,
        )

    def _judge(self, response: httpx.Response, body: Any, *, writing: bool) -> None:
        now = self._clock()
        self.allowance = allowance(self._key, response.headers, now=now)
        if response.is_success and not (isinstance(body, dict) and "error" in body):
            return
        if response.is_redirect:
            raise Malformed(f"{self.label} redirects to another host; it is not followed.")
        raise self._fault(response.status_code, body, response.headers, writing=writing)

    def _fault(self, status: int, body: Any, headers: httpx.Headers, *, writing: bool) -> Exception:
        error = Error.read(status, body)
        hidden = Error(
            error.status, error.code, error.subcode, error.message.replace(self._token, "…"), error.transient
        )
        return fault_of(hidden, headers, label=self.label, writing=writing, now=self._clock())

    def _part(self, part: Any) -> dict[str, Any] | Exception:
        """Read one part of a batch; Meta leaves null where it ran out of time."""
        if not isinstance(part, dict):
            return Unavailable(f"{self.label} left a part of a batch unanswered.")
        try:
            body = json.loads(str(part.get("body")))
        except ValueError:
            body = None
        status = part.get("code")
        if status == 200 and isinstance(body, dict):
            return body
        return self._fault(status if isinstance(status, int) else 500, body, httpx.Headers(), writing=False)

    def _object(self, body: Any) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise Malformed(f"{self.label}: the answer is not a JSON object.")
        return body

    def _proof(self) -> dict[str, str]:
        """Prove that the token is used by the app that it was made for, when its secret is known."""
        if not self._app_secret:
            return {}
        proof = hmac.new(self._app_secret.encode(), self._token.encode(), hashlib.sha256)
        return {"appsecret_proof": proof.hexdigest()}


def listed(body: Mapping[str, Any], label: str) -> list[Any]:
    """Return a page's items; raises Malformed for a page without its list."""
    items = body.get("data")
    if not isinstance(items, list):
        raise Malformed(f"{label} sent a page without its list.")
    return items


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
