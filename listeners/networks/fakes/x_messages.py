"""Direct messages on X as its documentation describes them: `/2/dm_conversations/with/…`."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import talk_with
from listeners.networks.demo.vendor import Answer, Vendor
from listeners.networks.fakes.x_problems import invalid, problem

LONGEST = 10_000
NOT_OPEN = "You do not have permission to DM one or more participants."
_TOKEN = re.compile(r"18LAA5F([0-9]+)ZZZZ")


@dataclass(frozen=True, slots=True)
class FakeMessages:
    """The conversations of `me`; who wrote to the account in public takes its messages, others do not."""

    vendor: Vendor
    me: str

    def take(self, person_id: str, body: dict[str, Any]) -> Answer:
        """Take a message; the same words as often as they come."""
        text = body.get("text")
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
            return invalid("text", "", f"must have between 1 and {LONGEST} characters")
        row = self._asked(person_id)
        if row is None:
            return problem(403, "Forbidden", NOT_OPEN)
        item = self.vendor.play.receive_privately("x", row, text)
        posted = self.vendor.book.get("x", item["id"])
        assert posted is not None
        told = {
            "dm_conversation_id": self._conversation(person_id),
            "dm_event_id": self.vendor.native_id(posted),
        }
        return Answer(201, {"data": told}, posted=True)

    def listed(self, person_id: str, query: dict[str, str]) -> Answer:
        """List a conversation, newest first; one that was never begun is empty."""
        size, token = query.get("max_results", "100"), query.get("pagination_token", "18LAA5F0ZZZZ")
        if not size.isdecimal() or not 1 <= int(size) <= 100:
            return invalid("max_results", size, "must be between 1 and 100")
        if not (place := _TOKEN.fullmatch(token)):
            return invalid("pagination_token", token, "is invalid")
        start, end = int(place[1]), int(place[1]) + int(size)
        rows = self.vendor.book.thread("x", talk_with(person_id))[::-1]
        events = [self._event(row, person_id) for row in rows[start:end]]
        meta: dict[str, Any] = {"result_count": len(events)}
        if len(rows) > end:
            meta["next_token"] = f"18LAA5F{end}ZZZZ"
        has_data = events or self.vendor.dials.malformed_item
        return Answer(200, ({"data": events} if has_data else {}) | {"meta": meta}, page=events)

    def _asked(self, person_id: str) -> Row | None:
        """Return the newest post in which somebody mentions the account."""
        rows = (row for row in self.vendor.book.newest("x") if row.source == "customer")
        theirs = (row for row in rows if row.item["author"]["id"] == person_id)
        return next((row for row in theirs if row.item["mentions_account"]), None)

    def _event(self, row: Row, person_id: str) -> Item:
        return {
            "id": self.vendor.native_id(row),
            "event_type": "MessageCreate",
            "text": html.escape(row.item["text"], quote=False),
            "sender_id": self.me if row.source == "reply" else person_id,
            "dm_conversation_id": self._conversation(person_id),
        }

    def _conversation(self, person_id: str) -> str:
        return "-".join(sorted((self.me, person_id), key=int))
