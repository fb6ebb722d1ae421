"""How far Reddit has been read: it lists newest first, so a window is read page by page before it moves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

OVERLAP = timedelta(minutes=10)
"""How late a post may appear in a listing without being missed."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Posts since `since` are wanted (unix seconds); `newest` is the latest read, `after` goes on there."""

    since: float = 0.0
    newest: float = 0.0
    after: str = ""
    again: bool = False
    """Whether the window was begun anew because the post that `after` names had gone."""
    me: str = ""
    """The account's own name, so that it is asked for once."""

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Read a stored cursor; nonsense is the beginning."""
        try:
            known = json.loads(text or "{}")
            since, newest = float(known["since"]), float(known["newest"])
            return cls(since, newest, str(known["after"]), bool(known["again"]), str(known["me"]))
        except (ValueError, KeyError, TypeError):
            return cls()

    def write(self) -> str:
        """Write it down."""
        return json.dumps(asdict(self))

    def following(self, times: Sequence[datetime], after: str, *, now: datetime) -> Cursor:
        """Return the cursor after a page; it only moves forward when the page was the window's last.

        An empty page behind `after` may mean that its post was deleted: the window then begins anew, once.
        """
        if self.after and not times and not after and not self.again:
            return replace(self, after="", again=True)
        seconds = [at.timestamp() for at in times]
        newest = min(max([self.newest, *seconds]), now.timestamp())
        if after and (not seconds or min(seconds) > self.since):
            # A page on which nothing could be read tells no time: the window goes on behind it.
            return replace(self, newest=newest, after=after)
        return Cursor(since=max(self.since, newest - OVERLAP.total_seconds()), me=self.me)

    def missed_before(self, times: Sequence[datetime]) -> datetime | None:
        """Say up to when posts were missed if a listing ends with these: Reddit's have some 1,000 at most."""
        oldest = min(times, default=None)
        return oldest if oldest and self.since and oldest.timestamp() > self.since else None

    @property
    def is_within(self) -> bool:
        """Say whether the window goes on."""
        return bool(self.after) or self.again
