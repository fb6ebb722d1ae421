"""An account on Threads as its part of the Graph API is documented."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import PHOTO_ALTS, native_id
from listeners.networks.demo.script import BRAND_HANDLE
from listeners.networks.demo.vendor import Answer, Call
from listeners.networks.fakes.graph import GraphVendor, cursor, error, limit, not_there, position

ACCOUNT_ID = native_id("people", BRAND_HANDLE)
LONGEST = 500
_FIRST_ID = 18_000_000_000_000_000
_FIRST_CONTAINER = 17_800_000_000_000_000


@dataclass(frozen=True, slots=True)
class FakeThreads(GraphVendor):
    """Mentions, own posts and replies, conversations; replies are made first and published then."""

    network: ClassVar[str] = "threads"
    version: ClassVar[str] = "v1.0"
    malformed_item: ClassVar[Any] = {"id": None, "text": 17, "username": "nobody"}

    def writes(self, call: Call) -> bool:
        """Only publishing lets something stand."""
        return call.method == "POST" and call.parts[-1] == "threads_publish"

    def get(self, parts: list[str], query: dict[str, str]) -> Answer:
        """Answer a read of the account, of one of its lists, of a post or of a conversation."""
        match ["me" if part == ACCOUNT_ID else part for part in parts]:
            case ["me"]:
                return Answer(200, {"id": ACCOUNT_ID, "username": BRAND_HANDLE})
            case ["me", "mentions"]:
                return self._list("mentions", query, self._mentions)
            case ["me", "threads"]:
                return self._list("threads", query, _is_own_post)
            case ["me", "replies"]:
                return self._own_replies(query)
            case ["me", "threads_publishing_limit"]:
                return Answer(200, {"data": [{"reply_quota_usage": self._published()}]})
            case [post_id, "conversation"] if (row := self._row(post_id)) is not None:
                return self._conversation(row, query)
            case [post_id] if (row := self._row(post_id)) is not None:
                return Answer(200, self._thread(row))
        return not_there(parts[0] if parts else "")

    def post(self, parts: list[str], form: dict[str, str]) -> Answer:
        """Make a reply, or publish one that was made."""
        match parts:
            case ["me", "threads"]:
                return self._make(form)
            case ["me", "threads_publish"]:
                return self._publish(form)
        return not_there(parts[0])

    def native_id(self, row: Row) -> str:
        """Return a number."""
        return str(_FIRST_ID + row.number)

    def _row(self, post_id: str) -> Row | None:
        number = int(post_id) - _FIRST_ID if post_id.isdecimal() else -1
        row = self.book.numbered(self.network, number)
        return row if row and not row.item["deleted"] else None

    def _mentions(self, row: Row) -> bool:
        return row.source == "customer" and bool(row.item["mentions_account"])

    def _list(self, edge: str, query: dict[str, str], wanted: Any) -> Answer:
        rows, more = self.rows_before(query, wanted)
        items = [self._thread(row) for row in rows]
        body = self.page(items, f"{ACCOUNT_ID}/{edge}", query, rows[-1].seq if more else None)
        return Answer(200, body, page=body["data"])

    def _own_replies(self, query: dict[str, str]) -> Answer:
        depth = self.dials.timeline_depth
        rows = self.book.replies(self.network, limit=depth if depth is not None else -1)
        return self._slice(rows, f"{ACCOUNT_ID}/replies", query)

    def _conversation(self, row: Row, query: dict[str, str]) -> Answer:
        thread = self.book.thread(self.network, row.item["thread_id"])
        rows = [one for one in thread if one.item["parent_id"] and not one.item["deleted"]]
        if query.get("reverse", "true") == "true":
            rows.reverse()
        return self._slice(rows, f"{self.native_id(row)}/conversation", query)

    def _slice(self, rows: list[Row], path: str, query: dict[str, str]) -> Answer:
        start, size = position(query) or 0, limit(query)
        items = [self._thread(one) for one in rows[start : start + size]]
        body = self.page(items, path, query, start + size if start + size < len(rows) else None)
        if items:
            # Like Threads, it names a cursor behind the last page too.
            body["paging"]["cursors"]["after"] = cursor(start + size)
        return Answer(200, body, page=body["data"])

    def _make(self, form: dict[str, str]) -> Answer:
        row, text = self._row(form.get("reply_to_id", "")), form.get("text", "")
        if row is None:
            return not_there(form.get("reply_to_id", ""))
        if not text.strip() or len(text) > LONGEST:
            return error(400, 100, "(#100) Param text must be at most 500 characters long.")
        with self.book.transaction():
            number = int(self.book.fact("containers") or 0) + 1
            self.book.note("containers", str(number))
            self.book.note(f"container/{number}", json.dumps({"to": self.native_id(row), "text": text}))
        return Answer(200, {"id": str(_FIRST_CONTAINER + number)})

    def _publish(self, form: dict[str, str]) -> Answer:
        made_id = form.get("creation_id", "")
        number = int(made_id) - _FIRST_CONTAINER if made_id.isdecimal() else 0
        made = json.loads(self.book.fact(f"container/{number}") or "{}")
        row = self._row(made["to"]) if made else None
        if row is None:
            return error(400, 24, "The requested resource does not exist", subcode=4279009)
        self.book.note(f"container/{number}", "{}")
        posted = self.book.get(self.network, self.play.receive(self.network, row, made["text"])["id"])
        assert posted is not None
        thread = self._thread(posted)
        wanted = [name for name in form.get("fields", "").split(",") if name in thread]
        return Answer(200, {name: thread[name] for name in ["id", *wanted]}, posted=True)

    def _published(self) -> int:
        since = self.now - timedelta(hours=24)
        rows = self.book.replies(self.network)
        return sum(datetime.fromisoformat(row.item["posted_at"]) >= since for row in rows)

    def _thread(self, row: Row) -> Item:
        item, native = row.item, self.native_id(row)
        thread: Item = {
            "id": native,
            "text": item["text"],
            "timestamp": _stamp(item["posted_at"]),
            "username": item["author"]["handle"],
            "permalink": f"https://www.threads.com/@{item['author']['handle']}/post/{native}",
            "media_type": "IMAGE" if item["photos"] else "TEXT_POST",
            "has_replies": len(self.book.thread(self.network, item["thread_id"])) > 1,
            "is_reply": bool(item["parent_id"]),
        }
        if item.get("repost_of"):
            return thread | {"media_type": "REPOST_FACADE", "text": ""}
        if item["photos"]:
            name = item["photos"][0]
            url = f"{self.host}/photos/{name}.jpg"
            thread |= {"media_url": url, "alt_text": PHOTO_ALTS.get(name, "")}
        for name, key in (("replied_to", "parent_id"), ("root_post", "thread_id")):
            other = self.book.get(self.network, item[key]) if item["parent_id"] else None
            thread |= {name: {"id": self.native_id(other)}} if other else {}
        return thread


def _is_own_post(row: Row) -> bool:
    return row.source == "brand" and not row.item["parent_id"]


def _stamp(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
