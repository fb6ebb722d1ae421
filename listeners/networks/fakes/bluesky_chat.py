"""Bluesky's chat as its lexicon describes it: `/xrpc/chat.bsky.convo…`, passed on by the account's server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import regex

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import is_private, talk_with
from listeners.networks.demo.vendor import Answer, Call, Vendor
from listeners.networks.fakes.atproto import NETWORK, brand, did_of, error, stamp

PROXY = "did:web:api.bsky.chat#bsky_chat"
LONGEST = 1000
LARGEST = 10_000
_DID = "did:plc:"


@dataclass(frozen=True, slots=True)
class FakeChat:
    """One conversation with each person who posted or wrote; their id without its scheme is its id."""

    vendor: Vendor

    def answer(self, call: Call) -> Answer:
        """Answer one call that was asked to be passed on to the chat; there are no others."""
        if call.headers.get("atproto-proxy") == PROXY:
            match call.method, call.parts[-1]:
                case "GET", "chat.bsky.convo.getConvoForMembers":
                    return self._conversation(call.listed("members"))
                case "GET", "chat.bsky.convo.listConvos":
                    return self._listed(call)
                case "GET", "chat.bsky.convo.getConvo":
                    person = self._latest_of(_DID + call.query.get("convoId", ""))
                    return Answer(200, {"convo": self._view(person)}) if person else _no_such_conversation()
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
        return Answer(200, {"convo": self._view(row)})

    def _listed(self, call: Call) -> Answer:
        """List the conversations in which somebody wrote, those with the newest messages first."""
        asked, token = call.query.get("limit", ""), call.query.get("cursor", "")
        limit = min(int(asked), 100) if asked.isdecimal() and int(asked) else 50
        rows = [row for row in self.vendor.book.newest(NETWORK) if is_private(row.item)]
        latest = list({row.item["thread_id"]: row for row in reversed(rows)}.values())
        latest.sort(key=lambda row: row.number, reverse=True)
        left = [row for row in latest if not token.isdecimal() or row.number < int(token)]
        people = [self._person_in(row) for row in left[:limit]]
        page = [self._view(person) for person in people if person]
        more = {"cursor": str(left[limit - 1].number)} if len(left) > limit else {}
        return Answer(200, {"convos": page} | more, page=page)

    def _person_in(self, row: Row) -> Row | None:
        person_id = str(row.item["thread_id"]).partition("/")[2]
        return self._latest_of(did_of({"id": person_id}))

    def _view(self, person: Row) -> Item:
        """Show the conversation with the author of a post."""
        author, did = person.item["author"], did_of(person.item["author"])
        them = {"did": did, "handle": author["handle"], "displayName": author["name"]}
        convo_id = did.removeprefix(_DID)
        rows = self.vendor.book.thread(NETWORK, talk_with(author["id"]))
        last = {"lastMessage": self._message(rows[-1])} if rows else {}
        kind = {"$type": "chat.bsky.convo.defs#directConvo"}
        told = {"id": convo_id, "rev": convo_id, "members": [brand(), them], "kind": kind}
        return told | {"muted": False, "unreadCount": 0, "status": "accepted"} | last

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
        is_deleted = row.item["deleted"]
        words = {} if is_deleted else {"text": row.item["text"]}
        return words | {
            "$type": f"chat.bsky.convo.defs#{'deletedMessageView' if is_deleted else 'messageView'}",
            "id": key,
            "rev": key,
            "sender": {"did": did_of(row.item["author"])},
            "sentAt": stamp(datetime.fromisoformat(row.item["posted_at"])),
        }


def _no_such_conversation() -> Answer:
    return error(400, "InvalidConvo", "Convo not found")
