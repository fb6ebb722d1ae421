"""The App Store Connect API as its documentation describes it, as far as reviews go."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar
from urllib.parse import urlencode

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.vendor import Answer, Call, Fault, Vendor
from listeners.networks.extras import load
from listeners.networks.fakes.reviews import (
    answer_to,
    answers,
    changed_at,
    is_out_of_reach,
    is_review,
    write_answer,
)

NETWORK, APP = "appstore", "1000000001"
LONGEST = 5970
_REVIEW, _RESPONSE = "00000088-5f3a-4c1e-9b20-", "00000099-5f3a-4c1e-9b20-"
_PACIFIC = timezone(timedelta(hours=-8))
_FAULTS: dict[Fault, tuple[int, str, str]] = {
    "rate_limited": (429, "RATE_LIMIT_EXCEEDED", "Too many calls in a short time."),
    "not_accepted": (503, "SERVICE_UNAVAILABLE", "The service is not available."),
    "bad_gateway": (502, "UNEXPECTED_ERROR", "Something failed on the way."),
    "token_expired": (401, "NOT_AUTHORIZED", "The token is missing, expired or not signed by the key."),
    "quota_used": (429, "RATE_LIMIT_EXCEEDED", "The calls of this hour have been made."),
    "forbidden": (403, "FORBIDDEN_ERROR", "The key's role does not include this."),
}


@dataclass(frozen=True, slots=True)
class FakeAppStore(Vendor):
    """Reviews of one app, those edited last first, and one response to each."""

    malformed_item: ClassVar[Any] = {"type": "customerReviews", "id": None, "attributes": "nobody"}

    def answer(self, call: Call) -> Answer:
        """Answer one call, with the header that tells what is left."""
        answer = self._answer(call)
        headers = {"X-Rate-Limit": f"user-hour-lim:3500;user-hour-rem:{self.dials.calls_left};"}
        return Answer(answer.status, answer.body, headers, answer.page, answer.posted)

    def _answer(self, call: Call) -> Answer:
        match call.method, call.parts:
            case "GET", ["v1", "apps", app, "customerReviews"] if app == APP:
                return self._list(call.query)
            case "GET", ["v1", "customerReviews", review_id]:
                return self._one(review_id)
            case "POST", ["v1", "customerReviewResponses"]:
                return self._respond(call.json())
        return problem(404, "NOT_FOUND", "There is no such resource.")

    def fault(self, fault: Fault) -> Answer:
        """Say a fault in Apple's error document."""
        headers = {"X-Rate-Limit": "user-hour-lim:3500;user-hour-rem:0;"} if fault == "quota_used" else {}
        if fault == "rate_limited" and self.dials.retry_after:
            headers["Retry-After"] = self.dials.retry_after
        refusal = problem(*_FAULTS[fault])
        return Answer(refusal.status, refusal.body, headers)

    def admits(self, call: Call, token: str) -> bool:
        """Take a token of 20 minutes at most that the key of this server's token signed."""
        jwt = load("jwt", extra="appstore")
        given = call.headers.get("authorization", "").removeprefix("Bearer ")
        options = {"verify_exp": False, "verify_iat": False, "require": ["iss", "iat", "exp"]}
        try:
            claims = jwt.decode(
                given, _key(token).public_key(), ["ES256"], audience="appstoreconnect-v1", options=options
            )
        except jwt.PyJWTError:
            return False
        return bool(claims["exp"] > self.now.timestamp() and claims["exp"] - claims["iat"] <= 1200)

    def native_id(self, row: Row) -> str:
        """Return a review's or response's id."""
        return f"{_RESPONSE if row.source == 'reply' else _REVIEW}{row.number:012x}"

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Set the page's `links.next`."""
        if "meta" in answer.body:
            answer.body["links"]["next"] = url

    def _list(self, query: dict[str, str]) -> Answer:
        size, cursor = query.get("limit", "20"), query.get("cursor", "")
        if not size.isdecimal() or not 1 <= int(size) <= 200:
            return problem(400, "PARAMETER_ERROR.INVALID", "limit must be between 1 and 200.")
        if query.get("sort") != "-createdDate":
            return problem(400, "PARAMETER_ERROR.INVALID", "This stand-in sorts by -createdDate only.")
        if cursor and not re.fullmatch(r"Bw[0-9a-f]{1,15}", cursor):
            return problem(400, "PARAMETER_ERROR.INVALID", "cursor is not valid any more.")
        before = int(cursor[2:], 16) if cursor else None
        rows = self.book.newest(NETWORK, before=before, limit=int(size) + 1)
        shown = [row for row in rows[: int(size)] if is_review(row)]
        standing = answers(self, NETWORK)
        reviews = [self._review(row, standing.get(row.item["id"])) for row in shown]
        links = {"self": self._link(query)}
        if len(rows) > int(size):
            links["next"] = self._link(query | {"cursor": f"Bw{rows[int(size) - 1].seq:x}"})
        body = {"data": reviews, "links": links, "meta": {"paging": {"limit": int(size)}}}
        if included := [
            self._response(standing[row.item["id"]]) for row in shown if row.item["id"] in standing
        ]:
            body["included"] = included
        return Answer(200, body, page=reviews)

    def _one(self, review_id: object) -> Answer:
        row = self._row(review_id)
        if row is None or is_out_of_reach(self, NETWORK, row):
            return problem(404, "NOT_FOUND", "There is no customer review with this id.")
        standing = answer_to(self, NETWORK, row)
        included = [self._response(standing)] if standing else []
        body = {"data": self._review(row, standing), "included": included, "links": {"self": self.host}}
        return Answer(200, body, page=included)

    def _respond(self, body: dict[str, Any]) -> Answer:
        try:
            text = body["data"]["attributes"]["responseBody"]
            row = self._row(body["data"]["relationships"]["review"]["data"]["id"])
        except (KeyError, TypeError):
            return problem(422, "ENTITY_UNPROCESSABLE", "The document lacks a part.")
        if row is None:
            return problem(404, "NOT_FOUND", "There is no customer review with this id.")
        if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST:
            return problem(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "responseBody is empty or too long.")
        written = write_answer(self, NETWORK, row, text)
        return Answer(201, {"data": self._response(written)}, posted=True)

    def _row(self, review_id: object) -> Row | None:
        found = re.fullmatch(f"{_REVIEW}([0-9a-f]{{12}})", review_id if isinstance(review_id, str) else "")
        row = self.book.numbered(NETWORK, int(found[1], 16)) if found else None
        return row if row is not None and is_review(row) else None

    def _review(self, row: Row, answer: Row | None) -> Item:
        item, review_id = row.item, self.native_id(row)
        title, _, body = item["text"].rpartition("\n")
        link = f"{self.host}/v1/customerReviews/{review_id}"
        response: dict[str, Any] = {"links": {"related": f"{link}/response"}}
        response["data"] = (
            {"type": "customerReviewResponses", "id": self.native_id(answer)} if answer else None
        )
        return {
            "type": "customerReviews",
            "id": review_id,
            "attributes": {
                "rating": item["rating"] or 3,
                "title": title,
                "body": body,
                "reviewerNickname": item["author"]["name"] or item["author"]["handle"],
                "createdDate": _date(changed_at(row)),
                "territory": "DEU",
            },
            "relationships": {"response": response},
            "links": {"self": link},
        }

    def _response(self, row: Row) -> Item:
        return {
            "type": "customerReviewResponses",
            "id": self.native_id(row),
            "attributes": {
                "responseBody": row.item["text"],
                "lastModifiedDate": _date(changed_at(row)),
                "state": "PENDING_PUBLISH",
            },
        }

    def _link(self, query: dict[str, str]) -> str:
        return f"{self.host}/v1/apps/{APP}/customerReviews?{urlencode(query)}"


def private_key(token: str) -> str:
    """Return the key, in the form of Apple's .p8 file, that a stand-in with this token takes."""
    serialization = load("cryptography.hazmat.primitives.serialization", extra="appstore")
    pem: bytes = _key(token).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode()


def _key(token: str) -> Any:
    curves = load("cryptography.hazmat.primitives.asymmetric.ec", extra="appstore")
    number = int.from_bytes(hashlib.sha256(token.encode()).digest()[:31], "big")
    return curves.derive_private_key(number, curves.SECP256R1())


def problem(status: int, code: str, detail: str) -> Answer:
    """Make Apple's error document."""
    error = {"status": str(status), "code": code, "title": code.replace("_", " ").title(), "detail": detail}
    return Answer(status, {"errors": [error]})


def _date(at: str) -> str:
    """Write a time as Apple does, in its own time zone and without parts of a second."""
    return datetime.fromisoformat(at).astimezone(_PACIFIC).isoformat(timespec="seconds")
