"""A Facebook page as the Graph API's documentation describes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import PHOTO_ALTS, is_private, native_id
from listeners.networks.demo.script import BRAND_HANDLE
from listeners.networks.demo.vendor import Answer
from listeners.networks.fakes.graph import GraphVendor, error, limit, no_field, not_there, position
from listeners.networks.fakes.inbox import FakeInbox, id_of

PAGE_ID = native_id("people", BRAND_HANDLE)
_FIRST_ID = 122_100_000_000_000
LONGEST = 8000
LONGEST_MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class FakeFacebook(GraphVendor):
    """The page's feed with its visitors' posts, tagged posts, reviews, and comments below posts."""

    network: ClassVar[str] = "facebook"
    malformed_item: ClassVar[Any] = {"id": None, "message": 17, "from": "nobody"}

    def get(self, parts: list[str], query: dict[str, str]) -> Answer:
        """Answer a read of the page, of one of its lists, of a post or a comment."""
        match ["me" if part == PAGE_ID else part for part in parts]:
            case ["me"]:
                me = {"id": PAGE_ID, "name": "Zehnschritt", "category": "Shoe Store"}
                return Answer(200, me)
            case ["me", "feed" | "tagged" | "visitor_posts" as edge]:
                return self._posts(edge, query)
            case ["me", "conversations"]:
                return self._inbox.conversations(query)
            case ["me", "ratings"]:
                return self._ratings(query)
            case [object_id, "comments"] if (row := self._row(object_id)) is not None:
                return self._comments(row, query)
            case [object_id] if (row := self._row(object_id)) is not None:
                return self._node(row, query.get("fields", ""))
        return not_there(parts[0] if parts else "")

    def post(self, parts: list[str], form: dict[str, str]) -> Answer:
        """Take a comment, whose words may stand twice, or a message."""
        match ["me" if part == PAGE_ID else part for part in parts]:
            case ["me", "messages"]:
                return self._inbox.take(form)
            case [object_id, "comments"] if (row := self._row(object_id)) is not None:
                return self._reply(row, form)
        return not_there(parts[0])

    @property
    def _inbox(self) -> FakeInbox:
        return FakeInbox(self, self._row, lambda text: len(text) > LONGEST_MESSAGE)

    def native_id(self, row: Row) -> str:
        """Return `<page>_<post>` for posts, `<post>_<comment>` for comments, `m_…` for messages."""
        if is_private(row.item):
            return id_of(row)
        root = self._root(row)
        tail = str(_FIRST_ID + row.number)
        return f"{PAGE_ID}_{tail}" if root is None else f"{_FIRST_ID + root.number}_{tail}"

    def _root(self, row: Row) -> Row | None:
        """Return the post below which something stands; None for a post."""
        if not row.item["parent_id"]:
            return None
        return self.book.get(self.network, row.item["thread_id"]) or row

    def _row(self, object_id: str) -> Row | None:
        found = re.fullmatch(r"[0-9]+_([0-9]+)", object_id)
        row = self.book.numbered(self.network, int(found[1]) - _FIRST_ID) if found else None
        return row if row and not row.item["deleted"] and self.native_id(row) == object_id else None

    def _posts(self, edge: str, query: dict[str, str]) -> Answer:
        since = int(query.get("since", 0))

        def wanted(row: Row) -> bool:
            if (
                row.item["parent_id"]
                or is_private(row.item)
                or datetime.fromisoformat(row.item["posted_at"]).timestamp() < since
            ):
                return False
            return edge == "feed" or row.source == "customer"

        rows, more = self.rows_before(query, wanted)
        items = [self._post(row, query.get("fields", "")) for row in rows]
        body = self.page(items, f"{PAGE_ID}/{edge}", query, rows[-1].seq if more else None)
        return Answer(200, body, page=body["data"])

    def _ratings(self, query: dict[str, str]) -> Answer:
        rows, more = self.rows_before(query, lambda row: row.item["rating"] is not None)
        items = [self._rating(row) for row in rows]
        body = self.page(items, f"{PAGE_ID}/ratings", query, rows[-1].seq if more else None)
        return Answer(200, body, page=body["data"])

    def _node(self, row: Row, fields: str) -> Answer:
        if row.item["parent_id"]:
            if "updated_time" in fields:
                return no_field("updated_time", "Comment")
            return self._comment_node(row, fields)
        if "can_comment" in fields or "parent{" in fields:
            return no_field("can_comment", "Post")
        return Answer(200, self._post(row, fields))

    def _comment_node(self, row: Row, fields: str) -> Answer:
        private = self._inbox.conversation_begun_by(row, fields)
        messages = private.get("private_reply_conversation", {}).get("messages", {}).get("data")
        return Answer(200, self._comment(row) | private, page=messages)

    def _comments(self, row: Row, query: dict[str, str]) -> Answer:
        body = self._below(row, query, path=f"{self.native_id(row)}/comments")
        return Answer(200, body, page=body["data"])

    def _below(self, row: Row, query: dict[str, str], *, path: str) -> dict[str, Any]:
        """List comments; like Facebook's, the count holds those that are not shown."""
        thread = self.book.thread(self.network, row.item["thread_id"])
        rows = [one for one in thread if one.item["parent_id"] and not one.item["deleted"]]
        if row.item["parent_id"]:
            rows = [one for one in rows if one.item["parent_id"] == row.item["id"]]
        if query.get("order") == "reverse_chronological":
            rows.reverse()
        start, size = position(query) or 0, limit(query)
        after = start + size if start + size < len(rows) else None
        body = self.page([self._comment(one) for one in rows[start : start + size]], path, query, after)
        if "summary" in query:
            hidden = self.dials.timeline_depth is not None
            body["summary"] = {"order": "chronological", "total_count": len(rows) + hidden}
        return body

    def _reply(self, row: Row, form: dict[str, str]) -> Answer:
        text = form.get("message", "")
        if not text.strip():
            return error(400, 100, "(#100) Comment text or attachment is missing")
        if len(text) > LONGEST:
            return error(400, 100, "(#100) Param message is too long")
        posted = self.book.get(self.network, self.play.receive(self.network, row, text)["id"])
        assert posted is not None
        comment = self._comment(posted)
        wanted = [name for name in form.get("fields", "").split(",") if name in comment]
        return Answer(200, {name: comment[name] for name in ["id", *wanted]}, posted=True)

    def _post(self, row: Row, fields: str) -> Item:
        item, native = row.item, self.native_id(row)
        changed = max([item["edited_at"] or item["posted_at"], *self._times_below(row)])
        post: Item = {
            "id": native,
            "created_time": _stamp(item["posted_at"]),
            "updated_time": _stamp(changed),
            "from": _by(item["author"]),
            "permalink_url": f"https://www.facebook.com/{PAGE_ID}/posts/{native.partition('_')[2]}",
            "reactions": {"data": [], "summary": {"total_count": item["likes"], "viewer_reaction": "NONE"}},
        }
        post |= {"message": item["text"]} if item["text"] else {}
        post |= {"shares": {"count": item["shares"]}} if item["shares"] else {}
        if item["photos"]:
            post["attachments"] = {"data": [self._attachment(name) for name in item["photos"]]}
        nested = re.search(r"comments[^{]*\.limit\((\d+)\)", fields)
        if nested:
            query = {"limit": nested[1], "order": "reverse_chronological", "filter": "stream"}
            below = self._below(row, query, path=f"{native}/comments")
            post |= {"comments": below} if below["data"] else {}
        return post

    def _times_below(self, row: Row) -> list[str]:
        thread = self.book.thread(self.network, row.item["thread_id"])
        return [one.item["posted_at"] for one in thread if one.item["parent_id"]]

    def _comment(self, row: Row) -> Item:
        item, native = row.item, self.native_id(row)
        comment: Item = {
            "id": native,
            "message": item["text"],
            "created_time": _stamp(item["posted_at"]),
            "from": _by(item["author"]),
            "permalink_url": f"https://www.facebook.com/{native}",
            "can_comment": True,
            "like_count": item["likes"],
        }
        if parent := self._comment_above(row):
            comment["parent"] = {"id": self.native_id(parent)}
        if item["photos"]:
            comment["attachment"] = self._attachment(item["photos"][0]) | {"type": "photo"}
        return comment

    def _comment_above(self, row: Row) -> Row | None:
        """Return the comment that an answer hangs below: there is only one level of answers."""
        above: Row | None = None
        parent = self.book.get(self.network, row.item["parent_id"])
        while parent is not None and parent.item["parent_id"]:
            above, parent = parent, self.book.get(self.network, parent.item["parent_id"])
        return above

    def _rating(self, row: Row) -> Item:
        item = row.item
        return {
            "created_time": _stamp(item["posted_at"]),
            "has_rating": False,
            "recommendation_type": "positive" if item["rating"] > 3 else "negative",
            "review_text": item["text"],
            "reviewer": _by(item["author"]),
            "open_graph_story": {"id": self.native_id(row)},
        }

    def _attachment(self, name: str) -> Item:
        image = {"src": f"{self.host}/photos/{name}.jpg", "width": 720, "height": 720}
        return {"media_type": "photo", "media": {"image": image}, "description": PHOTO_ALTS.get(name, "")}


def _by(author: Item) -> Item:
    return {"id": author["id"], "name": author["name"] or author["handle"]}


def _stamp(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
