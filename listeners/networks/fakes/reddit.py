"""Reddit's API as its documentation describes it: `/api/v1/access_token`, listings, `/api/comment`."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.script import BRAND_HANDLE
from listeners.networks.demo.vendor import Answer, Call, Fault, Vendor

NETWORK = "reddit"
SUBREDDIT = "laufen"
"""Where everything here was posted."""
DEEPEST_LISTING = 1000
LONGEST = 10_000
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_FIRST_NUMBER = 36**6
_DELETED = "[deleted]"

_FAULTS: dict[Fault, tuple[int, str]] = {
    "rate_limited": (429, "Too Many Requests"),
    "not_accepted": (503, "Service Unavailable"),
    "bad_gateway": (502, "Bad Gateway"),
    "token_expired": (401, "Unauthorized"),
    "quota_used": (429, "Too Many Requests"),
    "forbidden": (403, "Forbidden"),
}


@dataclass(frozen=True, slots=True)
class FakeReddit(Vendor):
    """Search, comments, mentions and own comments, newest first; replies inside a success or its errors.

    The book knows one text of a post: its first line is the title here, and is edited with it.
    """

    malformed_item: ClassVar[Any] = {"kind": "t3", "data": {"name": None, "title": 17, "author": "nobody"}}

    def answer(self, call: Call) -> Answer:
        """Answer one call, with the headers that tell what is left."""
        answer = self._answer(call)
        return Answer(answer.status, answer.body, self._rate_headers(), answer.page, answer.posted)

    def _answer(self, call: Call) -> Answer:
        match call.method, call.parts:
            case "POST", ["api", "v1", "access_token"]:
                return self._log_in(call.form())
            case "GET", ["api", "v1", "me"]:
                return Answer(
                    200, {"name": BRAND_HANDLE, "id": "b1", "verified": True, "is_suspended": False}
                )
            case "GET", ["r", subreddits, "search"] if _is_served(subreddits):
                matches = _Query(call.query.get("q", ""))
                return self._listing(call.query, lambda row: _is_post(row) and matches(row.item))
            case "GET", ["r", subreddits, "comments"] if _is_served(subreddits):
                return self._listing(call.query, lambda row: not _is_post(row))
            case "GET", ["message", "mentions"]:
                return self._listing(call.query, _names_account, inbox=True)
            case "GET", ["user", name, "comments"] if name.lower() == BRAND_HANDLE:
                return self._own(call.query)
            case "GET", ["api", "info"]:
                return self._info(call.query.get("id", "").split(","))
            case "GET", ["comments", link_id]:
                return self._conversation(f"t3_{link_id}", call.query.get("comment", ""))
            case "POST", ["api", "comment"]:
                return self._reply(call.form())
        return problem(404, "Not Found")

    def fault(self, fault: Fault) -> Answer:
        """Say a fault in Reddit's two words; a 429 says when to come back, or that nothing is left."""
        headers: dict[str, str] = {}
        if fault == "rate_limited" and self.dials.retry_after:
            headers = {"Retry-After": self.dials.retry_after}
        if fault == "quota_used":
            headers = self._rate_headers() | {"x-ratelimit-remaining": "0.0"}
        if fault == "token_expired":
            headers = {"WWW-Authenticate": 'Bearer realm="reddit", error="invalid_token"'}
        told = problem(*_FAULTS[fault])
        return Answer(told.status, told.body, headers)

    def writes(self, call: Call) -> bool:
        """Tell a reply from a log-in."""
        return call.method != "GET" and call.parts != ["api", "v1", "access_token"]

    def admits(self, call: Call, token: str) -> bool:
        """Take the app's secret for a log-in, and the token that it gives for all else."""
        given = call.headers.get("authorization", "")
        if call.parts == ["api", "v1", "access_token"]:
            return _password(given) == token
        return given.lower() == f"bearer {token}".lower()

    def native_id(self, row: Row) -> str:
        """Return the full name: its kind and its number in base 36."""
        return f"{'t3' if _is_post(row) else 't1'}_{_base36(_FIRST_NUMBER + row.number)}"

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Give an address for the name behind which the next page begins."""
        if isinstance(answer.body, dict) and answer.body.get("kind") == "Listing":
            answer.body["data"]["after"] = url

    def _rate_headers(self) -> dict[str, str]:
        left = self.dials.calls_left
        reset = 600 - int(self.now.timestamp()) % 600
        return {
            "x-ratelimit-used": str(max(1000 - left, 1)),
            "x-ratelimit-remaining": f"{left}.0",
            "x-ratelimit-reset": str(reset),
        }

    def _log_in(self, form: dict[str, str]) -> Answer:
        grants = ("password", "client_credentials", "refresh_token")
        if form.get("grant_type") not in grants:
            return Answer(200, {"error": "unsupported_grant_type"})
        if form.get("password") == "wrong" or form.get("refresh_token") == "revoked":
            return Answer(200, {"error": "invalid_grant"})
        token = {"access_token": "demo", "token_type": "bearer", "expires_in": 86_400, "scope": "*"}
        return Answer(200, token)

    def _newest(self) -> list[Row]:
        """List what Reddit still lists, by the time of posting."""
        rows = self.book.newest(NETWORK, limit=2 * DEEPEST_LISTING)
        return sorted(rows, key=lambda row: (row.item["posted_at"], row.number), reverse=True)

    def _listing(
        self, query: dict[str, str], wanted: Callable[[Row], bool], *, inbox: bool = False
    ) -> Answer:
        rows = [row for row in self._newest() if not row.item["deleted"] and wanted(row)]
        return self._page(query, rows[:DEEPEST_LISTING], inbox=inbox)

    def _own(self, query: dict[str, str]) -> Answer:
        depth = self.dials.timeline_depth
        limit = DEEPEST_LISTING if depth is None else depth
        return self._page(query, self.book.replies(NETWORK, limit=limit))

    def _page(self, query: dict[str, str], rows: list[Row], *, inbox: bool = False) -> Answer:
        """Serve a page behind `after`; behind a post that is not listed there is nothing."""
        asked = query.get("limit", "25")
        size = min(int(asked), 100) if asked.isdecimal() else 25
        names = [self.native_id(row) for row in rows]
        if after := query.get("after"):
            begin = names.index(after) + 1 if after in names else len(names)
            rows, names = rows[begin:], names[begin:]
        things = [self._thing(row) for row in rows[:size]]
        if inbox:
            things = [{"kind": "t1", "data": _as_in_inbox(thing["data"])} for thing in things]
        return Answer(200, listing(things, after=names[size - 1] if len(names) > size else None), page=things)

    def _info(self, names: Iterable[str]) -> Answer:
        rows = [row for name in names if (row := self._row(name)) is not None]
        things = [self._thing(row) for row in rows]
        return Answer(200, listing(things), page=[])

    def _conversation(self, link_name: str, comment_id: str) -> Answer:
        root = self._row(link_name)
        if root is None or not _is_post(root):
            return problem(404, "Not Found")
        below = [row for row in self.book.thread(NETWORK, root.item["thread_id"]) if not _is_post(row)]
        if comment_id:
            tops = [row for row in below if self.native_id(row) == f"t1_{comment_id}"]
        else:
            tops = [row for row in below if row.item["parent_id"] == root.item["id"]]
        things = self._tree(tops, below)
        return Answer(200, [listing([self._thing(root)]), listing(things)], page=things)

    def _tree(self, rows: Iterable[Row], below: list[Row]) -> list[Item]:
        """Nest comments as Reddit does; what it does not show is told by a "more"."""
        things = []
        for row in rows:
            thing = self._thing(row)
            children = [other for other in below if other.item["parent_id"] == row.item["id"]]
            thing["data"]["replies"] = listing(self._tree(children, below)) if children else ""
            things.append(thing)
        depth = self.dials.timeline_depth
        if depth is not None and len(self.book.replies(NETWORK, limit=depth + 1)) > depth:
            things.append({"kind": "more", "data": {"count": 1, "children": ["zz"], "depth": 0}})
        return things

    def _reply(self, form: dict[str, str]) -> Answer:
        """Post a comment; what Reddit refuses comes as a success with errors."""
        text, row = form.get("text", ""), self._row(form.get("thing_id", ""))
        if not text.strip():
            return _errors("NO_TEXT", "we need something here", "text")
        if len(text) > LONGEST:
            return _errors("TOO_LONG", f"this is too long (max: {LONGEST})", "text")
        if row is None:
            return problem(403, "Forbidden")
        if row.item["deleted"]:
            code = "DELETED_LINK" if _is_post(row) else "DELETED_COMMENT"
            return _errors(code, "that has been deleted", "parent")
        item = self.play.receive(NETWORK, row, text)
        posted = self.book.get(NETWORK, item["id"])
        assert posted is not None
        body = {"json": {"errors": [], "data": {"things": [self._thing(posted)]}}}
        return Answer(200, body, posted=True)

    def _row(self, name: str) -> Row | None:
        found = re.fullmatch(r"t[13]_([0-9a-z]{1,13})", name)
        return self.book.numbered(NETWORK, int(found[1], 36) - _FIRST_NUMBER) if found else None

    def _thing(self, row: Row) -> Item:
        item, name = row.item, self.native_id(row)
        gone = item["deleted"]
        data: Item = {
            "id": name[3:],
            "name": name,
            "author": _DELETED if gone else item["author"]["handle"],
            "subreddit": SUBREDDIT,
            "created_utc": _seconds(item["posted_at"]),
            "edited": _seconds(item["edited_at"]) if item["edited_at"] else False,
            "score": item["likes"] + 1,
            "ups": item["likes"] + 1,
            "locked": False,
            "archived": False,
            "stickied": False,
        }
        if not gone:
            number = int(item["author"]["id"]) % 36**6
            data["author_fullname"] = f"t2_{_base36(number)}"
        rest = self._post(row, data) if _is_post(row) else self._comment(row, data)
        return {"kind": name[:2], "data": data | rest}

    def _post(self, row: Row, data: Item) -> Item:
        item = row.item
        title, _, text = item["text"].partition("\n")
        photos = [f"{self.host}/photos/{name}.jpg" for name in item["photos"]]
        permalink = f"/r/{SUBREDDIT}/comments/{data['id']}/"
        passed_on = self.book.get(NETWORK, item["repost_of"]) if item.get("repost_of") else None
        parents = {"crosspost_parent_list": [self._thing(passed_on)["data"]]} if passed_on else {}
        return parents | {
            "title": title or "[deleted by user]",
            "selftext": _DELETED if item["deleted"] else "" if parents else text,
            "is_self": not photos,
            "post_hint": "image" if photos else "self",
            "url": photos[0] if photos else f"https://www.reddit.com{permalink}",
            "permalink": permalink,
            "num_comments": 0,
            "num_crossposts": item["shares"],
            "removed_by_category": "deleted" if item["deleted"] else None,
        }

    def _comment(self, row: Row, data: Item) -> Item:
        item = row.item
        parent, root = (self.book.get(NETWORK, item[name]) for name in ("parent_id", "thread_id"))
        link = self.native_id(root) if root else "t3_0"
        pictures = {
            f"p{number}": {"status": "valid", "e": "Image", "s": {"u": f"{self.host}/photos/{name}.jpg"}}
            for number, name in enumerate(item["photos"])
        }
        return {
            "body": _DELETED if item["deleted"] else item["text"],
            "parent_id": self.native_id(parent) if parent else link,
            "link_id": link,
            "permalink": f"/r/{SUBREDDIT}/comments/{link[3:]}/_/{data['id']}/",
            "replies": "",
        } | ({"media_metadata": pictures} if pictures else {})


class _Query:
    """Reddit's search syntax as far as brands use it: words, quotes, OR, NOT, and fields left out."""

    def __init__(self, text: str) -> None:
        words = re.findall(r'"[^"]+"|[^\s()]+', text)
        self._without = [
            word.strip('"').lower()
            for before, word in zip(["", *words], words, strict=False)
            if before == "NOT"
        ]
        plain = [word.strip('"').lower() for word in words if word not in ("OR", "AND", "NOT")]
        self._any = [word for word in plain if word not in self._without and ":" not in word]

    def __call__(self, item: Item) -> bool:
        text = item["text"].lower()
        wanted = not self._any or any(word in text for word in self._any)
        return wanted and not any(word in text for word in self._without)


