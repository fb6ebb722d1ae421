"""Telegram's Bot API as its documentation describes it: `/bot<token>/getUpdates`, `sendMessage`, `getMe`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.script import BRAND_HANDLE
from listeners.networks.demo.vendor import Answer, Call, Fault, Vendor

NETWORK = "telegram"
BOT_ID = 424242
FIRST_UPDATE = 700_000_000
KEPT = timedelta(days=1)
"""How long updates wait for the bot."""
LONGEST = 4096
_CONFIRMED = "telegram/confirmed"

_FAULTS: dict[Fault, tuple[int, str]] = {
    "rate_limited": (429, "Too Many Requests"),
    "not_accepted": (503, "Service Unavailable"),
    "bad_gateway": (502, "Bad Gateway"),
    "token_expired": (401, "Unauthorized"),
    "quota_used": (429, "Too Many Requests: retry after 43200"),
    "forbidden": (403, "Forbidden: bot was blocked by the user"),
}


@dataclass(frozen=True, slots=True)
class FakeTelegram(Vendor):
    """Every author writes to the bot in a private chat; updates wait a day until they are confirmed."""

    malformed_item: ClassVar[Any] = {"update_id": 1, "message": {"message_id": None, "from": "nobody"}}

    def answer(self, call: Call) -> Answer:
        """Answer one method; arguments may stand in the address or in the body."""
        arguments = call.query | call.json()
        match call.parts[1:]:
            case ["getMe"]:
                return _ok(_bot())
            case ["getUpdates"]:
                return self._updates(arguments)
            case ["sendMessage"]:
                return self._send(arguments)
            case ["getFile"]:
                return self._file(str(arguments.get("file_id", "")))
            case [_, "photos", name]:
                # Telegram hands the bytes out here; the demo network has them elsewhere.
                return Answer(302, headers={"Location": f"{self.host}/photos/{name}"})
        return problem(404, "Not Found")

    def fault(self, fault: Fault) -> Answer:
        """Say a fault in Telegram's words; a 429 says in its body when to come back."""
        status, told = _FAULTS[fault]
        pause = self.dials.retry_after if fault == "rate_limited" else ""
        if fault == "quota_used":
            pause = "43200"
        if not pause:
            return problem(status, told)
        seconds = int(pause) if pause.isascii() and pause.isdecimal() else pause
        return problem(status, told, parameters={"retry_after": seconds})

    def writes(self, call: Call) -> bool:
        """Tell a message from all else, whatever the HTTP method."""
        return call.parts[1:] == ["sendMessage"]

    def admits(self, call: Call, token: str) -> bool:
        """Take the token in the path."""
        return f"bot{BOT_ID}:{token}" in call.parts[: 2 if call.parts[0] == "file" else 1]

    def native_id(self, row: Row) -> str:
        """Return chat and message number."""
        return f"{self._chat(row)['id']}:{row.number}"

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Give an address for the number of an update, the only thing that leads to the next page."""
        if isinstance(answer.body.get("result"), list) and answer.body["result"]:
            answer.body["result"][-1]["update_id"] = url

    def _updates(self, arguments: dict[str, Any]) -> Answer:
        """List what waits; what comes before `offset` is forgotten."""
        limit = min(max(int(arguments.get("limit", 100)), 1), 100)
        confirmed = int(self.book.fact(_CONFIRMED) or 0)
        if offset := int(arguments.get("offset", 0)):
            confirmed = max(confirmed, offset)
            self.book.note(_CONFIRMED, str(confirmed))
        updates = [self._update(row) for row in self._waiting(confirmed - FIRST_UPDATE - 1, limit)]
        return Answer(200, {"ok": True, "result": updates}, page=updates)

    def _waiting(self, seq: int, limit: int) -> list[Row]:
        """Return the first rows behind a `seq` that are neither deleted nor too old."""
        found: list[Row] = []
        while len(found) < limit and (rows := self.book.after(NETWORK, max(seq, 0), limit)):
            found += [row for row in rows if not row.item["deleted"] and self._is_kept(row)]
            seq = rows[-1].seq
        return found[:limit]

    def _is_kept(self, row: Row) -> bool:
        return datetime.fromisoformat(row.item["edited_at"] or row.item["posted_at"]) > self.now - KEPT

    def _update(self, row: Row) -> Item:
        kind = "edited_message" if row.item["edited_at"] else "message"
        return {"update_id": FIRST_UPDATE + row.seq, kind: self._message(row)}

    def _message(self, row: Row) -> Item:
        item, chat = row.item, self._chat(row)
        message: Item = {
            "message_id": row.number,
            "from": _bot() if row.source == "reply" else _person(item["author"]),
            "chat": chat,
            "date": _seconds(item["posted_at"]),
        }
        if item["edited_at"]:
            message["edit_date"] = _seconds(item["edited_at"])
        parent = self.book.get(NETWORK, item["parent_id"]) if item["parent_id"] else None
        if parent is not None and self._chat(parent) == chat:
            answered = {"message_id": parent.number, "chat": chat, "date": _seconds(parent.item["posted_at"])}
            sender = _bot() if parent.source == "reply" else _person(parent.item["author"])
            message["reply_to_message"] = answered | {"from": sender}
        if not item["photos"]:
            return message | {"text": item["text"]}
        files = [
            {"file_id": f"AgAC{row.number}{name}", "file_unique_id": name, "width": 800, "height": 600}
            for name in item["photos"]
        ]
        return message | {"photo": files, "caption": item["text"]}

    def _file(self, file_id: str) -> Answer:
        found = re.fullmatch(r"AgAC\d+([a-z-]+)", file_id)
        if found is None:
            return problem(400, "Bad Request: invalid file_id")
        return _ok({"file_id": file_id, "file_unique_id": found[1], "file_path": f"photos/{found[1]}.jpg"})

    def _chat(self, row: Row) -> Item:
        """Return the private chat in which a message stands: that of the customer."""
        if row.source == "reply" and (parent := self.book.get(NETWORK, row.item["parent_id"])):
            return self._chat(parent)
        return _person(row.item["author"]) | {"type": "private"}

    def _send(self, arguments: dict[str, Any]) -> Answer:
        text, answered = str(arguments.get("text", "")), arguments.get("reply_parameters", {})
        if not text.strip():
            return problem(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > LONGEST:
            return problem(400, "Bad Request: message is too long")
        number = answered.get("message_id") if isinstance(answered, dict) else None
        row = self.book.numbered(NETWORK, number) if isinstance(number, int) else None
        if row is None or row.item["deleted"] or self._chat(row)["id"] != arguments.get("chat_id"):
            return problem(400, "Bad Request: message to be replied not found")
        item = self.play.receive(NETWORK, row, text)
        posted = self.book.get(NETWORK, item["id"])
        assert posted is not None
        answer = _ok(self._message(posted))
        return Answer(answer.status, answer.body, posted=True)


def problem(status: int, description: str, **rest: Any) -> Answer:
    """Make Telegram's error body."""
    return Answer(status, {"ok": False, "error_code": status, "description": description, **rest})


def _ok(result: Item) -> Answer:
    return Answer(200, {"ok": True, "result": result})


def _bot() -> Item:
    return {"id": BOT_ID, "is_bot": True, "first_name": "Zehnschritt", "username": BRAND_HANDLE}


def _person(author: Item) -> Item:
    first, _, last = author["name"].partition(" ")
    person = {"id": int(author["id"]) % 10**10, "is_bot": False, "first_name": first or author["handle"]}
    return person | ({"last_name": last} if last else {}) | {"username": author["handle"]}


def _seconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp())
