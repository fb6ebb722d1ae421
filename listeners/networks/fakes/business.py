"""The Google My Business API v4 as its documentation describes it, as far as reviews go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from listeners.networks.demo.book import Item, Row, stamp
from listeners.networks.demo.vendor import Answer, Call
from listeners.networks.fakes.google import FakeGoogle, page_token, problem, read_page_token, size_of
from listeners.networks.fakes.reviews import (
    answer_to,
    answers,
    changed_at,
    is_out_of_reach,
    is_review,
    write_answer,
)

NETWORK, PLACE = "business", "accounts/1/locations/2"
LONGEST_BYTES = 4096
_STARS = ("ONE", "TWO", "THREE", "FOUR", "FIVE")
_ID = re.compile(r"AbFvOq([0-9a-f]{12})")


@dataclass(frozen=True, slots=True)
class FakeBusiness(FakeGoogle):
    """Reviews of one place, and one reply of its owner to each."""

    network: ClassVar[str] = NETWORK
    malformed_item: ClassVar[Any] = {"reviewId": None, "reviewer": "nobody", "starRating": 17}

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        if call.parts in (["token"], ["o", "oauth2", "v2", "auth"]):
            return self.login(call)
        match call.method, call.parts[:1], "/".join(call.parts[1:5]), call.parts[5:]:
            case "GET", ["v4"], place, ["reviews"] if place == PLACE:
                return self._list(call.query)
            case "GET", ["v4"], place, ["reviews", review_id] if place == PLACE:
                return self._one(review_id)
            case "PUT", ["v4"], place, ["reviews", review_id, "reply"] if place == PLACE:
                return self._reply(review_id, call.json().get("comment"))
        return _not_found()

    def native_id(self, row: Row) -> str:
        """Return a review's id; a reply has none, and is known by its review's."""
        return f"AbFvOq{row.number:012x}"

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Give an address for the token of the next page."""
        if "totalReviewCount" in answer.body:
            answer.body["nextPageToken"] = url

    def _list(self, query: dict[str, str]) -> Answer:
        try:
            size = size_of(query, "pageSize", most=50, usual=50)
            before = read_page_token(query.get("pageToken", ""))
        except ValueError as error:
            return problem(400, "badRequest", str(error))
        if query.get("orderBy") != "updateTime desc":
            return problem(400, "badRequest", "This stand-in sorts by updateTime desc only.")
        rows = self.book.newest(NETWORK, before=before, limit=size + 1)
        standing = answers(self, NETWORK)
        shown = [row for row in rows[:size] if is_review(row)]
        reviews = [self._review(row, standing.get(row.item["id"])) for row in shown]
        body: dict[str, Any] = {"averageRating": 3.1, "totalReviewCount": len(reviews)}
        if reviews or self.dials.malformed_item:
            body["reviews"] = reviews
        if len(rows) > size:
            body["nextPageToken"] = page_token(rows[size - 1].seq)
        return Answer(200, body, page=reviews)

    def _one(self, review_id: str) -> Answer:
        row = self._row(review_id)
        if row is None or is_out_of_reach(self, NETWORK, row):
            return _not_found()
        body = self._review(row, answer_to(self, NETWORK, row))
        # A share of items is for lists: one review cannot be malformed in part.
        if self.dials.malformed_item == 1:
            body["reviewReply"] = "nobody"
        return Answer(200, body)

    def _reply(self, review_id: str, text: object) -> Answer:
        row = self._row(review_id)
        if row is None:
            return _not_found()
        if not isinstance(text, str) or not 0 < len(text.strip().encode()) <= LONGEST_BYTES:
            return problem(400, "badRequest", f"comment must have 1 to {LONGEST_BYTES} bytes.")
        write_answer(self, NETWORK, row, text)
        return Answer(200, {"comment": text, "updateTime": _stamp(stamp(self.now))}, posted=True)

    def _row(self, review_id: str) -> Row | None:
        found = _ID.fullmatch(review_id)
        row = self.book.numbered(NETWORK, int(found[1], 16)) if found else None
        return row if row is not None and is_review(row) else None

    def _review(self, row: Row, reply: Row | None) -> Item:
        item, review_id = row.item, self.native_id(row)
        name = item["author"]["name"]
        review = {
            "name": f"{PLACE}/reviews/{review_id}",
            "reviewId": review_id,
            "reviewer": {"displayName": name} if name else {"isAnonymous": True},
            "starRating": _STARS[(item["rating"] or 3) - 1],
            "createTime": _stamp(item["posted_at"]),
            "updateTime": _stamp(changed_at(row)),
        }
        if item["text"]:
            review["comment"] = f"{item['text']}\n\n(Translated by Google)\n[in English]"
        if reply:
            review["reviewReply"] = {"comment": reply.item["text"], "updateTime": _stamp(changed_at(reply))}
        return review


def _not_found() -> Answer:
    return problem(404, "notFound", "There is no such thing.", title="NOT_FOUND")


def _stamp(at: str) -> str:
    """Write a time as Google does, with parts of a second only where there are some."""
    return datetime.fromisoformat(at).astimezone(UTC).isoformat().replace("+00:00", "Z")
