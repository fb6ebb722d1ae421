"""How far X has been read: X lists newest first, so a window is read page by page before it moves."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

OVERLAP = timedelta(minutes=2)
"""How late a post may appear in X's search without being missed."""
_EPOCH_MS = 1_288_834_974_657


@dataclass(frozen=True, slots=True)
class Cursor:
    """Posts above `since` are wanted; `newest` to `oldest` of them have been read, `token` goes on there."""

    since: int = 0
    newest: int = 0
    oldest: int = 0
    token: str = ""
    me: str = ""
    """The account's own id, so that it is asked for once."""

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Read a stored cursor; nonsense is the beginning."""
        try:
            known = json.loads(text or "{}")
            since, newest, oldest = (int(known[name]) for name in ("since", "newest", "oldest"))
            return cls(since, newest, oldest, str(known["token"]), str(known["me"]))
        except (ValueError, KeyError, TypeError):
            return cls()

    def write(self) -> str:
        """Write it down."""
        return json.dumps(asdict(self))

    def bounds(self) -> dict[str, Any]:
        """Return X's parameters for what is wanted next, without the token."""
        since = {"since_id": self.since} if self.since else {}
        return since | ({"until_id": self.oldest} if self.oldest and not self.token else {})

    def after(self, ids: Sequence[int], token: str, me: str) -> Cursor:
        """Return the cursor after a page; it only moves forward when the page was the window's last."""
        newest = max([self.newest, *ids])
        if token:
            oldest = min([*ids, *([self.oldest] if self.oldest else [])], default=0)
            return Cursor(self.since, newest, oldest, token, me)
        return Cursor(since=max(self.since, newest - (int(OVERLAP.total_seconds() * 1000) << 22), 0), me=me)

    def without(self, parameters: Collection[str]) -> Cursor:
        """Return how to go on when X refuses parameters: a token by the oldest id, an old id by none."""
        cursor = self
        if {"next_token", "pagination_token"}.intersection(parameters):
            cursor = replace(cursor, token="")
        if "since_id" in parameters:
            cursor = replace(cursor, since=0)
        return cursor


def time_of(post_id: int) -> datetime:
    """Read the time out of one of X's ids."""
    return datetime.fromtimestamp(((post_id >> 22) + _EPOCH_MS) / 1000, UTC)
