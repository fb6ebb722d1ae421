"""X's API v2 as its documentation describes it: `/2/tweets…`, `/2/users…`."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from listeners.networks.demo.book import Item, Row
from listeners.networks.demo.items import PHOTO_ALTS, is_private, native_id
from listeners.networks.demo.script import BRAND_HANDLE
from listeners.networks.demo.vendor import Answer, Call, Channel, Fault, Vendor
from listeners.networks.fakes import consent
from listeners.networks.fakes.x_messages import FakeMessages
from listeners.networks.fakes.x_problems import invalid, problem

NETWORK = "x"
OWN_ID = native_id("people", BRAND_HANDLE)
EPOCH_MS = 1_288_834_974_657
"""X's ids hold the milliseconds since then above 22 other bits; here those number the post."""
SEARCHED = timedelta(days=7)
"""How far back recent search reaches."""
DEEPEST_TIMELINE = 3200
LIMITS, MESSAGE_LIMITS = (300, 10_000), (15, 1_440)
"""Calls that X allows within 15 minutes, and within a day."""
RULES_PATH = ["2", "tweets", "search", "stream", "rules"]
FAREWELL = {
    "title": "operational-disconnect",
    "disconnect_type": "UpstreamOperationalDisconnect",
    "detail": "This stream has been disconnected upstream for operational reasons.",
    "type": "https://api.twitter.com/2/problems/operational-disconnect",
}
_HANDLE = re.compile(r"(?<![\w@])@(\w{1,15})")
_URL = re.compile(r"https?://\S+")

_FAULTS: dict[Fault, tuple[int, str, str]] = {
    "rate_limited": (429, "Too Many Requests", "Too Many Requests"),
    "not_accepted": (503, "Service Unavailable", "Service Unavailable"),
    "bad_gateway": (502, "Bad Gateway", "Bad Gateway"),
    "token_expired": (401, "Unauthorized", "Unauthorized"),
    "quota_used": (402, "CreditsDepleted", "Your enrolled account does not have any credits."),
    "forbidden": (403, "Forbidden", "Your client app is not enrolled in an API access plan."),
}
NOT_ENGAGED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by "
    "the author of the post you are replying to."
)


