"""Makes posts safe to store: no characters a database refuses, nothing longer or larger than its column."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

from listeners.contract import Person, Photo, Post, Reject
from listeners.models import Author, Media, Mention

LONGEST_TEXT = 50_000
"""Characters of a post that are kept."""
MOST_PHOTOS = 20
FUTURE_SKEW = timedelta(minutes=5)
"""How far ahead of our clock a network's may be; later times become now."""
_LARGEST = 2**31 - 1
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_ADDRESS = re.compile(r"https?://[^\s\"<>\\^`{|}]+", re.IGNORECASE)
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


def clean_all(posts: Iterable[Post], *, now: datetime) -> tuple[list[Post], list[Reject]]:
    """Clean each post; those that cannot be stored come back as rejects."""
    good: list[Post] = []
    rejects: list[Reject] = []
    for post in posts:
        cleaned = clean(post, now=now)
        (good if isinstance(cleaned, Post) else rejects).append(cleaned)  # type: ignore[arg-type]
    return good, rejects


def clean(post: Post, *, now: datetime) -> Post | Reject:
    """Return the post as it can be stored; a Reject when it lacks an id, an author or a usable time."""
    native_id = key(post.native_id)
    author_id = key(post.author.native_id)
    if not native_id or not author_id:
        return _reject(post, "It has no id." if not native_id else "Its author has no id.")
    try:
        posted_at, edited_at = _utc(post.posted_at), post.edited_at and _utc(post.edited_at)
        joined_at = post.author.joined_at and _utc(post.author.joined_at)
        reply_until = post.reply_until and _utc(post.reply_until)
    except (ValueError, OverflowError) as fault:
        return _reject(post, f"Its time cannot be used: {fault}.")
    return replace(
        post,
        native_id=native_id,
        author=_clean_person(post.author, author_id, joined_at),
        text=clean_text(post.text),
        posted_at=posted_at if posted_at <= now + FUTURE_SKEW else now,
        kind=post.kind if post.kind in Mention.Kind.values else Mention.Kind.POST.value,
        url=address(post.url, limit=_width(Mention, "url")),
        language=post.language[: _width(Mention, "language")] if _TAG.fullmatch(post.language) else "",
        parent_id=key(post.parent_id),
        thread_id=key(post.thread_id),
        quoted_id=key(post.quoted_id),
        edited_at=edited_at,
        reactions=_count(post.reactions),
        shares=_count(post.shares),
        rating=post.rating if post.rating in (1, 2, 3, 4, 5) else None,
        photos=_clean_photos(post.photos),
        cannot_reply_reason=line(post.cannot_reply_reason, limit=_width(Mention, "cannot_reply_reason")),
        reply_until=reply_until,
    )


def clean_text(text: str) -> str:
    """Return the first 50,000 characters without NULs, lone surrogates and other control characters."""
    return _CONTROL.sub("", text[: LONGEST_TEXT * 2].replace("\r\n", "\n"))[:LONGEST_TEXT].strip()


def line(text: str, *, limit: int) -> str:
    """Return a name or the like on one line, without characters that nobody sees but that turn text round."""
    return text if text.isprintable() and len(text) <= limit else _UNSEEN.sub(" ", text).strip()[:limit]


def key(native_id: str) -> str:
    """Return a native id; one that is too long for its column becomes its hash, so that none collide."""
    cleaned = native_id if native_id.isprintable() else _UNSEEN.sub("", native_id)
    cleaned = cleaned.strip()
    if len(cleaned) <= _width(Mention, "native_id"):
        return cleaned
    return "sha256:" + hashlib.sha256(cleaned.encode()).hexdigest()


def address(url: str, *, limit: int) -> str:
    """Return a web address that may be shown as a link, "" for anything else."""
    url = url.strip()
    return url if len(url) <= limit and url.isprintable() and _ADDRESS.fullmatch(url) else ""


def _clean_person(person: Person, native_id: str, joined_at: datetime | None) -> Person:
    return replace(
        person,
        native_id=native_id,
        handle=line(person.handle, limit=_width(Author, "handle")).lstrip("@"),
        name=line(person.name, limit=_width(Author, "name")),
        followers=None if person.followers is None else _count(person.followers),
        profile_url=address(person.profile_url, limit=_width(Author, "profile_url")),
        joined_at=joined_at,
    )


def _clean_photos(photos: tuple[Photo, ...]) -> tuple[Photo, ...]:
    by_url = {
        url: Photo(url=url, alt=line(photo.alt, limit=_width(Media, "alt")))
        for photo in photos[:MOST_PHOTOS]
        if (url := address(photo.url, limit=_width(Media, "url")))
    }
    return tuple(by_url.values())


def _width(model: type[Author | Media | Mention], column: str) -> int:
    return int(getattr(model._meta.get_field(column), "max_length", None) or 0)


def _count(number: int) -> int:
    return max(0, min(number, _LARGEST))


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("it has no time zone")
    return at.astimezone(UTC)


def _reject(post: Post, reason: str) -> Reject:
    payload = json.dumps(asdict(post), default=str)
    return Reject(where=line(post.native_id, limit=200) or "post without id", reason=reason, payload=payload)
