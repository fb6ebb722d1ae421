"""What the demo network answers to each call, before any fault is added."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from listeners.networks.demo.book import Book, Item, Row
from listeners.networks.demo.items import PHOTO_ALTS
from listeners.networks.demo.play import Play

LIMITS: dict[str, int | None] = {"facebook": 8000, "instagram": 2200, "x": 280, "mastodon": 500, "play": 350}
"""Networks that the server stands for, and how long a reply may be there."""
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON body."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)


def refusal(status: int, code: str, message: str) -> Answer:
    """Make the documented error body."""
    return Answer(status, {"error": {"code": code, "message": message}})


@dataclass(frozen=True, slots=True)
class Api:
    """The network's calls; `base_url` is how the caller reached it."""

    book: Book
    play: Play
    base_url: str
    timeline_depth: int | None = None

    def me(self, network: str) -> Answer:
        """Say who the account is."""
        return Answer(200, {"handle": "zehnschritt", "max_length": LIMITS[network]})

    def posts(self, network: str, query: dict[str, str]) -> Answer:
        """Serve a page of what customers posted, edited or deleted after a cursor, in that order."""
        limit = _limit(query)
        try:
            seq = self._position(query.get("after", ""))
        except ValueError:
            return refusal(400, "bad_cursor", "The cursor is not one of ours.")
        rows = self.book.after(network, seq, limit + 1)
        cursor = self._cursor(rows[:limit][-1].seq if rows else seq)
        link = self._link(f"/{network}/posts", after=cursor, limit=limit) if len(rows) > limit else None
        return Answer(200, {"posts": self._items(network, rows[:limit]), "cursor": cursor, "next": link})

    def thread(self, network: str, post_id: str) -> Answer:
        """Serve the conversation around a post, oldest first, the brand's replies included."""
        row = self.book.get(network, post_id)
        if row is None:
            return refusal(404, "gone", "There is no such post.")
        return Answer(200, {"posts": self._items(network, self.book.thread(network, row.item["thread_id"]))})

    def timeline(self, network: str, query: dict[str, str]) -> Answer:
        """Serve the account's own replies, newest first; `complete` says that none is withheld."""
        limit = _limit(query)
        try:
            before = self._position(query.get("before", "")) or None
        except ValueError:
            return refusal(400, "bad_cursor", "The cursor is not one of ours.")
        oldest = self._oldest_readable(network)
        rows = self.book.replies(network, before=before, limit=limit + 1)
        readable = [row for row in rows if row.seq >= oldest]
        page, more = readable[:limit], len(readable) > limit
        link = (
            self._link(f"/{network}/me/replies", before=self._cursor(page[-1].seq), limit=limit)
            if more
            else None
        )
        body = {"posts": self._items(network, page), "next": link, "complete": len(rows) == len(readable)}
        return Answer(200, body)

    def reply(self, network: str, post_id: str, text: object) -> Answer:
        """Post a reply; the same text twice stands twice."""
        row, limit = self.book.get(network, post_id), LIMITS[network]
        if row is None or row.item["deleted"]:
            return refusal(404, "gone", "The post was deleted.")
        if not isinstance(text, str) or not text.strip():
            return refusal(422, "empty", "A reply needs a text.")
        if limit is not None and len(text) > limit:
            return refusal(422, "too_long", f"The text has {len(text)} of {limit} characters.")
        if network == "x" and not row.item["mentions_account"]:
            return refusal(403, "not_mentioned", "The author did not mention the account.")
        item = self.play.receive(network, row, text)
        return Answer(201, self._item(network, item))

    def standing_replies(self) -> Answer:
        """List every reply as posted, oldest first, for those who count."""
        rows = self.book.all_replies()
        return Answer(
            200, {"replies": [self._item(name, row.item) | {"network": name} for name, row in rows]}
        )

    def _oldest_readable(self, network: str) -> int:
        if self.timeline_depth is None:
            return 0
        rows = self.book.replies(network, limit=self.timeline_depth)
        return rows[-1].seq if rows else 10**18

    def _cursor(self, seq: int) -> str:
        return base64.urlsafe_b64encode(f"{self.book.fact('started_at')}|{seq}".encode()).decode()

    def _position(self, cursor: str) -> int:
        """Read a cursor back, that of an earlier book as the beginning; raises ValueError for nonsense."""
        if not cursor:
            return 0
        started_at, _, seq = base64.urlsafe_b64decode(cursor).decode().partition("|")
        position = int(seq)
        return position if started_at == self.book.fact("started_at") else 0

    def _items(self, network: str, rows: list[Row]) -> list[Item]:
        return [self._item(network, row.item) for row in rows]

    def _item(self, network: str, item: Item) -> Item:
        photos = [
            {"url": f"{self.base_url}/photos/{name}.jpg", "alt": PHOTO_ALTS.get(name, "")}
            for name in item["photos"]
        ]
        profile = f"{self.base_url}/{network}/@{item['author']['handle']}"
        return item | {
            "photos": photos,
            "url": f"{self.base_url}/{network}/p/{item['id']}",
            "author": item["author"] | {"url": profile},
        }

    def _link(self, path: str, **query: object) -> str:
        return f"{self.base_url}{path}?{urlencode(query)}"


def call(api: Api, method: str, parts: list[str], query: dict[str, str], text: object) -> Answer:
    """Find the call that a method and path stand for and make it; `text` is what a reply says."""
    match method, parts:
        case "GET", [network, "me"]:
            return api.me(network)
        case "GET", [network, "posts"]:
            return api.posts(network, query)
        case "GET", [network, "posts", post_id, "thread"]:
            return api.thread(network, post_id)
        case "GET", [network, "me", "replies"]:
            return api.timeline(network, query)
        case "POST", [network, "posts", post_id, "replies"]:
            return api.reply(network, post_id, text)
    return refusal(404, "no_such_call", f"There is no {method} /{'/'.join(parts)} here.")


def _limit(query: dict[str, str]) -> int:
    asked = query.get("limit", "")
    return min(int(asked), 100) if asked.isdecimal() and int(asked) > 0 else PAGE_SIZE