@dataclass(frozen=True, slots=True)
class FakeX(Vendor):
    """Recent search, mentions and own posts, newest first; replies by the rule of 2026."""

    malformed_item: ClassVar[Any] = {"id": None, "text": 17, "author_id": "nobody"}

    def answer(self, call: Call) -> Answer:
        """Answer one call, with the headers that tell what is left."""
        if consent.is_login(call):
            return consent.x(self, call)
        answer = self._answer(call)
        limits = MESSAGE_LIMITS if call.parts[1:2] in (["dm_conversations"], ["dm_events"]) else LIMITS
        headers = self._rate_headers(limits[0])
        headers |= self._daily_headers(limits[1]) if self.writes(call) else {}
        return Answer(answer.status, answer.body, headers, answer.page, answer.posted)

    def _answer(self, call: Call) -> Answer:
        match call.method, call.parts:
            case "GET", ["2", "tweets", "search", "recent"]:
                return self._search(call.query)
            case "GET", ["2", "users", "me"]:
                return Answer(200, {"data": self._me()})
            case "GET", ["2", "users", user_id, "mentions"] if user_id == OWN_ID:
                return self._timeline(call.query, "customer")
            case "GET", ["2", "users", user_id, "tweets"] if user_id == OWN_ID:
                return self._timeline(call.query, "reply")
            case "GET", ["2", "tweets"]:
                return self._lookup(call.query.get("ids", "").split(","))
            case "POST", ["2", "tweets"]:
                return self._reply(call.json())
            case "POST", ["2", "dm_conversations", "with", person_id, "messages"]:
                return self._messages.take(person_id, call.json())
            case "GET", ["2", "dm_events"]:
                return self._messages.heard(call.query)
            case "GET", ["2", "dm_conversations", "with", person_id, "dm_events"]:
                return self._messages.listed(person_id, call.query)
            case "GET", ["2", "tweets", "search", "stream", "rules"]:
                return Answer(200, {"data": self._rules(), "meta": {"result_count": len(self._rules())}})
            case "POST", ["2", "tweets", "search", "stream", "rules"]:
                return self._change_rules(call.json())
        return problem(404, "Not Found", "There is no such path.")

    def channel(self, call: Call) -> Channel | None:
        """Open the app's one stream of what matches its rules."""
        if (call.method, call.parts) != ("GET", ["2", "tweets", "search", "stream"]):
            return None
        return Channel(
            network=NETWORK,
            events=self._matching,
            frame=lambda _, text: f"{text}\r\n".encode(),
            heartbeat=b"\r\n",
            content="application/json",
            farewell=f"{json.dumps({'errors': [FAREWELL]})}\r\n".encode(),
            name="x",
            refusal=problem(
                429,
                "ConnectionException",
                "This stream is currently at the maximum allowed connection limit.",
            ),
        )

    def fault(self, fault: Fault) -> Answer:
        """Say a fault as a problem document; a 429 has no Retry-After, only the reset's second."""
        headers = self._rate_headers() | {"x-rate-limit-remaining": "0"}
        pause = self.dials.retry_after
        headers["x-rate-limit-reset"] = (
            str(int(self.now.timestamp()) + int(pause)) if re.fullmatch(r"[0-9]{1,6}", pause) else pause
        )
        if fault != "rate_limited" or not pause:
            headers = {}
        return Answer(problem(*_FAULTS[fault]).status, problem(*_FAULTS[fault]).body, headers)

    def admits(self, call: Call, token: str) -> bool:
        """Take an OAuth 2 token, also one given here, or OAuth 1.0a whose access token ends with it."""
        given = call.headers.get("authorization", "")
        signed = given.startswith("OAuth ") and f'-{token}"' in given and "oauth_signature=" in given
        return given == f"Bearer {token}" or signed or consent.admits(self, NETWORK, call)

    def writes(self, call: Call) -> bool:
        """Say whether a call would post something; a log-in and the stream's rules do not."""
        return call.method != "GET" and call.parts != RULES_PATH and not consent.is_login(call)

    def native_id(self, row: Row) -> str:
        """Return the id of a post's first version."""
        return self._id(row.item["posted_at"], row.number)

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Give an address for the token of the next page."""
        if isinstance(answer.body, dict) and "meta" in answer.body:
            answer.body["meta"]["next_token"] = url

    @property
    def _messages(self) -> FakeMessages:
        return FakeMessages(self, OWN_ID, self._includes)

    def _rate_headers(self, limit: int = LIMITS[0]) -> dict[str, str]:
        reset = int(self.now.timestamp()) // 900 * 900 + 900
        told = {"limit": limit, "remaining": min(self.dials.calls_left, limit), "reset": reset}
        return {f"x-rate-limit-{name}": str(number) for name, number in told.items()}

    def _daily_headers(self, limit: int) -> dict[str, str]:
        """Tell what an account and an app may still post within a day."""
        reset = str(int(self.now.timestamp()) + 86_400 - 60)
        left = {"user": self.dials.calls_left, "app": 100 * self.dials.calls_left}
        return {
            f"x-{whose}-limit-24hour-{name}": told
            for whose in left
            for name, told in (("limit", str(limit)), ("remaining", str(left[whose])), ("reset", reset))
        }

    def _search(self, query: dict[str, str]) -> Answer:
        oldest = self.now - SEARCHED
        if wrong := self._wrong_window(query, least=10) or self._too_old(query, oldest):
            return wrong
        if thread := re.search(r"\bconversation_id:(\d+)", query.get("query", "")):
            root = self._row(thread[1])
            rows = self.book.thread(NETWORK, root.item["thread_id"]) if root else []
            return self._conversation(query, [row for row in reversed(rows) if row.item["parent_id"]])
        matches = _Query(query.get("query", ""))
        return self._page(
            query, lambda row: datetime.fromisoformat(row.item["posted_at"]) > oldest and matches(row.item)
        )

    def _timeline(self, query: dict[str, str], source: str) -> Answer:
        if wrong := self._wrong_window(query, least=5):
            return wrong
        wanted = self.dials.timeline_depth if self.dials.timeline_depth is not None else DEEPEST_TIMELINE
        readable = self._own_posts()[:wanted]
        since = readable[-1].seq if readable else 0
        return self._page(
            query,
            lambda row: (
                row.source == source
                and (row.seq >= since if source == "reply" else row.item["mentions_account"])
            ),
        )

    def _wrong_window(self, query: dict[str, str], *, least: int) -> Answer | None:
        size, token = query.get("max_results", "10"), query.get("next_token", query.get("pagination_token"))
        if not size.isdecimal() or not least <= int(size) <= 100:
            return invalid("max_results", size, f"must be between {least} and 100")
        if token and not re.fullmatch(r"b26v89c[0-9a-z]+", token):
            return invalid("next_token" if "next_token" in query else "pagination_token", token, "is invalid")
        return None

    def _too_old(self, query: dict[str, str], oldest: datetime) -> Answer | None:
        since = query.get("since_id", "")
        if since and time_of(since) < oldest:
            return invalid("since_id", since, f"must be a tweet id created after [{oldest:%Y-%m-%dT%H:%MZ}]")
        return None

    def _page(self, query: dict[str, str], wanted: Any) -> Answer:
        """Serve what is wanted between two ids; like X's, a page may be short and still not the last."""
        size = int(query.get("max_results", "10"))
        token = query.get("next_token", query.get("pagination_token"))
        before = int(token.removeprefix("b26v89c"), 36) if token else None
        since, until = int(query.get("since_id", 0)), int(query.get("until_id", 2**63))
        rows = self.book.newest(NETWORK, before=before, limit=size + 1)
        more = len(rows) > size and any(int(self._version_id(row)) > since for row in rows)
        shown = [
            row
            for row in rows[:size]
            if since < int(self._version_id(row)) < until and _is_open(row) and wanted(row)
        ]
        return self._listed(shown, f"b26v89c{_base36(rows[size - 1].seq)}" if more else "")

    def _conversation(self, query: dict[str, str], rows: list[Row]) -> Answer:
        size, token = int(query.get("max_results", "10")), query.get("next_token", "b26v89c0")
        start = int(token.removeprefix("b26v89c"), 36)
        more = len(rows) > start + size
        return self._listed(rows[start : start + size], f"b26v89c{_base36(start + size)}" if more else "")

    def _listed(self, rows: list[Row], next_token: str = "") -> Answer:
        tweets = [self._tweet(row) for row in rows if not row.item["deleted"]]
        meta: dict[str, Any] = {"result_count": len(tweets)}
        if tweets:
            ids = sorted((tweet["id"] for tweet in tweets), key=int)
            meta |= {"newest_id": ids[-1], "oldest_id": ids[0]}
        if next_token:
            meta["next_token"] = next_token
        body: dict[str, Any] = {"meta": meta}
        if tweets or self.dials.malformed_item:
            body |= {"data": tweets, "includes": self._includes(rows)}
        return Answer(200, body, page=tweets)

    def _lookup(self, ids: Iterable[str]) -> Answer:
        found = {post_id: self._row(post_id) for post_id in ids}
        rows = [row for row in found.values() if row is not None and not row.item["deleted"]]
        missing = [post_id for post_id, row in found.items() if row is None or row.item["deleted"]]
        body = self._listed(rows).body
        body.pop("meta")
        if missing:
            body["errors"] = [_not_found(post_id) for post_id in missing]
        return Answer(200, body)

    def _reply(self, body: dict[str, Any]) -> Answer:
        text, parent_id = body.get("text"), body.get("reply", {}).get("in_reply_to_tweet_id", "")
        row = self._row(parent_id)
        if not isinstance(text, str) or not text.strip():
            return invalid("text", "", "is required")
        if row is None or row.item["deleted"]:
            return problem(
                403, "Forbidden", "You attempted to reply to a Tweet that is deleted or not visible to you."
            )
        if not row.item["mentions_account"]:
            return problem(403, "Forbidden", NOT_ENGAGED)
        thread = self.book.thread(NETWORK, row.item["thread_id"])
        stand = [(other.item["parent_id"], other.item["text"]) for other in thread if other.source == "reply"]
        if (row.item["id"], text) in stand:
            return problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        item = self.play.receive(NETWORK, row, text)
        posted = self.book.get(NETWORK, item["id"])
        assert posted is not None
        tweet = self._tweet(posted)
        told = {name: tweet[name] for name in ("id", "text", "edit_history_tweet_ids")}
        return Answer(201, {"data": told}, posted=True)

    def _matching(self, row: Row) -> list[tuple[str, Any]]:
        """Tell of a post or a new version of one, with the rules that it matches; never of a deletion."""
        rules = [
            {"id": rule["id"], "tag": rule["tag"]}
            for rule in self._rules()
            if _is_open(row) and _Query(rule["value"])(row.item)
        ]
        told = {"data": self._tweet(row), "includes": self._includes([row]), "matching_rules": rules}
        return [("", told)] if rules else []

    def _rules(self) -> list[dict[str, str]]:
        rules: list[dict[str, str]] = json.loads(self.book.fact("x/rules") or "[]")
        return rules

    def _change_rules(self, body: dict[str, Any]) -> Answer:
        with self.book.transaction():
            rules = self._rules()
            if "delete" in body:
                gone = body["delete"].get("ids", [])
                self.book.note("x/rules", json.dumps([rule for rule in rules if rule["id"] not in gone]))
                return Answer(200, {"meta": {"summary": {"deleted": len(gone), "not_deleted": 0}}})
            added = [rule for rule in body.get("add", []) if rule.get("value")]
            for rule in added:
                if wrong := _wrong_rule(rule["value"], rules):
                    return Answer(201, {"meta": {"summary": {"created": 0}}, "errors": [wrong]})
                rules.append({"id": native_id("rule", rule["value"]), **rule})
            self.book.note("x/rules", json.dumps(rules))
            return Answer(201, {"data": added, "meta": {"summary": {"created": len(added)}}})

    def _row(self, post_id: object) -> Row | None:
        if not isinstance(post_id, str) or not post_id.isdecimal():
            return None
        row = self.book.numbered(NETWORK, int(post_id) & (1 << 22) - 1)
        return None if row is None or is_private(row.item) else row

    def _own_posts(self) -> list[Row]:
        """List the account's posts, newest first."""
        return [row for row in self.book.replies(NETWORK) if not is_private(row.item)]

    def _id(self, at: str, number: int) -> str:
        ms = round(datetime.fromisoformat(at).timestamp() * 1000) - EPOCH_MS
        return str(ms << 22 | number)

    def _version_id(self, row: Row) -> str:
        return self._id(row.item["edited_at"] or row.item["posted_at"], row.number)

    def _tweet(self, row: Row) -> Item:
        item, first, latest = row.item, self.native_id(row), self._version_id(row)
        parent = self.book.get(NETWORK, item["parent_id"]) if item["parent_id"] else None
        root = self.book.get(NETWORK, item["thread_id"])
        lead = f"@{parent.item['author']['handle']} " if row.source == "reply" and parent else ""
        text = html.escape(lead + _shortened(item["text"]), quote=False)
        tweet = {
            "id": latest,
            "text": text if len(text) <= 280 else text[:279] + "…",
            "author_id": item["author"]["id"],
            "created_at": _stamp(item["edited_at"] or item["posted_at"]),
            "conversation_id": self.native_id(root) if root else first,
            "edit_history_tweet_ids": [first] if first == latest else [first, latest],
            "lang": "de" if re.search(r"[äöüß]|\b(ich|und|nicht|der|die|das)\b", item["text"]) else "und",
            "public_metrics": {"retweet_count": item["shares"], "reply_count": 0, "quote_count": 0}
            | {"like_count": item["likes"], "bookmark_count": 0, "impression_count": 0},
            "entities": _entities(lead + item["text"]),
        }
        if len(text) > 280:
            tweet["note_tweet"] = {"text": text, "entities": tweet["entities"]}
        if parent:
            tweet["referenced_tweets"] = [{"type": "replied_to", "id": self.native_id(parent)}]
            tweet["in_reply_to_user_id"] = parent.item["author"]["id"]
        if original := self._original(row):
            tweet |= {
                "text": f"RT @{original.item['author']['handle']}: {tweet['text']}"[:140],
                "referenced_tweets": [{"type": "retweeted", "id": self._version_id(original)}],
            }
        if item["photos"]:
            tweet["attachments"] = {"media_keys": [f"3_{latest}_{name}" for name in item["photos"]]}
        return tweet

    def _original(self, row: Row) -> Row | None:
        """Return the post that a retweet passes on."""
        passed_on = row.item.get("repost_of")
        return self.book.get(NETWORK, passed_on) if passed_on else None

    def _includes(self, rows: Iterable[Row]) -> dict[str, Any]:
        rows = list(rows)
        originals = [original for row in rows if (original := self._original(row))]
        tweets = {"tweets": [self._tweet(original) for original in originals]} if originals else {}
        rows += originals
        users = {row.item["author"]["id"]: self._user(row.item["author"]) for row in rows}
        media = [
            {
                "media_key": f"3_{self._version_id(row)}_{name}",
                "type": "photo",
                "url": f"{self.host}/photos/{name}.jpg",
                "alt_text": PHOTO_ALTS.get(name, ""),
            }
            for row in rows
            for name in row.item["photos"]
        ]
        return {"users": list(users.values())} | ({"media": media} if media else {}) | tweets

    def _user(self, author: Item) -> Item:
        user = {"id": author["id"], "username": author["handle"], "name": author["name"]}
        if author["joined"]:
            user["created_at"] = _stamp(author["joined"])
        return user | {"public_metrics": {"followers_count": author["followers"] or 0, "tweet_count": 10}}

    def _me(self) -> Item:
        metrics = {"followers_count": 48_200, "tweet_count": len(self._own_posts())}
        return {"id": OWN_ID, "username": BRAND_HANDLE, "name": "Zehnschritt", "public_metrics": metrics}


