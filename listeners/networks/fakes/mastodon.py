"""A Mastodon server's API as its documentation describes it: `/api/v1/…` and search by `/api/v2/search`."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlencode

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import PHOTO_ALTS, is_private, native_id
from listeners.networks.demo.script import BRAND_HANDLE
from listeners.networks.demo.vendor import Answer, Call, Channel, Fault, Vendor

NETWORK = "mastodon"
OWN_ID = native_id("people", BRAND_HANDLE)
LONGEST = 500
NUMBER_BITS = 22
"""Like a server's own, ids hold the millisecond of writing above some bits; here those number the post."""
KEY_LIVES = timedelta(hours=1)
"""How long a server knows an Idempotency-Key."""
_MENTION = re.compile(r"(?<![\w@/])@(\w+)(@[\w.-]+\w)?")
_HASHTAG = re.compile(r"(?<![\w&#])#(\w+)")
_URL = re.compile(r"https?://[^\s<>\"]+")

_FAULTS: dict[Fault, tuple[int, str]] = {
    "rate_limited": (429, "Too many requests"),
    "not_accepted": (503, "The service is down for a moment"),
    "bad_gateway": (502, "Bad gateway"),
    "token_expired": (401, "The access token was revoked"),
    "quota_used": (429, "Too many posts for today"),
    "forbidden": (403, "The authorized scopes do not cover this action"),
}


