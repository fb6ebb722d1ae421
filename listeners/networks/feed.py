"""RSS and Atom feeds."""

from __future__ import annotations

import calendar
import hashlib
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import feedparser
import httpx
from django.utils.translation import gettext_noop

from listeners.contract import Health, Network, Page, Person, Photo, Post, Reject
from listeners.exceptions import ListenerError, Malformed
from listeners.guard import Forbidden, fetch
from listeners.needs import query
from listeners.networks.answers import raise_for_status
from listeners.plain_text import plain_text

LARGEST = 5 * 2**20
"""Bytes of a feed, unpacked."""
BY_HAND = gettext_noop("A feed cannot be answered from here; open the page.")


class Feed(Network):
    """One RSS or Atom feed; the source's query is its address."""

    name, label = "feed", "Feed"
    needs = (query(gettext_noop("The feed's address"), example="https://example.org/feed.xml"),)
    poll_seconds = 300.0
    finds_by_search: ClassVar[bool] = True

    def fetch(self, cursor: str) -> Page:
        """Read the feed if it changed; the cursor holds its ETag and date.

        Raises as `Network.fetch`, and Forbidden for an address inside the local network.
        """
        response, body = fetch(
            self.session, self.account.query, limit=LARGEST, headers=_conditions(cursor, self.account.query)
        )
        if response.status_code == 304:
            return Page(posts=(), cursor=cursor)
        raise_for_status(response, now=self.clock())
        posts, rejects = self._entries(_parse(response, body))
        return Page(posts=posts, cursor=_cursor(response, self.account.query), rejects=rejects)

    def check(self) -> Health:
        """Fetch the feed once."""
        try:
            page = self.fetch("")
        except Forbidden as fault:
            return Health(ok=False, message=str(fault), what_to_do="Use the feed's public address.")
        except ListenerError as fault:
            return Health(ok=False, message=str(fault), what_to_do="Open the feed's address in a browser.")
        return Health(ok=True, message=f"The feed has {len(page.posts)} entries.")

    def _entries(self, parsed: Any) -> tuple[tuple[Post, ...], tuple[Reject, ...]]:
        posts: list[Post] = []
        rejects: list[Reject] = []
        for number, entry in enumerate(parsed.entries, 1):
            try:
                posts.append(self._post(entry, parsed.feed))
            except (ValueError, OverflowError, TypeError, AttributeError, KeyError) as fault:
                payload = json.dumps(entry, default=str)
                rejects.append(Reject(where=f"entry {number}", reason=str(fault), payload=payload))
        return tuple(posts), tuple(rejects)

    def _post(self, entry: Mapping[str, Any], feed: Mapping[str, Any]) -> Post:
        host = urlsplit(self.account.query).hostname or "feed"
        title, link = plain_text(entry.get("title", "")), entry.get("link", "")
        text = _joined(title, plain_text(_content(entry)))
        if not text:
            raise ValueError("The entry has neither title nor text.")
        author = plain_text(entry.get("author", "")) or plain_text(feed.get("title", "")) or host
        published, updated = _time(entry, "published_parsed"), _time(entry, "updated_parsed")
        return Post(
            native_id=_native_id(entry.get("id", ""), self.account.query, title, link),
            author=Person(native_id=f"{host}/{author}", handle=author, name=author),
            text=text,
            posted_at=published or updated or self.clock(),
            edited_at=updated if published and updated and updated > published else None,
            url=link,
            language=feed.get("language", ""),
            photos=_photos(entry),
            can_reply=False,
            cannot_reply_reason=BY_HAND,
        )


def _conditions(cursor: str, url: str) -> dict[str, str]:
    try:
        known = json.loads(cursor) if cursor else {}
    except ValueError:
        return {}
    if not isinstance(known, dict) or known.get("url") != url:
        return {}
    headers = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("modified")}
    return {name: value for name, value in headers.items() if isinstance(value, str)}


def _cursor(response: httpx.Response, url: str) -> str:
    found = {"etag": response.headers.get("etag"), "modified": response.headers.get("last-modified")}
    return json.dumps({"url": url} | {name: value[:500] for name, value in found.items() if value})


def _parse(response: httpx.Response, body: bytes) -> Any:
    """Parse bytes only: given an address, feedparser would open files and wait for ever."""
    headers = {
        "content-type": response.headers.get("content-type", ""),
        "content-location": str(response.url),
    }
    parsed = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not parsed.entries and (parsed.bozo or not parsed.get("version")):
        raise Malformed("The answer is neither RSS nor Atom.")
    return parsed


def _native_id(guid: str, url: str, title: str, link: str) -> str:
    """Return the entry's own id if it is one for the whole world, else one within this feed."""
    if guid.startswith(("http://", "https://", "tag:", "urn:")):
        return guid
    inside = guid or hashlib.sha256(f"{link}\n{title}".encode()).hexdigest()
    return f"{url}#{inside}"


def _content(entry: Mapping[str, Any]) -> str:
    contents = entry.get("content") or []
    longest = max((part.get("value", "") for part in contents), key=len, default="")
    return str(longest or entry.get("summary", ""))


def _joined(title: str, text: str) -> str:
    return text if not title or text.startswith(title) else f"{title}\n\n{text}".strip()


def _time(entry: Mapping[str, Any], name: str) -> datetime | None:
    parsed = entry[name] if name in entry.keys() else None  # noqa: SIM118 (`in entry` knows old names too)
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None


def _photos(entry: Mapping[str, Any]) -> tuple[Photo, ...]:
    enclosures = [(part.get("href"), part.get("type", "")) for part in entry.get("enclosures") or []]
    media = [
        (part.get("url"), part.get("type") or f"{part.get('medium', '')}/")
        for part in entry.get("media_content") or []
    ]
    found = [url for url, kind in (*enclosures, *media) if url and kind.startswith("image/")]
    return tuple(Photo(url=url) for url in dict.fromkeys(found))
