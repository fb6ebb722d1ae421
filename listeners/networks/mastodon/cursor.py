"""How far a list of Mastodon has been read: newest first, so a window is read whole before it moves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

OVERLAP = timedelta(minutes=15)
"""How late a post of another server may arrive without being missed: its id says when it was written."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where one entry of a list stands; ids are compared as Mastodon documents it, by length first."""

    id: str
    at: datetime

    @property
    def place(self) -> tuple[int, str]:
        """What entries are ordered by."""
        return place(self.id)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Entries above `since` are wanted and were read down to `oldest`; `following` is the next `since`."""

    since: str = ""
    oldest: str = ""
    following: str = ""
    newest_at: str = ""
    me: str = ""
    """The account's own id, so that it is asked for once."""

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Read a stored cursor; nonsense is the beginning."""
        try:
            known = json.loads(text or "{}")
            cursor = cls(**{name: str(value) for name, value in known.items()})
            datetime.fromisoformat(cursor.newest_at or "2000-01-01")
        except (ValueError, TypeError, AttributeError):
            return cls()
        return cursor

    def write(self) -> str:
        """Write it down."""
        return json.dumps(asdict(self))

    def after(self, marks: Sequence[Mark], *, earliest: datetime, me: str) -> tuple[Cursor, bool]:
        """Return the cursor after a page and whether more waits; nothing before `earliest` does."""
        if not marks:
            return Cursor(since=self.following or self.since, me=me), False
        newest_at = self.newest_at or max(mark.at for mark in marks).isoformat()
        settled = datetime.fromisoformat(newest_at) - OVERLAP
        following = self.following or _highest(mark.id for mark in marks if mark.at <= settled)
        lowest = min(marks, key=lambda mark: mark.place)
        reached = lowest.place <= place(self.since) if self.since else lowest.at < earliest
        if reached:
            return Cursor(since=following or self.since, me=me), False
        return replace(self, oldest=lowest.id, following=following, newest_at=newest_at, me=me), True


def marks_of(items: Iterable[Any]) -> list[Mark]:
    """Return where the entries of a page stand, as far as they say it."""
    return [
        Mark(item["id"], at)
        for item in items
        if isinstance(item, dict)
        and isinstance(item.get("id"), str)
        and (at := _time(item.get("created_at")))
    ]


def place(native_id: str) -> tuple[int, str]:
    """Return what ids are ordered by."""
    return len(native_id), native_id


def _highest(ids: Iterable[str]) -> str:
    return max(ids, key=place, default="")


def _time(told: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(told) if isinstance(told, str) else None
        return at.astimezone(UTC) if at and at.tzinfo else None
    except (ValueError, OverflowError):
        return None
