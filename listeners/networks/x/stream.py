"""X's filtered stream over tweepy: its rules are kept in step with the sources, its posts are told."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from typing import Any

import requests
import tweepy

from listeners.contract import Account, Clock, Reject
from listeners.exceptions import AuthFault, ListenerError, Malformed, TerminalFault, Unavailable
from listeners.networks.addresses import base_url
from listeners.networks.careful_session import CarefulSession
from listeners.networks.streaming import SILENCE_S, Stream, Tell, Told
from listeners.networks.x.api import FIELDS, HOST, TWEEPYS_HOST, Api, body_of, fault_of_reading
from listeners.networks.x.shapes import Reader

OURS = "kulanz:"
"""How the tags of our rules begin; after it stand the sources. The app's other rules are left alone."""
LONGEST_LINE = 20_000
"""Characters of a line that cannot be read, which are kept."""


class XStream(Stream):
    """The one stream of an app, for all sources that share it; `queries` holds X's syntax by source.

    A query that is empty stands for the account's mentions.
    """

    def __init__(self, account: Account, queries: Mapping[str, str], *, clock: Clock) -> None:
        self._account, self._queries, self._clock = account, queries, clock
        self._closed = threading.Event()
        self._response: requests.Response | None = None
        self._client = _Client(account.secrets["bearer_token"])
        self._client.session = CarefulSession(
            host=TWEEPYS_HOST,
            base_url=base_url(account.settings, f"https://{HOST}"),
            timeout_s=float(account.settings.get("silence_s", SILENCE_S)),
            judge=self._judge,
        )

    def read(self, tell: Tell) -> None:
        """Set the rules, connect and tell of what matches them."""
        with closing(Api(self._account, clock=self._clock)) as api:
            me = api.me() if api.is_user else {}
        reader = Reader(str(me.get("id", "")), answers_all=bool(self._account.settings.get("answers_all")))
        for refusal in self._set_rules(str(me.get("username", ""))):
            tell(Told(remark=refusal))
        self._client.listen(lambda line: tell(self._told(line, reader)))
        if not self._closed.is_set():
            raise self._client.fault or Unavailable("X ended the stream.")

    def close(self) -> None:
        """End the connection."""
        self._closed.set()
        self._client.disconnect()
        if self._response is not None:
            with suppress(ValueError, RuntimeError, OSError):
                self._response.raw.shutdown()

    def _judge(self, response: requests.Response) -> None:
        if not response.ok:
            raise fault_of_reading(response, self._clock())
        if str(response.request.path_url).partition("?")[0].endswith("/search/stream"):
            if self._closed.is_set() or self._response is not None:
                response.close()
                raise Unavailable("X ended the stream.")
            self._response = response

    def _set_rules(self, handle: str) -> list[str]:
        """Delete our rules that no source has any more and add what is missing; returns X's refusals."""
        wanted = self._wanted(handle)
        listed = body_of(self._client.get_rules()).get("data") or []
        ours = [rule for rule in listed if isinstance(rule, dict) and str(rule.get("tag")).startswith(OURS)]
        standing = {rule["tag"]: rule for rule in ours if wanted.get(rule["tag"]) == rule.get("value")}
        if outdated := [rule["id"] for rule in ours if rule is not standing.get(rule["tag"])]:
            self._client.delete_rules(outdated)
        missing = {tag: value for tag, value in wanted.items() if tag not in standing}
        return [refusal for tag, value in missing.items() if (refusal := self._refusal_of(tag, value))]

    def _wanted(self, handle: str) -> dict[str, str]:
        """Return the rules by tag; X has a rule once, so sources with the same one share it."""
        sources: dict[str, list[str]] = {}
        for source, query in sorted(self._queries.items()):
            value = query if "is:retweet" in query else f"({query or f'@{handle}'}) -is:retweet"
            sources.setdefault(value, []).append(source)
        return {OURS + ",".join(names): value for value, names in sources.items()}

    def _refusal_of(self, tag: str, value: str) -> str:
        try:
            body = body_of(self._client.add_rules(tweepy.StreamRule(value=value, tag=tag)))
        except AuthFault:
            raise
        except TerminalFault as fault:
            return f"{tag.removeprefix(OURS)}: {fault}"
        errors = body.get("errors")
        if not isinstance(errors, list) or not errors:
            return ""
        told = errors[0] if isinstance(errors[0], dict) else {}
        return f"{tag.removeprefix(OURS)}: X refuses the rule: {told.get('detail') or told.get('title')}"

    def _told(self, line: bytes, reader: Reader) -> Told:
        """Read one line; raises Unavailable where X says good-bye."""
        if not line.strip():
            return Told()
        try:
            body = json.loads(line)
        except ValueError:
            return self._unreadable(line, "the line is not JSON")
        if isinstance(body, dict) and "data" not in body and body.get("errors"):
            raise Unavailable(f"X ends the stream: {_farewell(body['errors'])}")
        if not isinstance(body, dict) or not isinstance(body.get("data"), dict):
            return self._unreadable(line, "the line holds no post")
        posts, rejects = reader.page({**body, "data": [body["data"]]})
        return Told(sources=self._matched(body), posts=tuple(posts), rejects=tuple(rejects))

    def _matched(self, body: Mapping[str, Any]) -> tuple[str, ...]:
        rules = body.get("matching_rules")
        tags = [str(rule.get("tag")) for rule in rules or [] if isinstance(rule, dict)]
        named = {name for tag in tags if tag.startswith(OURS) for name in tag.removeprefix(OURS).split(",")}
        return tuple(sorted(named & self._queries.keys()))

    def _unreadable(self, line: bytes, reason: str) -> Told:
        """Keep what no rule explains with the first source."""
        payload = line.decode(errors="replace")[:LONGEST_LINE]
        reject = Reject(where="item of the stream", reason=f"X: {reason}", payload=payload)
        return Told(sources=(min(self._queries),), rejects=(reject,))


class _Client(tweepy.StreamingClient):  # type: ignore[misc, unused-ignore]
    """tweepy's client, which hands lines on unread, and stops where it would sleep and try again."""

    def __init__(self, token: str) -> None:
        super().__init__(token, return_type=requests.Response, wait_on_rate_limit=False, max_retries=0)
        self.fault: ListenerError | None = None
        self._hear: Callable[[bytes], None] = _ignore

    def listen(self, hear: Callable[[bytes], None]) -> None:
        """Connect and hand on each line, an empty one for a heartbeat, until the connection ends."""
        self._hear = hear
        self.filter(**FIELDS)

    def on_data(self, raw_data: bytes) -> None:
        """Hand a line on."""
        self._hear(raw_data)

    def on_keep_alive(self) -> None:
        """Hand a heartbeat on."""
        self._hear(b"")

    def on_connection_error(self) -> None:
        """Stop where the connection was cut or said nothing for too long."""
        error = sys.exc_info()[1]
        is_silent = "timed out" in str(error)
        why = "nothing came for too long" if is_silent else f"the line was cut ({type(error).__name__})"
        self.fault = Unavailable(f"X's stream: {why}.")
        self.disconnect()

    def on_closed(self, response: requests.Response) -> None:
        """Stop where X ended the answer."""
        self.disconnect()

    def on_exception(self, exception: Exception) -> None:
        """Keep the fault that ended it."""
        if isinstance(exception, ListenerError):
            self.fault = exception
        else:
            self.fault = Malformed(f"X's stream: {type(exception).__name__}.")


def _ignore(line: bytes) -> None:
    """Hear nothing, before anybody listens."""


def _farewell(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return str(first.get("detail") or first.get("title") or "without a reason")[:300]
