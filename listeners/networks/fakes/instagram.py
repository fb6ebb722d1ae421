"""A business account on Instagram as the Graph API's documentation describes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import is_private, native_id
from listeners.networks.demo.script import BRAND_HANDLE
from listeners.networks.demo.vendor import Answer
from listeners.networks.fakes.graph import GraphVendor, error, limit, no_field, not_there, position
from listeners.networks.fakes.inbox import FakeInbox, id_of

ACCOUNT_ID = native_id("people", BRAND_HANDLE)
LONGEST = 2200
MOST_BYTES = 1000
_FIRST_ID = 17_900_000_000_000_000
_MENTIONED = re.compile(r"mentioned_(media|comment)\.(?:media|comment)_id\((\d+)\)\{(.*)\}$")
_NESTED = re.compile(r"comments\.limit\((\d+)\)(?:\.after\(([^)]*)\))?\{")


@dataclass(frozen=True, slots=True)
class FakeInstagram(GraphVendor):
    """Own photos with comments, photos of others that tag the account, and what mentions it."""

    network: ClassVar[str] = "instagram"
    limit_code: ClassVar[int] = 80002
    malformed_item: ClassVar[Any] = {"id": None, "caption": 17, "text": 17, "username": "nobody"}

    def get(self, parts: list[str], query: dict[str, str]) -> Answer:
        """Answer a read of the account, of one of its lists, of an own photo or a comment below one."""
        fields = query.get("fields", "")
        match parts:
            case ["me"]:
                account = {"id": ACCOUNT_ID, "username": BRAND_HANDLE}
                return Answer(200, {"instagram_business_account": account, "id": "4711"})
            case ["me", "conversations"]:
                return self._inbox.conversations(query)
            case [account, "media" | "tags" as edge] if account == ACCOUNT_ID:
                return self._media_list(edge, query)
            case [account] if account == ACCOUNT_ID:
                return self._mentioned(fields)
            case [object_id, "comments" | "replies" as edge] if (row := self._row(object_id)) is not None:
                body = self._below(row, query, path=f"{object_id}/{edge}")
                return Answer(200, body, page=body["data"])
            case [object_id] if (row := self._row(object_id)) is not None and not self._is_foreign(row):
                return self._node(row, fields)
        return not_there(parts[0] if parts else "")

    def post(self, parts: list[str], form: dict[str, str]) -> Answer:
        """Take a reply to a comment, a comment where the account is mentioned, or a message."""
        match parts:
            case ["me", "messages"]:
                return self._inbox.take(form)
            case [account, "mentions"] if account == ACCOUNT_ID:
                row = self._row(form.get("comment_id") or form.get("media_id", ""))
                if row is not None and not row.item["mentions_account"]:
                    return error(400, 100, "(#100) The account is not mentioned there.")
            case [comment_id, "replies"]:
                row = self._row(comment_id)
            case _:
                row = None
        return self._reply(row, form) if row else not_there(parts[0])

    @property
    def _inbox(self) -> FakeInbox:
        return FakeInbox(self, self._row, lambda text: len(text.encode()) > MOST_BYTES)

    def native_id(self, row: Row) -> str:
        """Return a number, which nothing tells photos from comments; `m_…` for messages."""
        if is_private(row.item):
            return id_of(row)
        return str(_FIRST_ID + row.number)

    def _row(self, object_id: str) -> Row | None:
        number = int(object_id) - _FIRST_ID if object_id.isdecimal() else -1
        row = self.book.numbered(self.network, number)
        return row if row and not row.item["deleted"] else None

    def _is_foreign(self, row: Row) -> bool:
        """Whether a photo, or the photo below which a comment stands, is somebody else's."""
        root = self.book.get(self.network, row.item["thread_id"])
        return root is None or root.source == "customer"

    def _media_list(self, edge: str, query: dict[str, str]) -> Answer:
        source = "brand" if edge == "media" else "customer"
        rows, more = self.rows_before(query, lambda row: _is_media(row) and row.source == source)
        items = [self._media(row, query.get("fields", "")) for row in rows]
        body = self.page(items, f"{ACCOUNT_ID}/{edge}", query, rows[-1].seq if more else None)
        return Answer(200, body, page=body["data"])

    def _mentioned(self, fields: str) -> Answer:
        found = _MENTIONED.search(fields)
        row = self._row(found[2]) if found else None
        if found is None or row is None or not row.item["mentions_account"]:
            return not_there(found[2] if found else ACCOUNT_ID)
        kind, inner = found[1], found[3]
        shown = self._media(row, inner) if kind == "media" else self._comment(row)
        page = shown.get("comments", {}).get("data") if kind == "media" else None
        return Answer(200, {f"mentioned_{kind}": shown, "id": ACCOUNT_ID}, page=page)

    def _node(self, row: Row, fields: str) -> Answer:
        asked = _names(fields)
        if not row.item["parent_id"]:
            if asked & {"parent_id", "text"}:
                return no_field("text", "IGMedia")
            return Answer(200, self._media(row, fields))
        if "caption" in asked:
            return no_field("caption", "IGComment")
        root = self.book.get(self.network, row.item["thread_id"])
        media = {"media": {"id": self.native_id(root)}} if root else {}
        return Answer(200, self._comment(row) | media)

    def _below(self, row: Row, query: dict[str, str], *, path: str) -> dict[str, Any]:
        """List comments of a photo newest first, replies to a comment oldest first."""
        rows = self._rows_below(row)
        if not row.item["parent_id"]:
            rows.reverse()
        start, size = position(query) or 0, limit(query)
        after = start + size if start + size < len(rows) else None
        return self.page([self._comment(one) for one in rows[start : start + size]], path, query, after)

    def _rows_below(self, row: Row) -> list[Row]:
        """List what hangs directly below a photo, or below a comment at any depth."""
        thread = self.book.thread(self.network, row.item["thread_id"])
        alive = [one for one in thread if one.item["parent_id"] and not one.item["deleted"]]
        if not row.item["parent_id"]:
            return [one for one in alive if self._top(one) is None]
        return [one for one in alive if (top := self._top(one)) and top.item["id"] == row.item["id"]]

    def _top(self, row: Row) -> Row | None:
        """Return the comment that a reply hangs below; None for a comment below the photo itself."""
        above: Row | None = None
        parent = self.book.get(self.network, row.item["parent_id"])
        while parent is not None and parent.item["parent_id"]:
            above, parent = parent, self.book.get(self.network, parent.item["parent_id"])
        return above

    def _reply(self, row: Row, form: dict[str, str]) -> Answer:
        text = form.get("message", "")
        if not text.strip() or len(text) > LONGEST:
            return error(400, 100, "(#100) Param message must have between 1 and 2200 characters.")
        item = self.play.receive(self.network, row, text)
        posted = self.book.get(self.network, item["id"])
        assert posted is not None
        comment = self._comment(posted)
        wanted = [name for name in form.get("fields", "").split(",") if name in comment]
        return Answer(200, {name: comment[name] for name in ["id", *wanted]}, posted=True)

    def _media(self, row: Row, fields: str) -> Item:
        item, native = row.item, self.native_id(row)
        below = self._rows_below(row)
        media: Item = {
            "id": native,
            "timestamp": _stamp(item["posted_at"]),
            "username": item["author"]["handle"],
            "permalink": f"https://www.instagram.com/p/{native}/",
            "media_type": "IMAGE",
            "like_count": item["likes"],
            "comments_count": len(below) + (self.dials.timeline_depth is not None),
        }
        media |= {"caption": item["text"]} if item["text"] else {}
        urls = [f"{self.host}/photos/{name}.jpg" for name in item["photos"]]
        media |= {"media_url": urls[0]} if urls else {}
        if (nested := _NESTED.search(fields)) and (below or "mentioned" not in fields):
            query = {"limit": nested[1], "after": nested[2] or ""}
            media["comments"] = self._below(row, query, path=f"{native}/comments")
        return media

    def _comment(self, row: Row) -> Item:
        item = row.item
        comment: Item = {
            "id": self.native_id(row),
            "text": item["text"],
            "timestamp": _stamp(item["posted_at"]),
            "username": item["author"]["handle"],
            "from": {"id": item["author"]["id"], "username": item["author"]["handle"]},
            "like_count": item["likes"],
        }
        if top := self._top(row):
            comment["parent_id"] = self.native_id(top)
        elif below := self._rows_below(row):
            comment["replies"] = {"data": [self._comment(one) for one in below[:25]]}
        return comment


def _is_media(row: Row) -> bool:
    return not row.item["parent_id"] and not is_private(row.item)


def _names(fields: str) -> set[str]:
    """Return the fields that are asked of the object itself, without those of what hangs below."""
    while "{" in fields:
        fields = re.sub(r"\{[^{}]*\}", "", fields)
    return {name.partition(".")[0] for name in fields.split(",")}


def _stamp(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
