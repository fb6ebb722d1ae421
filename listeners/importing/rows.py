"""One row of a file, or one object of a delivery, as a post."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from listeners.cleaning import LONGEST_TEXT
from listeners.contract import Person, Photo, Post
from listeners.exceptions import InputError
from listeners.importing.columns import DOCUMENTED
from listeners.importing.times import read_time
from listeners.models import Mention

ANONYMOUS = "anonymous"
"""The handle of authors that a file does not name; each of its posts then has an author of its own."""
_SHORTEST_ID = 8
"""Shorter ids number the rows of one file only."""
_SPACES = re.compile(r"[\s|]+")
_TRUE = frozenset({"1", "true", "yes", "y", "ja", "j", "wahr", "x"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the rows of one file are read.

    `namespace` is put before all ids where the network is none of the world's; `unique_ids` says whether
    short ids can be trusted; times without a zone are in `zone`, posts without a time are from `now`.
    """

    now: datetime
    columns: Mapping[str, str] = field(default_factory=lambda: DOCUMENTED)
    zone: tzinfo = UTC
    day_first: bool = True
    namespace: str = ""
    unique_ids: bool = True
    cannot_reply_reason: str = ""


def read_post(cells: Mapping[str, Any], reading: Reading) -> Post:
    """Make a post of a row's cells; raises InputError saying which cell is wrong and why."""
    fields = {field: cells[column] for field, column in reading.columns.items() if column in cells}
    text = _full_text(fields)
    photos, rating = _photos(fields.get("photos")), _rating(fields.get("rating"))
    if not text and not photos and rating is None and not _flag(fields.get("deleted")):
        raise InputError("It has no text.")
    native_id = _native_id(fields, text, reading)
    return Post(
        native_id=native_id,
        author=_author(fields, native_id, reading),
        text=text,
        posted_at=_posted_at(fields, reading),
        edited_at=_time(fields, "edited_at", reading),
        kind=_kind(fields, rating),
        url=_text(fields, "url") or _address(_text(fields, "id")),
        language=_text(fields, "language"),
        parent_id=_linked(fields, "parent_id", reading),
        thread_id=_linked(fields, "thread_id", reading),
        reactions=_number(fields.get("reactions")) or 0,
        shares=_number(fields.get("shares")) or 0,
        rating=rating,
        photos=photos,
        can_reply=not reading.cannot_reply_reason,
        cannot_reply_reason=reading.cannot_reply_reason,
        deleted=_flag(fields.get("deleted")),
    )


def as_payload(cells: Any) -> str:
    """Return a row as JSON for a dead letter or a file of rejects."""
    return json.dumps(cells, ensure_ascii=False, default=str)


def _text(fields: Mapping[str, Any], field: str) -> str:
    value = fields.get(field)
    if value is None or isinstance(value, bool | list | dict):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)[: 2 * LONGEST_TEXT].strip()


def _full_text(fields: Mapping[str, Any]) -> str:
    title, text = _text(fields, "title"), _text(fields, "text")
    return text if not title or text.startswith(title) else f"{title}\n\n{text}".strip()


def _native_id(fields: Mapping[str, Any], text: str, reading: Reading) -> str:
    own = _text(fields, "id")
    if own and (reading.unique_ids or len(own) >= _SHORTEST_ID):
        return reading.namespace + own
    parts = (own, _text(fields, "author_id") or _text(fields, "author"), _text(fields, "posted_at"), text)
    digest = hashlib.sha256("\x1f".join(parts).encode(errors="replace")).hexdigest()[:32]
    return f"{reading.namespace}{own or 'row'}-{digest}"


def _author(fields: Mapping[str, Any], native_id: str, reading: Reading) -> Person:
    handle, name = _text(fields, "author").lstrip("@"), _text(fields, "author_name")
    account = _text(fields, "author_id") or handle.casefold() or name
    return Person(
        native_id=reading.namespace + account if account else f"author of {native_id}",
        handle=handle or name or ANONYMOUS,
        name=name,
        followers=_number(fields.get("followers")),
        profile_url=_text(fields, "author_url"),
    )


def _posted_at(fields: Mapping[str, Any], reading: Reading) -> datetime:
    if "posted_at" not in reading.columns:
        return reading.now
    posted_at = _time(fields, "posted_at", reading)
    if posted_at is None:
        raise InputError(f"{reading.columns['posted_at']}: it has no time.")
    return posted_at


def _time(fields: Mapping[str, Any], field: str, reading: Reading) -> datetime | None:
    value = fields.get(field)
    if value is None or value is False or str(value).strip() == "":
        return None
    try:
        return read_time(value, zone=reading.zone, day_first=reading.day_first)
    except InputError as fault:
        raise InputError(f"{reading.columns[field]}: {fault}") from None


def _kind(fields: Mapping[str, Any], rating: int | None) -> str:
    kind = _text(fields, "kind").lower()
    if kind in Mention.Kind.values:
        return kind
    return Mention.Kind.REVIEW if rating is not None else Mention.Kind.POST


def _linked(fields: Mapping[str, Any], field: str, reading: Reading) -> str:
    linked = _text(fields, field)
    return reading.namespace + linked if linked else ""


def _number(value: Any) -> int | None:
    """Read a count such as 1204, "1.204" or 12.0; what is no count is unknown."""
    if isinstance(value, int | float):
        return int(value) if abs(value) < 1e15 else None
    digits = re.sub(r"[.,'\s](?=\d{3}(\D|$))", "", str(value).strip()) if value is not None else ""
    return int(digits) if digits.isdecimal() and len(digits) < 16 else None


def _rating(value: Any) -> int | None:
    try:
        stars = round(float(str(value).strip().replace(",", ".")))
    except (ValueError, OverflowError):
        return None
    return stars if 1 <= stars <= 5 else None


def _flag(value: Any) -> bool:
    return value is True or str(value).strip().lower() in _TRUE


def _address(text: str) -> str:
    return text if text.startswith(("http://", "https://")) else ""


def _photos(value: Any) -> tuple[Photo, ...]:
    items = value if isinstance(value, list) else _SPACES.split(str(value)) if value else []
    photos = []
    for item in items:
        url = item.get("url") if isinstance(item, dict) else item
        if isinstance(url, str) and _address(url):
            alt = item.get("alt") if isinstance(item, dict) else ""
            photos.append(Photo(url=url, alt=alt if isinstance(alt, str) else ""))
    return tuple(photos)