def listing(things: list[Item], *, after: str | None = None) -> Item:
    """Wrap things as Reddit does."""
    data = {"after": after, "before": None, "dist": len(things), "modhash": "", "children": things}
    return {"kind": "Listing", "data": data}


def problem(status: int, message: str) -> Answer:
    """Make Reddit's error body."""
    return Answer(status, {"message": message, "error": status})


def _errors(code: str, message: str, field: str) -> Answer:
    return Answer(200, {"json": {"errors": [[code, message, field]]}})


def _is_served(subreddits: str) -> bool:
    return bool({"all", SUBREDDIT}.intersection(subreddits.lower().split("+")))


def _is_post(row: Row) -> bool:
    return not row.item["parent_id"]


def _names_account(row: Row) -> bool:
    return not _is_post(row) and row.source == "customer" and bool(row.item["mentions_account"])


def _as_in_inbox(data: Item) -> Item:
    """Leave out what the inbox does not tell: there the conversation stands in `context` alone."""
    rest = {name: value for name, value in data.items() if name not in ("permalink", "link_id", "replies")}
    context = f"{data['permalink']}?context=3"
    return rest | {"context": context, "type": "username_mention", "new": True, "subject": "username mention"}


def _password(header: str) -> str:
    try:
        return base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _seconds(at: str) -> float:
    return float(int(datetime.fromisoformat(at).timestamp()))


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _ALPHABET[digit] + digits
    return digits or "0"
