"""The inbox that belongs to a page or account of Meta: private replies, conversations, their windows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import is_private, talk_with
from listeners.networks.demo.vendor import Answer
from listeners.networks.fakes.graph import GraphVendor, cursor, error, limit, not_there, position

COMMENT_WINDOW = PERSON_WINDOW = timedelta(days=7)
STANDARD_WINDOW = timedelta(hours=24)
SHOWN = 20
"""How many messages of a conversation tell their words."""
_OUTSIDE = error(400, 10, "(#10) This message is sent outside of allowed window.", subcode=2018278)
_PLATFORMS = {"facebook": "messenger", "instagram": "instagram"}
_ASKED = re.compile(r"messages\.limit\((\d+)\)")


@dataclass(frozen=True, slots=True)
class FakeInbox:
    """The inbox of one vendor; `row_of` finds a comment, `too_long` says what a message cannot hold."""

    vendor: GraphVendor
    row_of: Callable[[str], Row | None]
    too_long: Callable[[str], bool]

    def take(self, form: dict[str, str]) -> Answer:
        """Take an answer to a message, or the one private reply to a comment of the last seven days."""
        recipient, text = _object(form.get("recipient", "")), _object(form.get("message", "")).get("text", "")
        if not isinstance(text, str) or not text.strip() or self.too_long(text):
            return error(400, 100, "(#100) Length of param message[text] must be less than allowed.")
        if "id" in recipient:
            return self._answer(str(recipient["id"]), text, form)
        comment_id = str(recipient.get("comment_id", ""))
        row = self.row_of(comment_id)
        if row is None or not row.item["parent_id"]:
            return not_there(comment_id)
        if self._age(row) > COMMENT_WINDOW:
            return _OUTSIDE
        if self._answer_to(row):
            return error(400, 10900, "(#10900) Activity already replied to")
        return self._post(row, text)

    def _answer(self, person_id: str, text: str, form: dict[str, str]) -> Answer:
        theirs = [row for row in self._talk(person_id) if row.source == "customer"]
        if not theirs:
            return error(400, 100, "(#100) No matching user found", subcode=2018001)
        is_by_person = (form.get("messaging_type"), form.get("tag")) == ("MESSAGE_TAG", "HUMAN_AGENT")
        if self._age(theirs[-1]) > (PERSON_WINDOW if is_by_person else STANDARD_WINDOW):
            return _OUTSIDE
        return self._post(theirs[-1], text)

    def _age(self, row: Row) -> timedelta:
        return self.vendor.now - datetime.fromisoformat(row.item["posted_at"])

    def conversation_begun_by(self, row: Row, fields: str) -> dict[str, Any]:
        """Return the conversation that the private reply to a comment began, as a field of the comment."""
        if "private_reply_conversation" not in fields or not self._answer_to(row):
            return {}
        return {"private_reply_conversation": self._conversation(row.item["author"]["id"], fields)}

    def conversations(self, query: dict[str, str]) -> Answer:
        """List the conversation with one person, or all, those with the newest messages first."""
        if query.get("platform", "messenger") != _PLATFORMS[self.vendor.network]:
            return error(400, 100, "(#100) Param platform does not fit this account.")
        fields = query.get("fields", "")
        if person_id := query.get("user_id", ""):
            data = [self._conversation(person_id, fields)] if self._shown(person_id) else []
            page = data[0]["messages"]["data"] if data and "messages" in data[0] else None
            return Answer(200, {"data": data}, page=page)
        people = self._people()
        start, size = position(query) or 0, limit(query)
        after = start + size if start + size < len(people) else None
        shown = [self._conversation(person_id, fields) for person_id in people[start : start + size]]
        body = self.vendor.page(shown, "me/conversations", query, after)
        return Answer(200, body, page=body["data"])

    def _people(self) -> list[str]:
        """List whom the account has conversations with, those with the newest messages first."""
        rows = [row for row in self.vendor.book.newest(self.vendor.network) if is_private(row.item)]
        rows = [row for row in rows if not row.item["deleted"]]
        rows.sort(key=lambda row: row.item["posted_at"], reverse=True)
        return list(dict.fromkeys(str(row.item["thread_id"]).partition("/")[2] for row in rows))

    def _post(self, row: Row, text: str) -> Answer:
        item = self.vendor.play.receive_privately(self.vendor.network, row, text)
        posted = self.vendor.book.get(self.vendor.network, item["id"])
        assert posted is not None
        body = {"recipient_id": row.item["author"]["id"], "message_id": id_of(posted)}
        return Answer(200, body, posted=True)

    def _answer_to(self, row: Row) -> bool:
        talk = self._talk(row.item["author"]["id"])
        return any(one.source == "reply" and one.item["parent_id"] == row.item["id"] for one in talk)

    def _talk(self, person_id: str) -> list[Row]:
        return self.vendor.book.thread(self.vendor.network, talk_with(person_id))

    def _shown(self, person_id: str) -> list[Row]:
        """List a conversation without what was taken back."""
        return [row for row in self._talk(person_id) if not row.item["deleted"]]

    def _conversation(self, person_id: str, fields: str) -> dict[str, Any]:
        asked = _ASKED.search(fields)
        if asked is None:
            return {"id": f"t_{person_id}"}
        depth = self.vendor.dials.timeline_depth
        size = min(int(asked[1]), SHOWN, SHOWN if depth is None else depth)
        rows = self._shown(person_id)[::-1]
        messages: dict[str, Any] = {"data": [self._message(row) for row in rows[:size]]}
        if len(rows) > size:
            path = (
                f"{self.vendor.host}/fakes/{self.vendor.network}/{self.vendor.version}/t_{person_id}/messages"
            )
            messages["paging"] = {"cursors": {"after": cursor(size)}, "next": f"{path}?after={cursor(size)}"}
        people = {row.item["author"]["id"]: self._by(row) for row in rows}
        return {
            "id": f"t_{person_id}",
            "updated_time": _stamp(rows[0]),
            "participants": {"data": list(people.values())},
            "messages": messages,
        }

    def _message(self, row: Row) -> Item:
        urls = [f"{self.vendor.host}/photos/{name}.jpg" for name in row.item["photos"]]
        attached = {"attachments": {"data": [{"image_data": {"url": url}} for url in urls]}} if urls else {}
        message = {"id": id_of(row), "message": row.item["text"], "created_time": _stamp(row)}
        return message | {"from": self._by(row)} | attached

    def _by(self, row: Row) -> Item:
        """Show who wrote a message, as each network does."""
        author = row.item["author"]
        if _PLATFORMS[self.vendor.network] == "instagram":
            return {"id": author["id"], "username": author["handle"]}
        return {"id": author["id"], "name": author["name"], "email": f"{author['id']}@facebook.com"}


def id_of(row: Row) -> str:
    """Return a message's id."""
    return f"m_{row.item['id']}"


def _stamp(row: Row) -> str:
    at = datetime.fromisoformat(row.item["posted_at"]).astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def _object(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
