"""How far a list was read that comes newest first: page by page, then the next time from the top."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from listeners.exceptions import Unavailable

RESTARTS_EVERY = timedelta(hours=1)
"""How often a list is read from the top again whose next page is refused."""


@dataclass(frozen=True, slots=True)
class Window:
    """What changed after `since` is wanted; `newest` has been read of it, `token` is its next page."""

    since: datetime
    newest: datetime
    token: str = ""
    restarted_at: datetime | None = None
    """When it was read from the top again, because its next page was refused."""

    @classmethod
    def read(cls, text: str, *, beginning: datetime) -> Window:
        """Read a stored cursor; nonsense is the beginning."""
        try:
            known = json.loads(text)
            since, newest = (datetime.fromisoformat(known[name]) for name in ("since", "newest"))
            if since.tzinfo is None or newest.tzinfo is None:
                raise ValueError("times without a zone")
            told = known.get("restarted_at")
            return cls(since, newest, str(known["token"]), datetime.fromisoformat(told) if told else None)
        except (ValueError, KeyError, TypeError):
            return cls(beginning, beginning)

    def write(self) -> str:
        """Write it down."""
        restarted_at = {"restarted_at": self.restarted_at.isoformat()} if self.restarted_at else {}
        times = {"since": self.since.isoformat(), "newest": self.newest.isoformat()}
        return json.dumps({**times, "token": self.token, **restarted_at})

    def restarted(self, refusal: Exception, *, now: datetime) -> Window:
        """Return the window from the top again, after a refusal of its next page, which may be too old.

        Nothing is missed, since it still wants the same. Raises the refusal when that was the first page,
        and Unavailable when it was restarted lately, so that a list that never goes on is asked with pauses.
        """
        if not self.token:
            raise refusal
        if self.restarted_at is not None and now < self.restarted_at + RESTARTS_EVERY:
            raise Unavailable(f"The list does not go on, from its top neither: {refusal}") from refusal
        return replace(self, token="", restarted_at=now)

    def after(self, times: Sequence[datetime], token: str, *, overlap: timedelta, now: datetime) -> Window:
        """Return the window after a page; it closes with its last page or the first that is all older.

        What appears late, by no more than `overlap`, is found by the next window. Times that lie ahead
        count as now.
        """
        newest = min(max([self.newest, *times]), now)
        is_older = bool(times) and max(times) < self.since
        if token and not is_older:
            return replace(self, newest=newest, token=token)
        since = max(self.since, newest - overlap)
        return Window(since, since)
