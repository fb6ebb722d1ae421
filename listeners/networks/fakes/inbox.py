"""The inbox that belongs to a page or account of Meta: private replies, conversations, their windows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import talk_with
from listeners.networks.demo.vendor import Answer
from listeners.networks.fakes.graph import GraphVendor, cursor, error, not_there

COMMENT_WINDOW = timedelta(days=7)
SHOWN = 20
"""How many messages of a conversation tell their words."""
_ASKED = re.compile(r"messages\.limit\((\d+)\)")


@dataclass(frozen=True, slots=True)
class FakeInbox:
    """The inbox of one vendor; `row_of` finds a comment, `too_long` says what a message cannot hold."""

    vendor: GraphVendor
    row_of: Callable[[str], Row | None]
    too_long: Callable[[str], bool]

    def take(self, form: dict[str, str]) -> Answer:
        """Take a message: the one private reply to a comment of the last seven days."""
        recipient, text = _object(form.get("recipient", "")), _object(form.get("message", "")).get("text", "")
        comment_id = str(recipient.get("comment_id", ""))
        row = self.row_of(comment_id)
        if row is None or not row.item["parent_id"]:
            return not_there(comment_id)
        if not isinstance(text, str) or not text.strip() or self.too_long(text):
            return error(400, 100, "(#100) Length of param message[text] must be less than allowed.")
        if self.vendor.now - datetime.fromisoformat(row.item["posted_at"]) > COMMENT_WINDOW:
            message = "(#10) This message is sent outside of allowed window."
            return error(400, 10, message, subcode=2018278)
        if self._answer_to(row):
            return error(400, 10900, "(#10900) Activity already replied to")
        return self._post(row, text)

    def conversation_begun_by(self, row: Row, fields: str) -> dict[str, Any]:
        """Return the conversation that the private reply to a comment began, as a field of the comment."""
        if "private_reply_conversation" not in fields or not self._answer_to(row):
            return {}
        return {"private_reply_conversation": self._conversation(row.item["author"]["id"], fields)}

    def conversations(self, query: dict[str, str]) -> Answer:
        """List the conversations with one person: one or none."""
        person_id, fields = query.get("user_id", ""), query.get("fields", "")
        data = [self._conversation(person_id, fields)] if self._talk(person_id) else []
        page = data[0]["messages"]["data"] if data and "messages" in data[0] else None
        return Answer(200, {"data": data}, page=page)

    def _post(self, row: Row, text: str) -> Answer:
        item = self.vendor.play.receive_privately(self.vendor.network, row, text)
        posted = self.vendor.book.get(self.vendor.network, item["id"])
        assert posted is not None
        body = {"recipient_id": row.item["author"]["id"], "message_id": _id_of(posted)}
        return Answer(200, body, posted=True)

    def _answer_to(self, row: Row) -> bool:
        talk = self._talk(row.item["author"]["id"])
        return any(one.source == "reply" and one.item["parent_id"] == row.item["id"] for one in talk)

    def _talk(self, person_id: str) -> list[Row]:
        return self.vendor.book.thread(self.vendor.network, talk_with(person_id))

    def _conversation(self, person_id: str, fields: str) -> dict[str, Any]:
        asked = _ASKED.search(fields)
        if asked is None:
            return {"id": f"t_{person_id}"}
        depth = self.vendor.dials.timeline_depth
        size = min(int(asked[1]), SHOWN, SHOWN if depth is None else depth)
        rows = self._talk(person_id)[::-1]
        messages: dict[str, Any] = {"data": [_message(row) for row in rows[:size]]}
        if len(rows) > size:
            path = (
                f"{self.vendor.host}/fakes/{self.vendor.network}/{self.vendor.version}/t_{person_id}/messages"
            )
            messages["paging"] = {"cursors": {"after": cursor(size)}, "next": f"{path}?after={cursor(size)}"}
        return {"id": f"t_{person_id}", "messages": messages}


def _message(row: Row) -> Item:
    item = row.item
    by = {"id": item["author"]["id"], "username": item["author"]["handle"], "name": item["author"]["name"]}
    at = datetime.fromisoformat(item["posted_at"]).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {"id": _id_of(row), "message": item["text"], "created_time": at, "from": by}


def _id_of(row: Row) -> str:
    return f"m_{row.item['id']}"


def _object(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
