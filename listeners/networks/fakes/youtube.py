"""YouTube's Data API as its documentation describes it, as far as comments go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.script import BRAND_HANDLE
from listeners.networks.demo.vendor import Answer, Call
from listeners.networks.fakes.google import FakeGoogle, page_token, problem, read_page_token, size_of

NETWORK = "youtube"
CHANNEL = "UCzehnschritt-stand-in00"
VIDEO = "stand-in-01"
LONGEST = 10_000
ANSWERS_SHOWN = 5
"""How many answers come along with their thread."""
_ID = re.compile(r"Ugz([0-9a-f]{12})AaABAg(?:\.9z([0-9a-f]{12}))?")


@dataclass(frozen=True, slots=True)
class FakeYouTube(FakeGoogle):
    """Threads of one level below the videos of one channel."""

    network: ClassVar[str] = NETWORK
    malformed_item: ClassVar[Any] = {"kind": "youtube#comment", "id": None, "snippet": "nobody"}

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        query = call.query
        try:
            match call.method, call.parts:
                case _, ["token"] | ["o", "oauth2", "v2", "auth"]:
                    return self.login(call)
                case "GET", ["youtube", "v3", "commentThreads"] if "id" in query:
                    return self._thread(query["id"])
                case "GET", ["youtube", "v3", "commentThreads"]:
                    return self._threads(query)
                case "GET", ["youtube", "v3", "comments"] if "id" in query:
                    return self._comments(query["id"].split(","))
                case "GET", ["youtube", "v3", "comments"]:
                    return self._answers(query)
                case "POST", ["youtube", "v3", "comments"]:
                    return self._insert(call.json())
        except ValueError as error:
            return problem(400, "invalidPageToken", str(error))
        return problem(404, "notFound", "There is no such path.", title="NOT_FOUND")

    def native_id(self, row: Row) -> str:
        """Return a comment's id; that of an answer has its thread's before the point."""
        root = self._root(row)
        if root is None or root.number == row.number:
            return f"Ugz{row.number:012x}AaABAg"
        return f"Ugz{root.number:012x}AaABAg.9z{row.number:012x}"

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Give an address for the token of the next page."""
        if "pageInfo" in answer.body:
            answer.body["nextPageToken"] = url

    def _threads(self, query: dict[str, str]) -> Answer:
        size = size_of(query, "maxResults", most=100, usual=20)
        before = read_page_token(query.get("pageToken", ""))
        if query.get("allThreadsRelatedToChannelId") != CHANNEL:
            return problem(404, "channelNotFound", "There is no such channel.", title="NOT_FOUND")
        last = self.book.numbered(NETWORK, before) if before is not None else None
        rows = self.book.before(NETWORK, last, size + 1)
        items = [self._item(row) for row in rows[:size] if self._begins(row)]
        return self._page(items, size, page_token(rows[size - 1].number) if len(rows) > size else "")

    def _thread(self, thread_id: str) -> Answer:
        row = self._row(thread_id)
        if row is None or not self._begins(row):
            return self._page([], 1)
        return self._page([self._item(row)], 1)

    def _answers(self, query: dict[str, str]) -> Answer:
        size = size_of(query, "maxResults", most=100, usual=20)
        after = read_page_token(query.get("pageToken", "")) or 0
        root = self._row(query.get("parentId", ""))
        if root is None or not self._begins(root):
            return problem(404, "commentNotFound", "There is no such comment.", title="NOT_FOUND")
        rows = [row for row in self._below(root) if row.number > after]
        items = [self._comment(row) for row in rows[:size]]
        return self._page(items, size, page_token(rows[size - 1].number) if len(rows) > size else "")

    def _comments(self, ids: list[str]) -> Answer:
        if len(ids) > 50:
            return problem(400, "invalid", "There are too many ids.")
        found = [row for comment_id in ids if (row := self._row(comment_id)) is not None]
        return self._page([self._comment(row) for row in found], len(ids))

    def _insert(self, body: dict[str, Any]) -> Answer:
        told = body.get("snippet")
        snippet = told if isinstance(told, dict) else {}
        text, root = snippet.get("textOriginal"), self._row(str(snippet.get("parentId", "")))
        if not isinstance(text, str) or not text.strip():
            return problem(400, "commentTextRequired", "The comment has no text.")
        if len(text) > LONGEST:
            return problem(400, "commentTextTooLong", "The comment is too long.")
        if root is None or not self._begins(root):
            return problem(404, "parentCommentNotFound", "There is no such comment.", title="NOT_FOUND")
        item = self.play.receive(NETWORK, root, text)
        posted = self.book.get(NETWORK, item["id"])
        assert posted is not None
        return Answer(200, self._comment(posted), posted=True)

    def _page(self, items: list[Any], size: int, token: str = "") -> Answer:
        body: dict[str, Any] = {"pageInfo": {"resultsPerPage": size}, "items": items}
        return Answer(200, body | ({"nextPageToken": token} if token else {}), page=items)

    def _begins(self, row: Row) -> bool:
        return not row.item["parent_id"] and not row.item["deleted"]

    def _root(self, row: Row) -> Row | None:
        return self.book.get(NETWORK, row.item["thread_id"]) if row.item["parent_id"] else row

    def _row(self, comment_id: str) -> Row | None:
        found = _ID.fullmatch(comment_id)
        row = self.book.numbered(NETWORK, int(found[2] or found[1], 16)) if found else None
        return None if row is None or row.item["deleted"] else row

    def _below(self, root: Row) -> list[Row]:
        rows = self.book.thread(NETWORK, root.item["thread_id"])
        answers = [row for row in rows if row.item["parent_id"] and not row.item["deleted"]]
        return sorted(answers, key=lambda row: row.number)

    def _item(self, row: Row) -> Item:
        below = self._below(row)
        shown = [self._comment(answer) for answer in below][:ANSWERS_SHOWN]
        snippet = {
            "channelId": CHANNEL,
            "videoId": VIDEO,
            "topLevelComment": self._comment(row),
            "canReply": True,
            # The dial keeps one back, as YouTube does with what waits to be reviewed.
            "totalReplyCount": len(below) + (self.dials.timeline_depth is not None),
            "isPublic": True,
        }
        item = {"kind": "youtube#commentThread", "id": self.native_id(row), "snippet": snippet}
        return item | ({"replies": {"comments": shown}} if shown else {})

    def _comment(self, row: Row) -> Item:
        item, root = row.item, self._root(row)
        is_own = row.source != "customer"
        channel = CHANNEL if is_own else f"UC{int(item['author']['id']):022d}"
        handle = BRAND_HANDLE if is_own else item["author"]["handle"]
        snippet = {
            "channelId": CHANNEL,
            "videoId": VIDEO,
            "textDisplay": item["text"],
            "authorDisplayName": f"@{handle}",
            "authorChannelUrl": f"http://www.youtube.com/@{handle}",
            "authorChannelId": {"value": channel},
            "canRate": True,
            "likeCount": item["likes"],
            "publishedAt": _stamp(item["posted_at"]),
            "updatedAt": _stamp(item["edited_at"] or item["posted_at"]),
        }
        if root is not None and root.number != row.number:
            snippet["parentId"] = self.native_id(root)
        return {"kind": "youtube#comment", "id": self.native_id(row), "snippet": snippet}


def _stamp(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
