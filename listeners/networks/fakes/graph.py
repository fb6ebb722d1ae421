"""What all stand-ins of Meta's networks share: versions, batches, paging, usage headers, error bodies."""

from __future__ import annotations

import base64
import json
import math
from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.vendor import Answer, Call, Fault, Vendor
from listeners.networks.fakes import consent


@dataclass(frozen=True, slots=True)
class GraphVendor(Vendor):
    """One of Meta's networks below `/v26.0`, or whatever its `version` is."""

    network: ClassVar[str]
    version: ClassVar[str] = "v26.0"
    limit_code: ClassVar[int] = 80001
    """Its code for the calls that a business may make."""
    too_many: ClassVar[str] = "There have been too many calls to this account. Wait a bit and try again."

    def answer(self, call: Call) -> Answer:
        """Answer one call, or each part of a batch, with the headers that tell what is used."""
        answer = self._answer(call)
        return replace(answer, headers={**answer.headers, **self._usage_headers()})

    def _answer(self, call: Call) -> Answer:
        if consent.is_login(call) or call.parts[1:] == ["me", "accounts"]:
            return consent.graph(self, self.network, call)
        version, *parts = [part for part in call.parts if part] or [""]
        if version != self.version:
            return error(404, 2500, "Unknown path components")
        match call.method, parts:
            case "POST", []:
                return self._batch(call.form().get("batch", ""))
            case "POST", _:
                return self.post(parts, call.form())
        return self.get(parts, call.query)

    @abstractmethod
    def get(self, parts: list[str], query: dict[str, str]) -> Answer:
        """Answer a read."""

    @abstractmethod
    def post(self, parts: list[str], form: dict[str, str]) -> Answer:
        """Answer a write."""

    def writes(self, call: Call) -> bool:
        """A batch of reads is a POST that posts nothing, and so is a log-in."""
        return call.method == "POST" and "batch" not in call.form() and not consent.is_login(call)

    def admits(self, call: Call, token: str) -> bool:
        """Take the server's token, or one given here."""
        return Vendor.admits(self, call, token) or consent.admits(self, self.network, call)

    def fault(self, fault: Fault) -> Answer:
        """Say a fault as Meta does: limits are 400 with a code, and their pause stands in a header."""
        match fault:
            case "rate_limited":
                headers = self._pause_headers(self.dials.retry_after)
                return replace(error(400, self.limit_code, self.too_many), headers=headers)
            case "quota_used":
                return error(400, 4, "(#4) Application request limit reached", transient=True)
            case "token_expired":
                message = "Error validating access token: Session has expired."
                return error(400, 190, message, subcode=463)
            case "forbidden":
                return error(403, 10, "(#10) This endpoint requires a permission that the app lacks.")
            case "not_accepted":
                return error(500, 2, "Service temporarily unavailable", transient=True)
        return error(500, 1, "An unknown error has occurred.", transient=True)

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Set the address of the next page."""
        if isinstance(answer.body, dict) and "next" in answer.body.get("paging", {}):
            answer.body["paging"]["next"] = url

    def _batch(self, batch: str) -> Answer:
        parts = json.loads(batch or "[]")
        if not 0 < len(parts) <= 50:
            return error(400, 100, "(#100) A batch has between 1 and 50 parts.")
        answers = [self._part(urlsplit(part["relative_url"])) for part in parts]
        return Answer(200, [{"code": one.status, "body": json.dumps(one.body)} for one in answers])

    def _part(self, url: Any) -> Answer:
        return self.get([part for part in url.path.split("/") if part], dict(parse_qsl(url.query)))

    def _usage_headers(self) -> dict[str, str]:
        used = max(0, 100 - self.dials.calls_left)
        return {"X-App-Usage": json.dumps({"call_count": used, "total_cputime": 3, "total_time": 4})}

    def _pause_headers(self, pause: str) -> dict[str, str]:
        if not pause:
            return {}
        minutes: object = math.ceil(int(pause) / 60) if pause.isascii() and pause.isdecimal() else pause
        entry = {"type": "pages", "call_count": 100, "estimated_time_to_regain_access": minutes}
        return {"X-Business-Use-Case-Usage": json.dumps({"4711": [entry]})}

    def rows_before(self, query: dict[str, str], wanted: Any) -> tuple[list[Row], bool]:
        """List what is wanted of all posts, what changed last first; says whether there is more."""
        size, before = limit(query), position(query)
        rows: list[Row] = []
        while len(rows) <= size:
            some = self.book.newest(self.network, before=before, limit=size + 1)
            if not some:
                break
            rows += [row for row in some if not row.item["deleted"] and wanted(row)]
            before = some[-1].seq
        return rows[:size], len(rows) > size

    def page(self, items: list[Item], path: str, query: dict[str, str], after: int | None) -> dict[str, Any]:
        """Make a page; the next one is told both as a cursor and as an address."""
        body: dict[str, Any] = {"data": items}
        if items:
            body["paging"] = {"cursors": {"before": cursor(0), "after": cursor(after or 0)}}
        if after is not None:
            link = urlencode({**query, "after": cursor(after)})
            body.setdefault("paging", {"cursors": {"after": cursor(after)}})
            body["paging"]["next"] = f"{self.host}/fakes/{self.network}/{self.version}/{path}?{link}"
        return body


def error(status: int, code: int, message: str, *, subcode: int = 0, transient: bool = False) -> Answer:
    """Make Meta's error body."""
    told: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode:
        told["error_subcode"] = subcode
    if transient:
        told["is_transient"] = True
    return Answer(status, {"error": {**told, "fbtrace_id": "AbCdEfGhIjK"}})


def not_there(object_id: str) -> Answer:
    """Say that something is gone, or hidden, or never was."""
    message = (
        f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation."
    )
    return error(400, 100, message, subcode=33)


def no_field(name: str, kind: str) -> Answer:
    """Say that an object has no such field."""
    return error(400, 100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({kind})")


def limit(query: dict[str, str]) -> int:
    """Return how many items a page is to have: 25 unless told, at most 100."""
    asked = query.get("limit", "")
    return min(int(asked), 100) if asked.isdecimal() and int(asked) > 0 else 25


def cursor(number: int) -> str:
    """Write a place in a list as an opaque word."""
    return base64.urlsafe_b64encode(f"QVFI{number}".encode()).decode()


def position(query: dict[str, str]) -> int | None:
    """Read it back; None for the beginning."""
    after = query.get("after", "")
    return int(base64.urlsafe_b64decode(after).decode().removeprefix("QVFI")) if after else None
