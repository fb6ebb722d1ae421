"""Mastodon's calls over Mastodon.py: JSON comes back, or one of our faults."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import mastodon
import requests

from listeners.contract import Account, Allowance, Clock
from listeners.exceptions import (
    AuthFault,
    Gone,
    InputError,
    ListenerError,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.networks.addresses import base_url
from listeners.networks.answers import LONGEST_PAUSE, retry_after
from listeners.networks.careful_session import CarefulSession

SPOKEN = "4.5.0"
"""The version that the library is told: if it asked, an outage would make its search ask for ever."""
RENEW = (
    "Mastodon refuses the token. Make a new one on your server under Preferences, Development, and set it "
    "in the environment."
)
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class _Answered(Exception):
    """Carries a good answer past the library, which would cast bad posts in silence."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__()
        self.response = response


class Client(mastodon.Mastodon):  # type: ignore[misc, unused-ignore]
    """Mastodon.py without the questions that it asks the server before it does what it is told."""

    def __init__(self, host: str, token: str, session: requests.Session) -> None:
        super().__init__(
            api_base_url=f"https://{host}",
            ratelimit_method="throw",
            mastodon_version=SPOKEN,
            version_check_mode="created",
            user_agent="kulanz",
            session=session,
        )
        # Given to the constructor, a token that is also the name of a file would be read from there.
        self.access_token = token
        # Where streams are; the session knows where that really is.
        self._Mastodon__streaming_base = f"https://{host}"

    def timeline_is_available(self, *_: Any, **__: Any) -> bool:
        """Say yes: the timeline's own answer tells."""
        return True


class Api:
    """One account on one server, for one call of ours.

    `allowance` is what the last answer said of the calls left, under the key that was given.
    """

    def __init__(self, account: Account, *, clock: Clock, allowance_key: str = "") -> None:
        if not account.secrets.get("token"):
            raise InputError("Mastodon needs the secret token: the access token of an application.")
        if not account.settings.get("base_url"):
            raise InputError("Mastodon needs the setting base_url, such as https://social.example.")
        url = base_url(account.settings, "")
        self.host = urlsplit(url).netloc
        self.allowance: Allowance | None = None
        self._clock, self._allowance_key = clock, allowance_key
        self._url = url
        session = CarefulSession(
            host=self.host,
            base_url=url,
            timeout_s=float(account.settings.get("timeout_s", 15.0)),
            judge=self._judge,
        )
        self._client = Client(self.host, account.secrets["token"], session)

    def close(self) -> None:
        """End the connections."""
        self._client.session.close()

    def me(self) -> dict[str, Any]:
        """Read the account itself."""
        return _object(self._call(self._client.account_verify_credentials))

    def streaming_url(self) -> str:
        """Ask where the server's streams are: there, or on a host below its name, so that the token stays."""
        try:
            told = _object(self._call(self._client.instance_v2))
        except Gone:
            return self._url
        for name in ("configuration", "urls", "streaming"):
            told = told.get(name, "") if isinstance(told, dict) else ""
        host = urlsplit(str(told)).netloc
        if host in ("", self.host):
            return self._url
        if not host.endswith(f".{self.host}"):
            raise Malformed(f"Mastodon's streams are on another host ({host[:100]}); it gets no token.")
        return f"https://{host}"

    def tagged(self, tag: str, **window: Any) -> list[Any]:
        """List posts with a hashtag, newest first."""
        return _list(self._call(self._client.timeline_hashtag, quote(tag, safe=""), **window))

    def mentions(self, types: Sequence[str], **window: Any) -> list[Any]:
        """List what the account was told of, newest first."""
        return _list(self._call(self._client.notifications, types=list(types), **window))

    def search(self, query: str, **window: Any) -> list[Any]:
        """Search the posts that the server's index holds, newest first."""
        body = _object(
            self._call(self._client.search_v2, query, resolve=False, result_type="statuses", **window)
        )
        return _list(body.get("statuses"))

    def own_posts(self, me: str, **window: Any) -> list[Any]:
        """List an account's own posts, newest first."""
        return _list(self._call(self._client.account_statuses, me, **window))

    def posts(self, ids: Sequence[str]) -> list[Any]:
        """Read posts; those that are gone are left out."""
        return _list(self._call(self._client.statuses, list(ids)))

    def post(self, native_id: str) -> dict[str, Any]:
        """Read one post."""
        return _object(self._call(self._client.status, _id(native_id)))

    def context(self, native_id: str) -> list[Any]:
        """List what stands before and after a post in its conversation."""
        body = _object(self._call(self._client.status_context, _id(native_id)))
        return [*_list(body.get("ancestors")), *_list(body.get("descendants"))]

    def reply(self, text: str, *, to: str, visibility: str, language: str, key: str) -> dict[str, Any]:
        """Post a reply; within an hour the same key posts nothing more and gives the same answer."""
        response = self._answer(
            self._client.status_post,
            text,
            in_reply_to_id=to,
            visibility=visibility,
            language=language or None,
            idempotency_key=key,
        )
        try:
            return _object(_json(response))
        except Malformed as error:
            raise OutcomeUnknown("Mastodon took a reply, but its answer cannot be read.") from error

    def _call(self, call: Any, *args: Any, **rest: Any) -> Any:
        response = self._answer(call, *args, **rest)
        _stay_here(response)
        return _json(response)

    def _answer(self, call: Any, *args: Any, **rest: Any) -> requests.Response:
        """Let the library make a call; returns its good answer, or raises the fault that it met."""
        try:
            call(*args, **rest)
        except Exception as error:
            found = error.__context__
            if isinstance(found, _Answered):
                return found.response
            if isinstance(found, ListenerError):
                raise found from None
            raise InputError(f"Mastodon.py makes no such call: {type(error).__name__}.") from error
        raise InputError("Mastodon.py made no call.")

    def _judge(self, response: requests.Response) -> None:
        """Raise what an answer means; the library wraps it, `_answer` unwraps it."""
        now = self._clock()
        self.allowance = _allowance(self._allowance_key, response.headers, now=now)
        raise _Answered(response) if response.ok else fault_of(response, now)


