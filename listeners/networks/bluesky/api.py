"""Bluesky's calls over atproto: JSON comes back, or one of our faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from atproto import Client, Session, models
from atproto.exceptions import AtProtocolError
from atproto_client.request import Request, RequestBase, Response
from atproto_client.utils.facet_detection import detect_facets

from listeners.contract import Account, Allowance, Clock
from listeners.exceptions import (
    AuthFault,
    Gone,
    InputError,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.networks.addresses import base_url
from listeners.networks.allowances import allowance_key
from listeners.networks.answers import LONGEST_PAUSE, retry_after
from listeners.networks.bluesky.chat_refusals import refusal
from listeners.networks.promptly import refuse_late
from listeners.networks.rest import BadRequest

HOST = "https://bsky.social"
MOST_POSTS = 25
"""Posts that are read in one call."""
POSTS = "app.bsky.feed.post"
RENEW = (
    "Bluesky refuses the log-in. Make a new one under Settings, Privacy and security, App passwords, and set "
    "it in the environment."
)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_LOG_INS = ("com.atproto.server.createSession", "com.atproto.server.refreshSession")
_CHAT = {"atproto-proxy": f"{Client.BSKY_CHAT_DID}#{Client.AtprotoServiceType.BSKY_CHAT.value}"}
"""Lets the account's own server pass a call on to the chat; a renewal of the log-in must not go there."""
_SESSIONS: dict[str, str] = {}
"""This process's log-ins by host and account: Bluesky allows 300 new ones a day, fewer than polls."""


class LoggedOut(AuthFault):
    """Raised when a log-in is over or was never good."""


class NoRecord(Gone):
    """Raised when an account's own server says that it keeps nothing under a key."""


class _Answered(Exception):
    """Carries a good answer past the library, for which one odd post would spoil its whole page."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.response = response


class _Way(Request):  # type: ignore[misc]
    """The library's way to one host, over the session handed in: a timeout, no redirect, our faults."""

    def __init__(
        self, session: httpx.Client, *, timeout_s: float, judge: Callable[[httpx.Response, bool], None]
    ) -> None:
        RequestBase.__init__(self)
        self._session, self._timeout_s, self._judge = session, timeout_s, judge

    def get(self, *args: Any, **rest: Any) -> Response:
        """Read something; leaves by `_Answered`."""
        raise _Answered(self._made("GET", *args, is_write=False, **rest))

    def post(self, *args: Any, **rest: Any) -> Response:
        """Log in, or write something, which leaves by `_Answered`."""
        is_write = not str(rest.get("url", "")).endswith(_LOG_INS)
        response = self._made("POST", *args, is_write=is_write, **rest)
        if is_write:
            raise _Answered(response)
        return Response(True, response.status_code, _object(_json(response)), dict(response.headers))

    def _made(self, method: str, *args: Any, is_write: bool, **rest: Any) -> httpx.Response:
        headers = self.get_headers(rest.pop("headers", None))
        if is_write:
            refuse_late("Bluesky")
        try:
            response = self._session.request(
                method, *args, headers=headers, timeout=self._timeout_s, follow_redirects=False, **rest
            )
        except _NEVER_SENT as error:
            raise Unavailable(f"Bluesky: not sent ({type(error).__name__}).") from error
        except httpx.RequestError as error:
            if is_write:
                raise OutcomeUnknown(f"Bluesky: the answer was lost ({type(error).__name__}).") from error
            raise Unavailable(f"Bluesky: no answer ({type(error).__name__}).") from error
        if response.is_redirect:
            raise Malformed("Bluesky redirects to another host; it is not followed.")
        self._judge(response, is_write)
        return response


class _Client(Client):  # type: ignore[misc]
    """The library's client by our clock, at one host."""

    clock: Clock

    def get_current_time(self) -> datetime:
        """Return the time that was handed in."""
        return self.clock()

    def update_base_url(self, base_url: str | None = None) -> None:
        """Stay: the answer to a log-in may name another host, to which the log-in must not go."""