@dataclass(frozen=True, slots=True)
class FakeMastodon(Vendor):
    """Hashtags, search, notifications and own posts, newest first by id; a reply's key counts an hour."""

    malformed_item: ClassVar[Any] = {"id": None, "content": 17, "account": "nobody"}

    def answer(self, call: Call) -> Answer:
        """Answer one call, with the headers that tell what is left."""
        answer = self._answer(call)
        headers = {**answer.headers, **self._rate_headers()}
        return Answer(answer.status, answer.body, headers, answer.page, answer.posted)

    def _answer(self, call: Call) -> Answer:
        match call.method, call.parts:
            case "GET", ["api", "v2", "instance"]:
                urls = {"streaming": self.host.replace("http", "ws", 1)}
                return Answer(200, {"version": "4.5.0", "configuration": {"urls": urls}})
            case "GET", ["api", "v1", "accounts", "verify_credentials"]:
                return Answer(200, self._me())
            case "GET", ["api", "v1", "accounts", account_id, "statuses"] if account_id == OWN_ID:
                return self._own_posts(call)
            case "GET", ["api", "v1", "timelines", "tag", tag]:
                return self._statuses(call, lambda row: tag.lower() in _tags(row))
            case "GET", ["api", "v1", "notifications"]:
                return self._notifications(call)
            case "GET", ["api", "v2", "search"]:
                return self._search(call)
            case "GET", ["api", "v1", "statuses"]:
                found = [row for one in call.listed("id[]")[:20] if (row := self._standing(one))]
                return Answer(200, [self._status(row) for row in found])
            case "GET", ["api", "v1", "statuses", status_id]:
                row = self._standing(status_id)
                return Answer(200, self._status(row)) if row else error(404, "Record not found")
            case "GET", ["api", "v1", "statuses", status_id, "context"]:
                return self._context(status_id)
            case "POST", ["api", "v1", "statuses"]:
                return self._post(call)
        return error(404, "There is no such path")

    def channel(self, call: Call) -> Channel | None:
        """Open a stream: of a hashtag, or of what the account is told of."""
        match call.method, call.parts:
            case "GET", ["api", "v1", "streaming", "hashtag"]:
                tag = call.query.get("tag", "").lower()
                events: Callable[[Row], list[tuple[str, Any]]] = partial(self._changes, tag=tag)
            case "GET", ["api", "v1", "streaming", "user", "notification"]:
                events = self._news
            case _:
                return None
        return Channel(
            network=NETWORK,
            events=events,
            frame=lambda event, text: f"event: {event}\ndata: {text}\n\n".encode(),
            heartbeat=b":thump\n",
            content="text/event-stream",
        )

    def _changes(self, row: Row, *, tag: str) -> list[tuple[str, Any]]:
        if row.item["deleted"]:
            return [("delete", self.native_id(row))]
        event = "status.update" if row.item["edited_at"] else "update"
        return [(event, self._status(row))] if tag in _tags(row) else []

    def _news(self, row: Row) -> list[tuple[str, Any]]:
        if row.item["deleted"] or row.item["edited_at"] or not row.item["mentions_account"]:
            return []
        return [("notification", self._notification(row))]

    def fault(self, fault: Fault) -> Answer:
        """Say a fault; a 429 tells by a date of ISO 8601 when to come back."""
        status, message = _FAULTS[fault]
        headers = self._rate_headers() if status == 429 else {}
        if fault == "rate_limited":
            pause = self.dials.retry_after
            until = self.now + timedelta(seconds=int(pause)) if re.fullmatch("[0-9]{1,6}", pause) else None
            headers = {"X-RateLimit-Reset": stamp(until) if until else pause} if pause else {}
        return Answer(status, {"error": message}, headers)

    def native_id(self, row: Row) -> str:
        """Return the id of a post."""
        ms = round(datetime.fromisoformat(row.item["posted_at"]).timestamp() * 1000)
        return str(ms << NUMBER_BITS | row.number)

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Give an address on another host for the next page."""
        if "Link" in answer.headers and isinstance(answer.headers, dict):
            answer.headers["Link"] = f'<{url}>; rel="next"'

    def _rate_headers(self) -> dict[str, str]:
        reset = datetime.fromtimestamp(int(self.now.timestamp()) // 300 * 300 + 300, UTC)
        left = str(self.dials.calls_left)
        return {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": left, "X-RateLimit-Reset": stamp(reset)}

    def _statuses(self, call: Call, wanted: Callable[[Row], bool]) -> Answer:
        bounds = [call.query.get(name) for name in ("max_id", "since_id")]
        before, since = (self._row(bound) if bound else None for bound in bounds)
        if bounds[0] and before is None:
            return Answer(200, [], page=[])
        rows = self._chosen(before, _limit(call, 40), lambda row: not row.item["deleted"] and wanted(row))
        lowest = int(self.native_id(since)) if since else 0
        page = [self._status(row) for row in rows if int(self.native_id(row)) > lowest]
        return self._paged(call, page)

    def _own_posts(self, call: Call) -> Answer:
        depth = self.dials.timeline_depth
        readable = self.book.replies(NETWORK, limit=depth if depth is not None else -1)
        since = readable[-1].seq if readable else 0
        return self._statuses(call, lambda row: row.source == "reply" and row.seq >= since)

    def _notifications(self, call: Call) -> Answer:
        before, since = call.query.get("max_id", ""), call.query.get("since_id", "0")
        row = self.book.numbered(NETWORK, int(before)) if before.isdecimal() else None

        def is_told(row: Row) -> bool:
            return row.source == "customer" and row.item["mentions_account"] and not row.item["deleted"]

        rows = self._chosen(row, _limit(call, 80), is_told, by_arrival=True)
        kinds = call.listed("types[]")
        page = [
            self._notification(row)
            for row in rows
            if row.number > int(since) and (not kinds or _kind_of(row) in kinds)
        ]
        return self._paged(call, page)

    def _notification(self, row: Row) -> Item:
        return {
            "id": str(row.number),
            "type": _kind_of(row),
            "created_at": stamp(datetime.fromisoformat(row.item["posted_at"])),
            "account": self._account(row.item["author"]),
            "status": self._status(row),
        }

    def _chosen(
        self, before: Row | None, limit: int, wanted: Callable[[Row], bool], *, by_arrival: bool = False
    ) -> list[Row]:
        chosen: list[Row] = []
        while len(chosen) < limit and (
            rows := self.book.before(NETWORK, before, limit + 1, by_arrival=by_arrival)
        ):
            chosen += [row for row in rows if wanted(row)]
            before = rows[-1]
        return chosen[:limit]

    def _paged(self, call: Call, page: list[Item]) -> Answer:
        link = {}
        if page:
            query = urlencode(call.query | {"max_id": page[-1]["id"]})
            address = f"{self.host}/fakes/{NETWORK}/{'/'.join(call.parts)}?{query}"
            link = {"Link": f'<{address}>; rel="next"'}
        return Answer(200, page, link, page=page)

    def _search(self, call: Call) -> Answer:
        words = re.findall(r"[\w@#.-]+", call.query.get("q", "").lower())
        found = self._statuses(call, lambda row: all(word in row.item["text"].lower() for word in words))
        body = {"accounts": [], "hashtags": [], "statuses": found.body}
        return Answer(200, body, found.headers, page=found.page)

    def _context(self, status_id: str) -> Answer:
        row = self._standing(status_id)
        if row is None:
            return error(404, "Record not found")
        thread = [
            other
            for other in self.book.thread(NETWORK, row.item["thread_id"])
            if not other.item["deleted"] and other.number != row.number
        ]
        below = [self._status(other) for other in thread if other.seq > row.seq]
        above = [self._status(other) for other in thread if other.seq < row.seq]
        return Answer(200, {"ancestors": above, "descendants": below}, page=below)

    def _post(self, call: Call) -> Answer:
        form, key = call.form(), call.headers.get("idempotency-key", "")
        if known := self._known(key):
            return Answer(200, self._status(known), posted=True)
        text, row = form.get("status", ""), self._standing(form.get("in_reply_to_id", ""))
        if not text.strip():
            return error(422, "Validation failed: the text is blank")
        if len(_URL.sub("x" * 23, _MENTION.sub(r"@\1", text))) > LONGEST:
            return error(422, f"Validation failed: the text is longer than {LONGEST} characters")
        if row is None:
            return error(404, "The post that you answer does not exist")
        said = text.removeprefix(f"@{row.item['author']['handle']} ")
        item = self.play.receive(NETWORK, row, said)
        if form.get("visibility") == "direct":
            self.book.put(NETWORK, item | {"kind": "message"})
        if key:
            self.book.note(f"idempotency/{key}", f"{self.now.isoformat()} {item['id']}")
        posted = self.book.get(NETWORK, item["id"])
        assert posted is not None
        return Answer(200, self._status(posted), posted=True)

    def _known(self, key: str) -> Row | None:
        at, _, item_id = (self.book.fact(f"idempotency/{key}") or "").partition(" ")
        is_young = bool(key and at) and self.now < datetime.fromisoformat(at) + KEY_LIVES
        return self.book.get(NETWORK, item_id) if is_young else None

    def _row(self, status_id: str) -> Row | None:
        if not status_id.isdecimal():
            return None
        return self.book.numbered(NETWORK, int(status_id) & (1 << NUMBER_BITS) - 1)

    def _standing(self, status_id: str) -> Row | None:
        row = self._row(status_id)
        return None if row is None or row.item["deleted"] else row

    def _status(self, row: Row) -> Item:
        item, status_id = row.item, self.native_id(row)
        parent = self.book.get(NETWORK, item["parent_id"]) if item["parent_id"] else None
        lead = f"@{parent.item['author']['handle']} " if row.source == "reply" and parent else ""
        account = self._account(item["author"])
        return {
            "id": status_id,
            "created_at": stamp(datetime.fromisoformat(item["posted_at"])),
            "edited_at": stamp(datetime.fromisoformat(item["edited_at"])) if item["edited_at"] else None,
            "in_reply_to_id": self.native_id(parent) if parent else None,
            "in_reply_to_account_id": parent.item["author"]["id"] if parent else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": _visibility(row),
            "language": "de" if re.search(r"[äöüß]|\b(ich|und|nicht|der|die|das)\b", item["text"]) else None,
            "uri": f"{account['uri']}/statuses/{status_id}",
            "url": f"{account['url']}/{status_id}",
            "replies_count": 0,
            "reblogs_count": item["shares"],
            "favourites_count": item["likes"],
            "quotes_count": 0,
            "content": self._content(lead + item["text"]),
            "reblog": self._passed_on(row),
            "account": account,
            "media_attachments": [self._medium(name) for name in item["photos"]],
            "mentions": [],
            "tags": [{"name": tag} for tag in _tags(row)],
            "emojis": [],
            "card": None,
            "poll": None,
        }

    def _passed_on(self, row: Row) -> Item | None:
        """Return the post that a boost passes on, whole inside it."""
        original = self.book.get(NETWORK, row.item["repost_of"]) if row.item.get("repost_of") else None
        return self._status(original) if original else None

    def _content(self, text: str) -> str:
        """Write a text as a server does: paragraphs, and links whose beginning only machines read."""
        escaped = html.escape(text, quote=False)
        linked = _URL.sub(_anchor, escaped)
        named = _MENTION.sub(
            lambda found: (
                f'<span class="h-card" translate="no"><a href="{self.host}/@{found[1]}{found[2] or ""}" '
                f'class="u-url mention">@<span>{found[1]}</span></a></span>'
            ),
            linked,
        )
        paragraphs = named.split("\n\n")
        return "".join(f"<p>{paragraph.replace(chr(10), '<br />')}</p>" for paragraph in paragraphs)

    def _medium(self, name: str) -> Item:
        url = f"{self.host}/photos/{name}.jpg"
        alt = PHOTO_ALTS.get(name)
        return {"id": name, "type": "image", "url": url, "preview_url": url, "description": alt}

    def _account(self, author: Item) -> Item:
        handle = author["handle"]
        joined = datetime.fromisoformat(author["joined"]) if author["joined"] else None
        return {
            "id": author["id"],
            "username": handle.partition("@")[0],
            "acct": handle,
            "display_name": author["name"],
            "url": f"{self.host}/@{handle}",
            "uri": f"{self.host}/users/{handle}",
            "bot": False,
            "locked": False,
            "created_at": stamp(joined) if joined else None,
            "followers_count": author["followers"] or 0,
            "statuses_count": 10,
        }

    def _me(self) -> Item:
        brand = {"id": OWN_ID, "handle": BRAND_HANDLE, "name": "Zehnschritt", "followers": 48_200}
        open_ones = [row for row in self.book.replies(NETWORK) if not is_private(row.item)]
        counted = {"statuses_count": len(open_ones)}
        return self._account(brand | {"joined": "2014-04-01T00:00:00+00:00"}) | counted


def error(status: int, message: str) -> Answer:
    """Make Mastodon's error body."""
    return Answer(status, {"error": message})


def stamp(at: datetime) -> str:
    """Write a time as Mastodon does, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _kind_of(row: Row) -> str:
    return "reblog" if row.item.get("repost_of") else "mention"


def _tags(row: Row) -> Iterable[str]:
    return [tag.lower() for tag in _HASHTAG.findall(row.item["text"])]


def _visibility(row: Row) -> str:
    if is_private(row.item):
        return "direct"
    return "unlisted" if row.source == "reply" else "public"


def _limit(call: Call, most: int) -> int:
    asked = call.query.get("limit", "")
    return min(int(asked), most) if asked.isdecimal() and int(asked) else min(20, most)


def _anchor(found: re.Match[str]) -> str:
    scheme, _, rest = found[0].partition("://")
    return (
        f'<a href="{found[0]}" target="_blank" rel="nofollow noopener"><span class="invisible">{scheme}://'
        f'</span><span class="ellipsis">{rest[:30]}</span><span class="invisible">{rest[30:]}</span></a>'
    )