def fault_of(response: requests.Response, now: datetime) -> Exception:
    """Return what an answer means that is no good one."""
    detail, status = _detail(response), response.status_code
    is_read = response.request.method == "GET"
    match status:
        case 401:
            return AuthFault(RENEW)
        case 404 | 410:
            return Gone("The post is no longer on Mastodon, or its author hides it from this account.")
        case 429:
            return RateLimited(
                "Mastodon: the calls of this account are used up for now.",
                retry_at=_reset(response.headers, now=now),
            )
        case 403:
            return Refused(f"Mastodon does not allow it: {detail}")
        case _ if status >= 500 and is_read:
            return Unavailable(f"Mastodon answered {status}.")
        case _ if 400 <= status < 500 and not is_read:
            return Refused(f"Mastodon will not post it: {detail}")
    if is_read:
        return Malformed(f"Mastodon answered {status}: {detail}")
    return OutcomeUnknown(f"Mastodon answered {status}; the reply may stand there.")


def _stay_here(response: requests.Response) -> None:
    """Raise Malformed where the next page is said to lie on another host, though it is never followed."""
    link = urljoin(response.url, response.links.get("next", {}).get("url", ""))
    if urlsplit(link).netloc != urlsplit(response.url).netloc:
        raise Malformed(f"The next page leads to another host ({urlsplit(link).netloc[:100]}).")


def _reset(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    return _time(headers.get("x-ratelimit-reset", ""), now=now) or retry_after(
        headers.get("retry-after", ""), now=now
    )


def _time(header: str, *, now: datetime) -> datetime | None:
    """Read an ISO time, or GoToSocial's second since 1970; None for nonsense, the past, or a day ahead."""
    try:
        is_count = header.isascii() and header.isdecimal()
        at = datetime.fromtimestamp(int(header), UTC) if is_count else datetime.fromisoformat(header)
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if now < at <= now + LONGEST_PAUSE else None


def _allowance(key: str, headers: Mapping[str, str], *, now: datetime) -> Allowance | None:
    limit, left = headers.get("x-ratelimit-limit", ""), headers.get("x-ratelimit-remaining", "")
    resets_at = _time(headers.get("x-ratelimit-reset", ""), now=now)
    if resets_at is None or not (limit.isdecimal() and left.isdecimal()):
        return None
    return Allowance(key=key, limit=int(limit), left=int(left), resets_at=resets_at)


def _id(native_id: str) -> str:
    """Return an id that may stand in a path; raises Gone for what can be none."""
    if not _ID.fullmatch(native_id):
        raise Gone("Mastodon has no such post.")
    return native_id


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise Malformed("Mastodon's answer is not JSON.") from error


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Malformed(f"Mastodon's answer is a {type(body).__name__}, not an object.")
    return body


def _list(body: Any) -> list[Any]:
    if not isinstance(body, list):
        raise Malformed(f"Mastodon's answer is a {type(body).__name__}, not a list.")
    return body


def _detail(response: requests.Response) -> str:
    try:
        told = response.json().get("error")
    except (ValueError, AttributeError):
        told = None
    return told[:300] if isinstance(told, str) and told else response.reason or "no reason given"
