"""Direct messages on X as its documentation describes them: `/2/dm_events`, `/2/dm_conversations/with/…`."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import is_private, talk_with
from listeners.networks.demo.vendor import Answer, Vendor
from listeners.networks.fakes.x_problems import invalid, problem

LONGEST = 10_000
SHOWN_FOR = timedelta(days=30)
NOT_OPEN = "You do not have permission to DM one or more participants."
_TOKEN = re.compile(r"18LAA5F([0-9]+)ZZZZ")


@dataclass(frozen=True, slots=True)
class FakeMessages:
    """The conversations of `me`; who wrote to the account takes its messages, others do not.

    `includes` shows the users and media of rows.
    """

    vendor: Vendor
    me: str
    includes: Callable[[Sequence[Row]], dict[str, Any]]

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
            "dm_conversation_id": self._conversation(posted),
            "dm_event_id": self.vendor.native_id(posted),
        }
        return Answer(201, {"data": told}, posted=True)

    def listed(self, person_id: str, query: dict[str, str]) -> Answer:
        """List a conversation, newest first; one that was never begun is empty."""
        return self._page(self.vendor.book.thread("x", talk_with(person_id))[::-1], query)

    def heard(self, query: dict[str, str]) -> Answer:
        """List the messages of all conversations that X still shows, newest first."""
        rows = [row for row in self.vendor.book.newest("x") if is_private(row.item)]
        shown = [row for row in rows if not row.item["deleted"] and self._age(row) <= SHOWN_FOR]
        return self._page(sorted(shown, key=lambda row: int(self.vendor.native_id(row)), reverse=True), query)

    def _page(self, rows: list[Row], query: dict[str, str]) -> Answer:
        size, token = query.get("max_results", "100"), query.get("pagination_token", "18LAA5F0ZZZZ")
        if not size.isdecimal() or not 1 <= int(size) <= 100:
            return invalid("max_results", size, "must be between 1 and 100")
        if not (place := _TOKEN.fullmatch(token)):
            return invalid("pagination_token", token, "is invalid")
        start, end = int(place[1]), int(place[1]) + int(size)
        events = [self._event(row, query) for row in rows[start:end]]
        meta: dict[str, Any] = {"result_count": len(events)}
        if len(rows) > end:
            meta["next_token"] = f"18LAA5F{end}ZZZZ"
        body: dict[str, Any] = {"meta": meta}
        if events or self.vendor.dials.malformed_item:
            body["data"] = events
        if events and "expansions" in query:
            body["includes"] = self.includes(rows[start:end])
        return Answer(200, body, page=events)

    def _age(self, row: Row) -> timedelta:
        return self.vendor.now - datetime.fromisoformat(row.item["posted_at"])

    def _asked(self, person_id: str) -> Row | None:
        """Return the newest message of somebody, or post in which they mention the account."""
        rows = (row for row in self.vendor.book.newest("x") if row.source == "customer")
        theirs = (row for row in rows if row.item["author"]["id"] == person_id)
        return next((row for row in theirs if row.item["mentions_account"] or is_private(row.item)), None)

    def _event(self, row: Row, query: dict[str, str]) -> Item:
        event = {
            "id": self.vendor.native_id(row),
            "event_type": "MessageCreate",
            "text": html.escape(row.item["text"], quote=False),
            "sender_id": row.item["author"]["id"],
            "dm_conversation_id": self._conversation(row),
        }
        keys = [f"3_{event['id']}_{name}" for name in row.item["photos"]]
        has_media = keys and "attachments" in query.get("dm_event.fields", "")
        return event | ({"attachments": {"media_keys": keys}} if has_media else {})

    def _conversation(self, row: Row) -> str:
        person_id = str(row.item["thread_id"]).partition("/")[2]
        return "-".join(sorted((self.me, person_id), key=int))
