"""Bluesky's XRPC calls as their lexicons describe them: `/xrpc/app.bsky…`, `/xrpc/com.atproto…`."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import regex

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import PHOTO_ALTS, is_private
from listeners.networks.demo.vendor import Answer, Call, Fault, Vendor
from listeners.networks.fakes.atproto import NETWORK, brand, did_of, error, stamp
from listeners.networks.fakes.bluesky_chat import FakeChat

POSTS = "app.bsky.feed.post"
LOG_INS = ("com.atproto.server.createSession", "com.atproto.server.refreshSession")
LIFETIME = timedelta(hours=2)
NUMBER_BITS = 22
"""Keys of customers' posts hold the millisecond of writing above the number of the post."""
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_LINK = re.compile(r"https?://[^\s<>\"]+")

_FAULTS: dict[Fault, tuple[int, str, str]] = {
    "rate_limited": (429, "RateLimitExceeded", "Rate limit exceeded"),
    "not_accepted": (503, "NotEnoughResources", "Try again later"),
    "bad_gateway": (502, "UpstreamFailure", "The other server did not answer"),
    "token_expired": (400, "ExpiredToken", "The token has expired"),
    "quota_used": (429, "RateLimitExceeded", "The points of this day are used up"),
    "forbidden": (403, "Forbidden", "The app password does not cover this"),
}