class _Query:
    """X's search syntax as far as brands use it: words, quotes, OR, parentheses, `-` and a few operators."""

    def __init__(self, text: str) -> None:
        words = re.findall(r'-?"[^"]+"|[^\s()]+', text.lower())
        self._without = [word[1:].strip('"') for word in words if word.startswith("-") and ":" not in word]
        self._without_retweets = "-is:retweet" in words
        self._by = {word.removeprefix("from:") for word in words if word.startswith("from:")}
        self._not_by = {word.removeprefix("-from:") for word in words if word.startswith("-from:")}
        self._any = [word.strip('"') for word in words if word != "or" and ":" not in word and word[0] != "-"]

    def __call__(self, item: Item) -> bool:
        text, handle = item["text"].lower(), item["author"]["handle"].lower()
        if self._without_retweets and item.get("repost_of"):
            return False
        if handle in self._not_by or (self._by and handle not in self._by):
            return False
        return not any(word in text for word in self._without) and (
            not self._any or any(word in text for word in self._any)
        )


def time_of(post_id: str) -> datetime:
    """Read the time out of an id."""
    return datetime.fromtimestamp(((int(post_id) >> 22) + EPOCH_MS) / 1000, UTC)


def _is_open(row: Row) -> bool:
    """Say whether everybody can read it."""
    return not (row.item["deleted"] or is_private(row.item))


