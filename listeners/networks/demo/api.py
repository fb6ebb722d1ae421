"""What the demo network answers to each call, before any fault is added."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import PHOTO_ALTS, is_private
from listeners.networks.demo.vendor import Answer, Call, Fault, Vendor

LIMITS: dict[str, int | None] = {"facebook": 8000, "instagram": 2200, "x": 280, "mastodon": 500, "play": 350}
"""Networks that the server stands for, and how long a reply may be there."""
PAGE_SIZE = 50


def refusal(status: int, code: str, message: str) -> Answer:
    """Make the documented error body."""
    return Answer(status, {"error": {"code": code, "message": message}})


_FAULTS: dict[Fault, tuple[int, str]] = {
    "rate_limited": (429, "Too many calls."),
    "not_accepted": (503, "Nothing was done; try again later."),
    "bad_gateway": (502, "The answer got lost on its way."),
    "token_expired": (401, "The access token is no longer valid."),
    "quota_used": (402, "The calls of this month are used up."),
    "forbidden": (403, "The account may not do this."),
}


@dataclass(frozen=True, slots=True)
class Api(Vendor):
    """The demo networks in a plain form of their own; the first part of a path names the network."""

    def answer(self, call: Call) -> Answer:
        """Find the call that a method and path stand for and make it."""
        match call.method, call.parts:
            case "GET", [network, "me"]:
                return self.me(network)
            case "GET", [network, "posts"]:
                return self.posts(network, call.query)
            case "GET", [network, "posts", post_id, "thread"]:
                return self.thread(network, post_id)
            case "GET", [network, "me", "replies"]:
                return self.timeline(network, call.query)
            case "POST", [network, "posts", post_id, "replies"]:
                return self.reply(network, post_id, call.json().get("text"))
        return refusal(404, "no_such_call", f"There is no {call.method} /{'/'.join(call.parts)} here.")

    def fault(self, fault: Fault) -> Answer:
        """Say a fault in the documented error body; a 429 says when to come back."""
        status, message = _FAULTS[fault]
        pause = self.dials.retry_after if fault == "rate_limited" else ""
        return replace(refusal(status, fault, message), headers={"Retry-After": pause} if pause else {})

    def native_id(self, row: Row) -> str:
        """Return a post's id as it stands in the book."""
        return str(row.item["id"])

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Set the page's `next`."""
        if "next" in answer.body:
            answer.body["next"] = url

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
        public = [row for row in rows[:limit] if not is_private(row.item)]
        return _page(self._items(network, public), cursor=cursor, next=link)

    def thread(self, network: str, post_id: str) -> Answer:
        """Serve the conversation around a post, oldest first, the brand's replies included."""
        row = self.book.get(network, post_id)
        if row is None:
            return refusal(404, "gone", "There is no such post.")
        return _page(self._items(network, self.book.thread(network, row.item["thread_id"])))

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
        return _page(self._items(network, page), next=link, complete=len(rows) == len(readable))

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
        return Answer(201, self._item(network, item), posted=True)

    def standing_replies(self) -> Answer:
        """List every reply as posted, oldest first, for those who count."""
        rows = self.book.all_replies()
        return Answer(
            200, {"replies": [self._item(name, row.item) | {"network": name} for name, row in rows]}
        )

    def _oldest_readable(self, network: str) -> int:
        if self.dials.timeline_depth is None:
            return 0
        rows = self.book.replies(network, limit=self.dials.timeline_depth)
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
            {"url": f"{self.host}/photos/{name}.jpg", "alt": PHOTO_ALTS.get(name, "")}
            for name in item["photos"]
        ]
        profile = f"{self.host}/{network}/@{item['author']['handle']}"
        return item | {
            "photos": photos,
            "url": f"{self.host}/{network}/p/{item['id']}",
            "author": item["author"] | {"url": profile},
        }

    def _link(self, path: str, **query: object) -> str:
        return f"{self.host}{path}?{urlencode(query)}"


def _page(items: list[Item], **rest: object) -> Answer:
    return Answer(200, {"posts": items, **rest}, page=items)


def _limit(query: dict[str, str]) -> int:
    asked = query.get("limit", "")
    return min(int(asked), 100) if asked.isdecimal() and int(asked) > 0 else PAGE_SIZE