class Api:
    """One account, for one call of ours.

    `allowance` is what the last answer said of the calls left, under the key that was given.
    """

    def __init__(
        self, account: Account, *, session: httpx.Client, clock: Clock, allowance_key: str = ""
    ) -> None:
        secrets = account.secrets
        self._log_in = (secrets.get("handle", "").removeprefix("@"), secrets.get("app_password", ""))
        if not all(self._log_in):
            raise InputError("Bluesky needs the secrets handle and app_password.")
        self.allowance: Allowance | None = None
        self._clock, self._allowance_key = clock, allowance_key
        self._url = base_url(account.settings, HOST)
        self._key = f"{self._url} {_own_key(account)}"
        self._session, self._timeout_s = session, float(account.settings.get("timeout_s", 15.0))

    def me(self) -> Session:
        """Return who is logged in, logging in if nobody is."""
        if self._key not in _SESSIONS:
            self._client()
        return Session.decode(_SESSIONS[self._key])

    def search(self, query: str, **window: Any) -> dict[str, Any]:
        """Search posts, newest first."""
        asked = {"q": query, "sort": "latest", **window}
        return self._read(lambda client: client.app.bsky.feed.search_posts(asked))

    def notifications(self, reasons: Sequence[str], **window: Any) -> dict[str, Any]:
        """List what the account was told of, newest first."""
        asked = {"reasons": list(reasons), **window}
        return self._read(lambda client: client.app.bsky.notification.list_notifications(asked))

    def posts(self, uris: Sequence[str]) -> list[Any]:
        """Read posts; those that are gone are left out."""
        starts = range(0, len(uris), MOST_POSTS)
        return [post for start in starts for post in self._some(uris[start : start + MOST_POSTS])]

    def thread(self, uri: str) -> Any:
        """Read the conversation around a post."""
        asked = {"uri": uri, "depth": 100, "parent_height": 100}
        return self._read(lambda client: client.app.bsky.feed.get_post_thread(asked)).get("thread")

    def own_record(self, key: str) -> dict[str, Any]:
        """Read what the account keeps under a key; raises NoRecord where that is nothing."""
        asked = {"repo": self.me().did, "collection": POSTS, "rkey": key}
        return self._read(lambda client: client.com.atproto.repo.get_record(asked))

    def reply(
        self, text: str, *, key: str, parent: tuple[str, str], root: tuple[str, str], language: str
    ) -> dict[str, Any]:
        """Post a reply under a key where nothing stands yet; `parent` and `root` are ids with versions."""
        refs = [models.ComAtprotoRepoStrongRef.Main(uri=uri, cid=cid) for uri, cid in (parent, root)]
        record = models.AppBskyFeedPost.Record(
            created_at=self._clock().isoformat(),
            text=text,
            langs=[language] if language else None,
            facets=detect_facets(text) or None,
            reply=models.AppBskyFeedPost.ReplyRef(parent=refs[0], root=refs[1]),
        )
        did = self.me().did
        return self._write(lambda client: client.app.bsky.feed.post.create(did, record, rkey=key))

    def conversation(self, did: str) -> Any:
        """Return the chat with a person, who must let this account write to them; it is begun if need be."""
        asked = {"members": [did]}
        return self._read(
            lambda client: client.chat.bsky.convo.get_convo_for_members(asked, headers=_CHAT)
        ).get("convo")

    def conversations(self, **window: Any) -> dict[str, Any]:
        """List the account's chats, those in which something happened last first."""
        return self._read(lambda client: client.chat.bsky.convo.list_convos(window, headers=_CHAT))

    def known_conversation(self, conversation: str) -> Any:
        """Return a chat that stands in the list."""
        asked = {"convo_id": conversation}
        return self._read(lambda client: client.chat.bsky.convo.get_convo(asked, headers=_CHAT)).get("convo")

    def messages(self, conversation: str, **window: Any) -> dict[str, Any]:
        """List what was written in a chat, newest first."""
        asked = {"convo_id": conversation, **window}
        return self._read(lambda client: client.chat.bsky.convo.get_messages(asked, headers=_CHAT))

    def write_message(self, conversation: str, text: str) -> dict[str, Any]:
        """Write a message; two calls write two."""
        message = models.ChatBskyConvoDefs.MessageInput(text=text, facets=detect_facets(text) or None)
        written = models.ChatBskyConvoSendMessage.Data(convo_id=conversation, message=message)
        return self._write(lambda client: client.chat.bsky.convo.send_message(written, headers=_CHAT))

    def _some(self, uris: Sequence[str]) -> list[Any]:
        asked = {"uris": list(uris)}
        return listed(self._read(lambda client: client.app.bsky.feed.get_posts(asked)), "posts")

    def _read(self, call: Callable[[_Client], object]) -> dict[str, Any]:
        return _object(_json(self._answer(call)))

    def _write(self, call: Callable[[_Client], object]) -> dict[str, Any]:
        response = self._answer(call)
        try:
            return _object(_json(response))
        except Malformed as error:
            raise OutcomeUnknown("Bluesky took a reply, but its answer cannot be read.") from error

    def _answer(self, call: Callable[[_Client], object]) -> httpx.Response:
        """Make a call, once more after a new log-in if the old one is over: then nothing was done."""
        try:
            return self._answer_now(call)
        except LoggedOut:
            if _SESSIONS.pop(self._key, None) is None:
                raise
        return self._answer_now(call)

    def _answer_now(self, call: Callable[[_Client], object]) -> httpx.Response:
        try:
            call(self._client())
        except _Answered as found:
            return found.response
        except AtProtocolError as error:
            raise Malformed(f"Bluesky: atproto makes no such call ({type(error).__name__}).") from error
        raise InputError("atproto made no call.")

    def _client(self) -> _Client:
        way = _Way(self._session, timeout_s=self._timeout_s, judge=self._judge)
        client = _Client(self._url, request=way)
        client.clock = self._clock
        client.on_session_change(lambda _, session: _SESSIONS.update({self._key: session.export()}))
        try:
            if known := _SESSIONS.get(self._key):
                client.login(session_string=known, fetch_bsky_profile=False)
            else:
                client.login(*self._log_in, fetch_bsky_profile=False)
        except AtProtocolError as error:
            raise Malformed(f"Bluesky's log-in cannot be read ({type(error).__name__}).") from error
        return client

    def _judge(self, response: httpx.Response, is_write: bool) -> None:
        """Raise the fault that an answer means."""
        now = self._clock()
        self.allowance = _allowance(self._allowance_key, response.headers, now=now)
        if not response.is_success:
            raise _fault(response, now, is_write=is_write)