@dataclass(frozen=True, slots=True)
class FakeBluesky(Vendor):
    """Search, notifications, threads and the account's own records; nothing stands twice under one key."""

    malformed_item: ClassVar[Any] = {"uri": None, "record": 17, "author": "nobody"}

    def answer(self, call: Call) -> Answer:
        """Answer one call, with the headers that tell what is left."""
        answer = self._answer(call)
        headers = {**answer.headers, **self._rate_headers()}
        return Answer(answer.status, answer.body, headers, answer.page, answer.posted)

    def _answer(self, call: Call) -> Answer:
        match call.method, call.parts:
            case "POST", ["xrpc", method] if method in LOG_INS:
                return Answer(200, self._session())
            case "GET", ["xrpc", "app.bsky.feed.searchPosts"]:
                return self._search(call)
            case "GET", ["xrpc", "app.bsky.notification.listNotifications"]:
                return self._notifications(call)
            case "GET", ["xrpc", "app.bsky.feed.getPosts"]:
                found = [row for uri in call.listed("uris")[:25] if (row := self._standing(uri))]
                return Answer(200, {"posts": [self._view(row) for row in found]})
            case "GET", ["xrpc", "app.bsky.feed.getPostThread"]:
                return self._thread(call.query.get("uri", ""))
            case "GET", ["xrpc", "com.atproto.repo.getRecord"]:
                return self._record_kept(call.query.get("rkey", ""))
            case "POST", ["xrpc", "com.atproto.repo.createRecord"]:
                return self._create(call.json())
            case _, ["xrpc", method] if method.startswith("chat.bsky."):
                return FakeChat(self).answer(call)
        return error(501, "MethodNotImplemented", "There is no such call")

    def fault(self, fault: Fault) -> Answer:
        """Say a fault; a 429 tells the second of the reset."""
        status, name, message = _FAULTS[fault]
        headers = self._rate_headers() if status == 429 else {}
        if fault == "rate_limited":
            pause = self.dials.retry_after
            is_count = re.fullmatch("[0-9]{1,6}", pause)
            until = str(int(self.now.timestamp()) + int(pause)) if is_count else pause
            headers = {"ratelimit-reset": until} if pause else {}
        return Answer(status, {"error": name, "message": message}, headers)

    def writes(self, call: Call) -> bool:
        """Say whether a call posts something: a log-in does not."""
        return call.method != "GET" and call.parts[-1] not in LOG_INS

    def admits(self, call: Call, token: str) -> bool:
        """Take the app password for a log-in, and for the rest what a log-in gave and is not too old."""
        if call.parts[-1] == LOG_INS[0]:
            return call.json().get("password") == token
        _, _, bearer = call.headers.get("authorization", "").partition("Bearer ")
        try:
            told = json.loads(base64.urlsafe_b64decode(bearer.split(".")[1] + "=="))
        except (ValueError, IndexError):
            return False
        return bool(self.now.timestamp() < told["exp"])

    def native_id(self, row: Row) -> str:
        """Return the address of a post."""
        key = self.book.fact(f"bluesky/key/{row.item['id']}")
        if key is None:
            ms = round(datetime.fromisoformat(row.item["posted_at"]).timestamp() * 1000)
            key = _base32(ms << NUMBER_BITS | row.number)
        return f"at://{did_of(row.item['author'])}/{POSTS}/{key}"

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Give an address for the token of the next page."""
        if isinstance(answer.body, dict) and "cursor" in answer.body:
            answer.body["cursor"] = url

    def _rate_headers(self) -> dict[str, str]:
        reset = int(self.now.timestamp()) // 300 * 300 + 300
        left = str(self.dials.calls_left)
        return {"ratelimit-limit": "3000", "ratelimit-remaining": left, "ratelimit-reset": str(reset)}

    def _session(self) -> Item:
        claims = {"sub": brand()["did"], "exp": int((self.now + LIFETIME).timestamp())}
        parts = [{"alg": "ES256K", "typ": "at+jwt"}, claims, {"signed": True}]
        token = ".".join(_base64(part) for part in parts)
        return brand() | {"accessJwt": token, "refreshJwt": token, "active": True}

    def _search(self, call: Call) -> Answer:
        words = re.findall(r"[\w@.-]+", call.query.get("q", "").lower())
        since, until = (call.query.get(name, "") for name in ("since", "until"))
        if not words:
            return error(400, "InvalidRequest", "The query is empty")

        def fits(row: Row) -> bool:
            at = datetime.fromisoformat(row.item["posted_at"])
            if row.item.get("repost_of") or is_private(row.item):
                return False
            if until and at >= datetime.fromisoformat(until):
                return False
            return all(word in row.item["text"].lower() for word in words)

        rows, cursor = self._chosen(call, fits)
        earliest = datetime.fromisoformat(since) if since else datetime.fromtimestamp(0, UTC)
        shown = [row for row in rows if datetime.fromisoformat(row.item["posted_at"]) >= earliest]
        page = [self._view(row) for row in shown]
        more = {"cursor": cursor} if cursor and len(shown) == len(rows) else {}
        return Answer(200, {"posts": page, "hitsTotal": len(page)} | more, page=page)

    def _notifications(self, call: Call) -> Answer:
        def is_told(row: Row) -> bool:
            is_by_customer = row.source == "customer" and not is_private(row.item)
            return is_by_customer and bool(row.item["mentions_account"])

        rows, cursor = self._chosen(call, is_told, by_arrival=True)
        page = [
            {
                name: value
                for name, value in self._view(row).items()
                if name in ("uri", "cid", "author", "record", "indexedAt", "labels")
            }
            | {"reason": "repost" if row.item.get("repost_of") else "mention", "isRead": False}
            for row in rows
        ]
        return Answer(200, {"notifications": page} | ({"cursor": cursor} if cursor else {}), page=page)

    def _chosen(
        self, call: Call, wanted: Callable[[Row], bool], *, by_arrival: bool = False
    ) -> tuple[list[Row], str]:
        """Return a page and the token of the next one, "" after the last."""
        asked, token = call.query.get("limit", "25"), call.query.get("cursor", "")
        limit = min(int(asked), 100) if asked.isdecimal() and int(asked) else 25
        before = self.book.numbered(NETWORK, int(token)) if token.isdecimal() else None
        chosen: list[Row] = []
        while len(chosen) <= limit and (
            rows := self.book.before(NETWORK, before, limit + 1, by_arrival=by_arrival)
        ):
            chosen += [row for row in rows if not row.item["deleted"] and wanted(row)]
            before = rows[-1]
        return chosen[:limit], str(chosen[limit - 1].number) if len(chosen) > limit else ""

    def _thread(self, uri: str) -> Answer:
        row = self._standing(uri)
        if row is None:
            return error(400, "NotFound", "There is no such post")
        rows = [
            other for other in self.book.thread(NETWORK, row.item["thread_id"]) if not other.item["deleted"]
        ]
        node = self._node(row, rows)
        parents = {other.item["id"]: other for other in rows}
        outer, parent = node, parents.get(row.item["parent_id"])
        while parent is not None:
            outer["parent"] = {"$type": "app.bsky.feed.defs#threadViewPost", "post": self._view(parent)}
            outer, parent = outer["parent"], parents.get(parent.item["parent_id"])
        return Answer(200, {"thread": node})

    def _node(self, row: Row, rows: Iterable[Row]) -> Item:
        replies = [self._node(other, rows) for other in rows if other.item["parent_id"] == row.item["id"]]
        return {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": self._view(row),
            "replies": [*replies, {"$type": "app.bsky.feed.defs#notFoundPost", "notFound": True}],
        }

    def _record_kept(self, key: str) -> Answer:
        kept = self.book.fact(f"bluesky/record/{key}")
        if kept is None:
            return error(400, "RecordNotFound", "There is no such record")
        uri = f"at://{brand()['did']}/{POSTS}/{key}"
        return Answer(200, {"uri": uri, "cid": _cid(uri), "value": json.loads(kept)["value"]})

    def _create(self, body: dict[str, Any]) -> Answer:
        record, key = body.get("record") or {}, body.get("rkey", "")
        text, refs = record.get("text", ""), record.get("reply") or {}
        parent = self._row(refs.get("parent", {}).get("uri", ""))
        if len(regex.findall(r"\X", text)) > 300 or len(text.encode()) > 3000:
            return error(400, "InvalidRequest", "Record/text must not be longer")
        if not re.fullmatch(r"[2-7a-j][2-7a-z]{12}", key):
            return error(400, "InvalidRequest", "The key is no timestamp identifier")
        if parent is None:
            return error(400, "InvalidRequest", "This stand-in knows replies only")
        if self.book.fact(f"bluesky/record/{key}"):
            return error(500, "InternalServerError", "Internal Server Error")
        item = self.play.receive(NETWORK, parent, text)
        self.book.note(f"bluesky/key/{item['id']}", key)
        self.book.note(f"bluesky/record/{key}", json.dumps({"value": record, "id": item["id"]}))
        uri = f"at://{brand()['did']}/{POSTS}/{key}"
        return Answer(200, {"uri": uri, "cid": _cid(uri), "validationStatus": "valid"}, posted=True)

    def _row(self, uri: str) -> Row | None:
        _, _, key = uri.partition(f"/{POSTS}/")
        if kept := self.book.fact(f"bluesky/record/{key}"):
            return self.book.get(NETWORK, json.loads(kept)["id"])
        if not re.fullmatch(r"[2-7a-z]{13}", key):
            return None
        number = sum(_DIGITS.index(digit) << 5 * place for place, digit in enumerate(reversed(key)))
        return self.book.numbered(NETWORK, number & (1 << NUMBER_BITS) - 1)

    def _standing(self, uri: str) -> Row | None:
        row = self._row(uri)
        return None if row is None or row.item["deleted"] or is_private(row.item) else row

    def _view(self, row: Row) -> Item:
        item, uri = row.item, self.native_id(row)
        posted_at = stamp(datetime.fromisoformat(item["posted_at"]))
        kept = self.book.fact(f"bluesky/record/{uri.rpartition('/')[2]}") if row.source == "reply" else None
        record = json.loads(kept)["value"] if kept else self._written(item, posted_at)
        view = {
            "uri": uri,
            "cid": _cid(uri),
            "author": {
                "did": did_of(item["author"]),
                "handle": item["author"]["handle"],
                "displayName": item["author"]["name"],
                "createdAt": item["author"]["joined"] or posted_at,
                "labels": [],
            },
            "record": record,
            "replyCount": 0,
            "repostCount": item["shares"],
            "likeCount": item["likes"],
            "quoteCount": 0,
            "indexedAt": posted_at,
            "viewer": {"threadMuted": False, "embeddingDisabled": False},
            "labels": [],
        }
        images = [self._image(name) for name in item["photos"]]
        return view | ({"embed": {"$type": "app.bsky.embed.images#view", "images": images}} if images else {})

    def _written(self, item: Item, posted_at: str) -> Item:
        record: Item = {"$type": POSTS, "text": item["text"], "createdAt": posted_at}
        if re.search(r"[äöüß]|\b(ich|und|nicht|der|die|das)\b", item["text"]):
            record["langs"] = ["de"]
        if facets := [_facet(item["text"], found) for found in _LINK.finditer(item["text"])]:
            record["facets"] = facets
        parent, root = (self.book.get(NETWORK, item[name]) for name in ("parent_id", "thread_id"))
        if item["parent_id"] and parent and root:
            uris = {"parent": self.native_id(parent), "root": self.native_id(root)}
            record["reply"] = {name: {"uri": uri, "cid": _cid(uri)} for name, uri in uris.items()}
        return record

    def _image(self, name: str) -> Item:
        url = f"{self.host}/photos/{name}.jpg"
        return {"thumb": url, "fullsize": url, "alt": PHOTO_ALTS.get(name, "")}


def _cid(uri: str) -> str:
    return "bafyrei" + base64.b32encode(hashlib.sha256(uri.encode()).digest()).decode().lower()[:52]


def _base32(number: int) -> str:
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(13)))


def _base64(part: Item) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _facet(text: str, found: re.Match[str]) -> Item:
    start, end = (len(text[:place].encode()) for place in found.span())
    link = {"$type": "app.bsky.richtext.facet#link", "uri": found[0]}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [link]}
