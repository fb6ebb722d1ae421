"""Trustpilot's API as its documentation describes it, as far as reviews of a business unit go."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from listeners.networks.demo.book import Item, Row, stamp
from listeners.networks.demo.vendor import Answer, Call, Fault, Vendor
from listeners.networks.fakes.reviews import answer_to, answers, is_out_of_reach, is_review, write_answer

NETWORK, UNIT = "trustpilot", "5e1f0a7b0000ff0001abcdef"
_LOGIN = ["v1", "oauth", "oauth-business-users-for-applications", "accesstoken"]
_LEAD = "65aa00000000"
_FAULTS: dict[Fault, tuple[int, str]] = {
    "rate_limited": (429, "Too many requests."),
    "not_accepted": (503, "The service is not available."),
    "bad_gateway": (502, "The service did not answer."),
    "token_expired": (401, "The key or token is not valid."),
    # Trustpilot tells of no quota; this is how HTTP says that something is to be paid.
    "quota_used": (402, "The plan does not include more."),
    "forbidden": (403, "The application may not do this."),
}


@dataclass(frozen=True, slots=True)
class FakeTrustpilot(Vendor):
    """Reviews of one business unit by page numbers, and one reply of the company to each."""

    malformed_item: ClassVar[Any] = {"id": None, "consumer": "nobody", "stars": 17}

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        match call.method, call.parts:
            case "POST", parts if parts == _LOGIN:
                token = _basic(call).partition(":")[0]
                return Answer(
                    200, {"access_token": token, "expires_in": "359999", "token_type": "BearerToken"}
                )
            case "GET", ["v1", "business-units", unit, "reviews"] if unit == UNIT:
                return self._list(call.query)
            case "GET", ["v1", "reviews", review_id]:
                return self._one(review_id)
            case "POST", ["v1", "private", "reviews", review_id, "reply"]:
                return self._reply(review_id, call.json().get("message"))
        return problem(404, "There is nothing here.")

    def fault(self, fault: Fault) -> Answer:
        """Say a fault in Trustpilot's words."""
        status, message = _FAULTS[fault]
        pause = self.dials.retry_after if fault == "rate_limited" else ""
        return Answer(status, problem(status, message).body, {"Retry-After": pause} if pause else {})

    def admits(self, call: Call, token: str) -> bool:
        """Take the server's token as the application's key, and as the access token."""
        if call.parts == _LOGIN:
            return re.fullmatch(f"{re.escape(token)}:.+", _basic(call)) is not None
        if call.parts[1:2] == ["private"]:
            return call.headers.get("authorization") == f"Bearer {token}"
        return call.headers.get("apikey") == token

    def writes(self, call: Call) -> bool:
        """Say whether a call would post something; a log-in does not."""
        return call.method != "GET" and call.parts != _LOGIN

    def native_id(self, row: Row) -> str:
        """Return a review's id; a reply has none, and is known by its review's."""
        return f"{_LEAD}{row.number:012x}"

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Set the link to the next page."""
        if "reviews" in answer.body:
            answer.body["links"] = [{"href": url, "method": "GET", "rel": "next-page"}]

    def _list(self, query: dict[str, str]) -> Answer:
        size, page = query.get("perPage", "20"), query.get("page", "1")
        if not size.isdecimal() or not 1 <= int(size) <= 100 or not page.isdecimal() or int(page) < 1:
            return problem(400, "perPage must be between 1 and 100, page a number.")
        if query.get("orderBy") != "createdat.desc":
            return problem(400, "This stand-in sorts by createdat.desc only.")
        rows = self.book.page(NETWORK, int(page), int(size))
        standing = answers(self, NETWORK)
        reviews = [self._review(row, standing.get(row.item["id"])) for row in rows if is_review(row)]
        links = []
        if self.book.page(NETWORK, int(page) * int(size) + 1, 1):
            link = urlencode(query | {"page": str(int(page) + 1)})
            href = f"{self.host}/v1/business-units/{UNIT}/reviews?{link}"
            links.append({"href": href, "method": "GET", "rel": "next-page"})
        return Answer(200, {"links": links, "reviews": reviews}, page=reviews)

    def _one(self, review_id: str) -> Answer:
        row = self._row(review_id)
        if row is None or is_out_of_reach(self, NETWORK, row):
            return problem(404, "There is no such review.")
        body = self._review(row, answer_to(self, NETWORK, row))
        # A share of items is for lists: one review cannot be malformed in part.
        if self.dials.malformed_item == 1:
            body["companyReply"] = "nobody"
        return Answer(200, body)

    def _reply(self, review_id: str, text: object) -> Answer:
        row = self._row(review_id)
        if row is None:
            return problem(404, "There is no such review.")
        if not isinstance(text, str) or not text.strip():
            return problem(400, "message is missing.")
        write_answer(self, NETWORK, row, text)
        taken = {"message": text, "createdAt": _stamp(stamp(self.now))}
        return Answer(201, {"reply": taken}, posted=True)

    def _row(self, review_id: str) -> Row | None:
        found = re.fullmatch(f"{_LEAD}([0-9a-f]{{12}})", review_id)
        row = self.book.numbered(NETWORK, int(found[1], 16)) if found else None
        return row if row is not None and is_review(row) else None

    def _review(self, row: Row, reply: Row | None) -> Item:
        item = row.item
        title, _, text = item["text"].rpartition("\n")
        told = None
        if reply:
            edited = reply.item["edited_at"]
            told = {
                "text": reply.item["text"],
                "createdAt": _stamp(reply.item["posted_at"]),
                "updatedAt": _stamp(edited) if edited else None,
            }
        return {
            "id": self.native_id(row),
            "consumer": {
                "id": item["author"]["id"],
                "displayName": item["author"]["name"],
                "numberOfReviews": 2,
            },
            "businessUnit": {"id": UNIT, "displayName": "Zehnschritt"},
            "stars": item["rating"] or 3,
            "title": title,
            "text": text,
            "language": "de",
            "createdAt": _stamp(item["posted_at"]),
            "updatedAt": _stamp(item["edited_at"]) if item["edited_at"] else None,
            "companyReply": told,
            "numberOfLikes": item["likes"],
            "isVerified": True,
        }


def problem(status: int, message: str) -> Answer:
    """Make Trustpilot's error body."""
    return Answer(status, {"message": message, "errorCode": status})


def _basic(call: Call) -> str:
    """Return the key and secret of a log-in, "" for none."""
    given = call.headers.get("authorization", "").removeprefix("Basic ")
    try:
        return base64.b64decode(given, validate=True).decode()
    except ValueError:
        return ""


def _stamp(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
