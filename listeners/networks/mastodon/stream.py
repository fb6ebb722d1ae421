"""Mastodon's streaming over Mastodon.py: a hashtag's posts, or what the account is told of."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from typing import Any
from urllib.parse import quote

import mastodon
import requests

from listeners.contract import Account, Clock, Reject
from listeners.exceptions import Malformed, Unavailable
from listeners.networks.careful_session import CarefulSession
from listeners.networks.mastodon.api import Api, Client, fault_of
from listeners.networks.mastodon.shapes import Reader, deleted
from listeners.networks.streaming import SILENCE_S, Stream, Tell, Told

POSTS = ("update", "status.update", "notification")
LONGEST_EVENT = 20_000
"""Characters of an event that cannot be read, which are kept."""


class MastodonStream(Stream):
    """One stream, for the sources of one query: a hashtag, or "" for what mentions the account."""

    def __init__(self, account: Account, sources: Iterable[str], *, tag: str, clock: Clock) -> None:
        self._account, self._clock, self._tag = account, clock, tag
        self._sources = tuple(sorted(sources))
        self._closed = threading.Event()
        self._response: requests.Response | None = None

    def read(self, tell: Tell) -> None:
        """Connect and tell of what comes."""
        with closing(Api(self._account, clock=self._clock)) as api:
            reader, url = Reader(str(api.me().get("id", ""))), api.streaming_url()
        listener = _Listener(lambda event, data: tell(self._told(event, data, reader)))
        try:
            with self._session(api.host, url) as session:
                self._listen(Client(api.host, self._account.secrets["token"], session), listener)
        except requests.exceptions.RequestException as error:
            if not self._closed.is_set():
                raise _fault_of_line(error) from error
        if not self._closed.is_set():
            raise Unavailable("Mastodon ended the stream.")

    def close(self) -> None:
        """End the connection."""
        self._closed.set()
        if self._response is not None:
            with suppress(ValueError, RuntimeError, OSError):
                self._response.raw.shutdown()

    def _listen(self, client: Client, listener: _Listener) -> None:
        if self._tag:
            client.stream_hashtag(quote(self._tag, safe=""), listener)
        else:
            client.stream_user_notifications(listener)

    def _session(self, host: str, url: str) -> CarefulSession:
        return CarefulSession(
            host=host,
            base_url=url,
            timeout_s=float(self._account.settings.get("silence_s", SILENCE_S)),
            judge=self._judge,
        )

    def _judge(self, response: requests.Response) -> None:
        if not response.ok:
            raise fault_of(response, self._clock())
        if self._closed.is_set():
            response.close()
            raise Unavailable("Mastodon's stream was closed before it began.")
        self._response = response

    def _told(self, event: str, data: str, reader: Reader) -> Told:
        """Read one event; what stands for nothing here is a heartbeat."""
        if event == "delete":
            known = [deleted(data)] if data.isalnum() and len(data) <= 64 else []
            return Told(sources=self._sources, posts=tuple(known))
        if event not in POSTS:
            return Told()
        try:
            posts, rejects = reader.page([_object(data)])
        except ValueError as error:
            reason = f"Mastodon: the event cannot be read ({error})"
            rejects = [Reject(where="item of the stream", reason=reason, payload=data[:LONGEST_EVENT])]
            posts = []
        return Told(sources=self._sources, posts=tuple(posts), rejects=tuple(rejects))


class _Listener(mastodon.StreamListener):  # type: ignore[misc, unused-ignore]
    """Takes events unread: the library would cast bad posts in silence and end at the first bad line."""

    def __init__(self, hear: Callable[[str, str], None]) -> None:
        super().__init__()
        self._hear = hear

    def handle_stream(self, response: requests.Response) -> None:
        """Hand on one event after the other, and heartbeats as events without a name."""
        # A whole chunk at a time; an answer without chunks would keep a larger piece back until it is full.
        size = 8192 if getattr(response.raw, "chunked", False) else 1
        for event, data in _events(response.iter_lines(chunk_size=size)):
            self._hear(event, data)


def _events(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Read server-sent events."""
    fields: dict[str, str] = {}
    for raw in lines:
        line = raw.decode(errors="replace")
        name, _, value = line.partition(":")
        if line.startswith(":"):
            yield "", ""
        elif line:
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value
        elif fields:
            yield fields.get("event", ""), fields.get("data", "")
            fields = {}


def _object(data: str) -> dict[str, Any]:
    body = json.loads(data)
    if not isinstance(body, dict):
        raise ValueError(f"a {type(body).__name__}")
    return body


def _fault_of_line(error: requests.exceptions.RequestException) -> Unavailable | Malformed:
    is_silent = "timed out" in str(error)
    why = "nothing came for too long" if is_silent else f"the line was cut ({type(error).__name__})"
    return Unavailable(f"Mastodon's stream: {why}.")