def listed(body: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list of an answer; raises Malformed where there is none."""
    if not isinstance(items := body.get(name), list):
        raise Malformed(f"Bluesky's answer came without its list {name}.")
    return items


def _fault(response: httpx.Response, now: datetime, *, is_write: bool) -> Exception:
    status, (name, told) = response.status_code, _error(response)
    if status == 400 and (refused := refusal(response.url.path, name, told)):
        return refused
    match status, name:
        case _, "ExpiredToken" | "InvalidToken":
            return LoggedOut(RENEW)
        case 401, _:
            return LoggedOut(RENEW)
        case 429, _:
            return RateLimited(
                "Bluesky: the calls of this account are used up for now.",
                retry_at=_reset(response.headers, now=now),
            )
        case 403, _:
            return Refused(f"Bluesky does not allow it: {told}")
        case _, "RecordNotFound":
            return NoRecord("Bluesky keeps nothing under this key.")
        case _, "NotFound":
            return Gone("The post is no longer on Bluesky.")
        case _ if is_write and (status >= 500 or "already" in told.lower()):
            return OutcomeUnknown(f"Bluesky answered {status}; the reply may stand there.")
        case _ if is_write:
            return Refused(f"Bluesky will not post it: {told}")
    if status >= 500:
        return Unavailable(f"Bluesky answered {status}.")
    kind = BadRequest if status == 400 else Malformed
    return kind(f"{urlsplit(str(response.url)).path} answered {status}: {told}")


def _error(response: httpx.Response) -> tuple[str, str]:
    """Return an error's name and words, whatever shape it has."""
    try:
        body = _object(_json(response))
    except Malformed:
        return "", "no reason given"
    name, told = body.get("error"), body.get("message")
    name = name if isinstance(name, str) else ""
    return name, (told if isinstance(told, str) and told else name or "no reason given")[:300]


def _reset(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    return _time(headers.get("ratelimit-reset", ""), now=now) or retry_after(
        headers.get("retry-after", ""), now=now
    )


def _time(header: str, *, now: datetime) -> datetime | None:
    """Read a second since 1970; None for nonsense, the past, or more than a day ahead."""
    if not (header.isascii() and header.isdecimal() and len(header) <= 11):
        return None
    at = datetime.fromtimestamp(int(header), UTC)
    return at if now < at <= now + LONGEST_PAUSE else None


def _allowance(key: str, headers: Mapping[str, str], *, now: datetime) -> Allowance | None:
    limit, left = headers.get("ratelimit-limit", ""), headers.get("ratelimit-remaining", "")
    resets_at = _time(headers.get("ratelimit-reset", ""), now=now)
    if resets_at is None or not (limit.isdecimal() and left.isdecimal()):
        return None
    return Allowance(key=key, limit=int(limit), left=int(left), resets_at=resets_at)


def _own_key(account: Account) -> str:
    return allowance_key("bluesky", account, "log-in")


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise Malformed("Bluesky's answer is not JSON.") from error


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Malformed(f"Bluesky's answer is a {type(body).__name__}, not an object.")
    return body
