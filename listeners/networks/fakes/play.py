"""The Google Play Developer API as its documentation describes it, as far as reviews go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
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

NETWORK, PACKAGE = "play", "org.example.zehnschritt"
LONGEST = 350
SHOWN = timedelta(days=7)
"""How long after their last edit reviews can be read."""
_ID = re.compile(r"gp:AOqpTO([0-9a-f]{12})")
_NOT_FOUND = "There is no such review."


@dataclass(frozen=True, slots=True)
class FakePlay(FakeGoogle):
    """Reviews of one app that changed in the last week, and one answer to each."""

    network: ClassVar[str] = NETWORK
    malformed_item: ClassVar[Any] = {"reviewId": None, "authorName": "nobody", "comments": 17}

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        match call.method, call.parts:
            case _, ["token"] | ["o", "oauth2", "v2", "auth"]:
                return self.login(call)
            case "GET", ["androidpublisher", "v3", "applications", package, "reviews"] if package == PACKAGE:
                return self._list(call.query)
            case "GET", ["androidpublisher", "v3", "applications", package, "reviews", review_id] if (
                package == PACKAGE
            ):
                return self._one(review_id)
            case "POST", ["androidpublisher", "v3", "applications", package, "reviews", target] if (
                package == PACKAGE and target.endswith(":reply")
            ):
                return self._reply(target.removesuffix(":reply"), call.json().get("replyText"))
        return problem(404, "notFound", "There is no such path.", title="NOT_FOUND")

    def native_id(self, row: Row) -> str:
        """Return a review's id; an answer has none, and is known by its review's."""
        return f"gp:AOqpTO{row.number:012x}"

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Give an address for the token of the next page."""
        if "reviews" in answer.body:
            answer.body["tokenPagination"] = {"nextPageToken": url}

    def _list(self, query: dict[str, str]) -> Answer:
        try:
            size = size_of(query, "maxResults", most=100, usual=10)
            before = read_page_token(query.get("token", ""))
        except ValueError as error:
            return problem(400, "invalid", str(error))
        rows = self.book.newest(NETWORK, before=before, limit=size + 1)
        standing = answers(self, NETWORK)
        shown = [row for row in rows[:size] if self._is_shown(row)]
        reviews = [self._review(row, standing.get(row.item["id"])) for row in shown]
        body: dict[str, Any] = {"reviews": reviews} if reviews or self.dials.malformed_item else {}
        if len(rows) > size:
            body["tokenPagination"] = {"nextPageToken": page_token(rows[size - 1].seq)}
        return Answer(200, body, page=reviews)

    def _one(self, review_id: str) -> Answer:
        row = self._row(review_id)
        if row is None or is_out_of_reach(self, NETWORK, row):
            return problem(404, "notFound", _NOT_FOUND, title="NOT_FOUND")
        body = self._review(row, answer_to(self, NETWORK, row))
        return Answer(200, body, page=body["comments"])

    def _reply(self, review_id: str, text: object) -> Answer:
        row = self._row(review_id)
        if row is None:
            return problem(404, "notFound", _NOT_FOUND, title="NOT_FOUND")
        if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST:
            return problem(400, "invalidReply", f"The reply must have 1 to {LONGEST} characters.")
        write_answer(self, NETWORK, row, text)
        body = {"result": {"replyText": text, "lastEdited": _moment(stamp(self.now))}}
        return Answer(200, body, posted=True)

    def _row(self, review_id: str) -> Row | None:
        found = _ID.fullmatch(review_id)
        row = self.book.numbered(NETWORK, int(found[1], 16)) if found else None
        return row if row is not None and self._is_shown(row) else None

    def _is_shown(self, row: Row) -> bool:
        return is_review(row) and datetime.fromisoformat(changed_at(row)) > self.now - SHOWN

    def _review(self, row: Row, answer: Row | None) -> Item:
        item = row.item
        title, line, text = item["text"].partition("\n")
        written = {
            "text": f"{title}\t{text}" if line else f"\t{title}",
            "lastModified": _moment(changed_at(row)),
            "starRating": item["rating"] or 3,
            "reviewerLanguage": "de",
            "device": "stand-in",
            "androidOsVersion": 36,
            "thumbsUpCount": item["likes"],
            "thumbsDownCount": 0,
        }
        comments: list[Item] = [{"userComment": written}]
        if answer:
            comments.append(
                {
                    "developerComment": {
                        "text": answer.item["text"],
                        "lastModified": _moment(changed_at(answer)),
                    }
                }
            )
        name = item["author"]["name"]
        return {"reviewId": self.native_id(row), "comments": comments} | (
            {"authorName": name} if name else {}
        )


def _moment(at: str) -> Item:
    """Write a time as Google does: a long number is text, and zero is left out."""
    time = datetime.fromisoformat(at)
    return {"seconds": str(int(time.timestamp()))} | (
        {"nanos": time.microsecond * 1000} if time.microsecond else {}
    )
