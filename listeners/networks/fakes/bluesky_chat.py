"""Bluesky's chat as its lexicon describes it: `/xrpc/chat.bsky.convo…`, passed on by the account's server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import regex

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import talk_with
from listeners.networks.demo.vendor import Answer, Call, Vendor
from listeners.networks.fakes.atproto import NETWORK, brand, did_of, error, stamp

PROXY = "did:web:api.bsky.chat#bsky_chat"
LONGEST = 1000
LARGEST = 10_000
_DID = "did:plc:"


@dataclass(frozen=True, slots=True)
class FakeChat:
    """One conversation with each person who posted; their id without its scheme is its id."""

    vendor: Vendor

    def answer(self, call: Call) -> Answer:
        """Answer one call that was asked to be passed on to the chat; there are no others."""
        if call.headers.get("atproto-proxy") == PROXY:
            match call.method, call.parts[-1]:
                case "GET", "chat.bsky.convo.getConvoForMembers":
                    return self._conversation(call.listed("members"))
                case "GET", "chat.bsky.convo.getMessages":
                    return self._messages(call)
                case "POST", "chat.bsky.convo.sendMessage":
                    return self._take(call.json())
        return error(501, "MethodNotImplemented", "There is no such call")

    def _conversation(self, members: list[str]) -> Answer:
        others = [did for did in members if did != brand()["did"]]
        row = self._latest_of(others[0]) if len(others) == 1 else None
        if row is None:
            return error(400, "RecipientNotFound", "recipient does not exist")
        convo_id = others[0].removeprefix(_DID)
        people = [brand(), {"did": others[0], "handle": row.item["author"]["handle"]}]
        convo = {"id": convo_id, "rev": convo_id, "members": people, "muted": False, "unreadCount": 0}
        return Answer(200, {"convo": convo})

    def _messages(self, call: Call) -> Answer:
        person = self._latest_of(_DID + call.query.get("convoId", ""))
        if person is None:
            return _no_such_conversation()
        asked, token = call.query.get("limit", ""), call.query.get("cursor", "")
        limit = min(int(asked), 100) if asked.isdecimal() and int(asked) else 50
        rows = self.vendor.book.thread(NETWORK, talk_with(person.item["author"]["id"]))[::-1]
        left = [row for row in rows if not token.isdecimal() or row.number < int(token)]
        page = [self._message(row) for row in left[:limit]]
        more = {"cursor": str(left[limit - 1].number)} if len(left) > limit else {}
        return Answer(200, {"messages": page} | more, page=page)

    def _take(self, body: dict[str, Any]) -> Answer:
        person = self._latest_of(_DID + str(body.get("convoId", "")))
        text = (body.get("message") or {}).get("text", "")
        if person is None:
            return _no_such_conversation()
        if not text.strip() or len(regex.findall(r"\X", text)) > LONGEST or len(text.encode()) > LARGEST:
            return error(400, "InvalidRequest", "Input/message/text must not be longer")
        item = self.vendor.play.receive_privately(NETWORK, person, text)
        row = self.vendor.book.get(NETWORK, item["id"])
        assert row is not None
        return Answer(200, self._message(row), posted=True)

    def _latest_of(self, did: str) -> Row | None:
        """Return the latest post of an account, which in the book stands for what a message answers."""
        posts = (row for row in self.vendor.book.newest(NETWORK) if row.source == "customer")
        return next((row for row in posts if did_of(row.item["author"]) == did), None)

    def _message(self, row: Row) -> Item:
        key = self.vendor.native_id(row).rpartition("/")[2]
        return {
            "$type": "chat.bsky.convo.defs#messageView",
            "id": key,
            "rev": key,
            "text": row.item["text"],
            "sender": {"did": did_of(row.item["author"])},
            "sentAt": stamp(datetime.fromisoformat(row.item["posted_at"])),
        }


def _no_such_conversation() -> Answer:
    return error(400, "InvalidConvo", "Convo not found")
