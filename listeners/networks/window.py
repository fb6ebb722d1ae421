"""How far a list was read that comes newest first: page by page, then the next time from the top."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """What changed after `since` is wanted; `newest` has been read of it, `token` is its next page."""

    since: datetime
    newest: datetime
    token: str = ""

    @classmethod
    def read(cls, text: str, *, beginning: datetime) -> Window:
        """Read a stored cursor; nonsense is the beginning."""
        try:
            known = json.loads(text)
            since, newest = (datetime.fromisoformat(known[name]) for name in ("since", "newest"))
            if since.tzinfo is None or newest.tzinfo is None:
                raise ValueError("times without a zone")
            return cls(since, newest, str(known["token"]))
        except (ValueError, KeyError, TypeError):
            return cls(beginning, beginning)

    def write(self) -> str:
        """Write it down."""
        return json.dumps(
            {"since": self.since.isoformat(), "newest": self.newest.isoformat(), "token": self.token}
        )

    def after(self, times: Sequence[datetime], token: str, *, overlap: timedelta, now: datetime) -> Window:
        """Return the window after a page; it closes with its last page or the first that is all older.

        What appears late, by no more than `overlap`, is found by the next window. Times that lie ahead
        count as now.
        """
        newest = min(max([self.newest, *times]), now)
        is_older = bool(times) and max(times) < self.since
        if token and not is_older:
            return Window(self.since, newest, token)
        since = max(self.since, newest - overlap)
        return Window(since, since)