def _not_found(post_id: str) -> Item:
    return {
        "resource_type": "tweet", "parameter": "ids", "resource_id": post_id, "value": post_id,
        "title": "Not Found Error", "detail": f"Could not find tweet with ids: [{post_id}].",
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }  # fmt: skip


def _entities(text: str) -> dict[str, Any]:
    mentions = [
        {"start": found.start(), "end": found.end(), "username": found[1]}
        | {"id": native_id("people", found[1].lower())}
        for found in _HANDLE.finditer(text)
    ]
    urls = [{"url": _short(found[0]), "expanded_url": found[0]} for found in _URL.finditer(text)]
    return ({"mentions": mentions} if mentions else {}) | ({"urls": urls} if urls else {})


def _wrong_rule(value: str, standing: Iterable[dict[str, str]]) -> Item | None:
    """Return X's word for a rule that it does not take."""
    if any(rule["value"] == value for rule in standing):
        return {
            "value": value,
            "title": "DuplicateRule",
            "type": "https://api.twitter.com/2/problems/duplicate-rules",
        }
    if value.count("(") != value.count(")"):
        return {"value": value, "title": "UnprocessableEntity", "detail": "missing EOF at ')'"}
    return None


def _shortened(text: str) -> str:
    return _URL.sub(lambda found: _short(found[0]), text)


def _short(url: str) -> str:
    return f"https://t.co/{native_id('url', url)[:10]}"


def _stamp(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"
