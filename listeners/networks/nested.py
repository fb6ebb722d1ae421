"""How far lists were read whose items hold lists: both go back from the newest, page by page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

OVERLAP = timedelta(minutes=10)
"""How late something may appear without being missed."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """What is newer than `since` is wanted; `after` goes on in the list, `deep` in what its items hold.

    `newest` is what the first page showed, so that what comes while pages are read is not passed over.
    Times are whole seconds since 1970.
    """

    since: int = 0
    newest: int = 0
    after: str = ""
    deep: tuple[tuple[str, str], ...] = ()
    """Items of which more is to be read, each with the cursor of its next page, "" for the first."""
    me: str = ""
    """The account's own id, so that it is asked for once."""
    before: int = 0
    """The `since` of the time before: who writes on while pages are read moves to the top, unread."""

    @classmethod
    def read(cls, text: str) -> Window:
        """Read a stored cursor; nonsense is the beginning."""
        try:
            known = json.loads(text or "{}")
            deep = tuple((str(post_id), str(after)) for post_id, after in known["deep"])
            since, newest, before = (int(known.get(name, 0)) for name in ("since", "newest", "before"))
            return cls(since, newest, str(known["after"]), deep, str(known["me"]), before)
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def write(self) -> str:
        """Write it down."""
        return json.dumps(asdict(self))

    @property
    def is_between(self) -> bool:
        """Whether no list is half read: the next page is the first of one."""
        return not (self.after or self.deep)

    @property
    def wanted(self) -> datetime:
        """From when on things are wanted, the overlap included."""
        return _with_overlap(self.since)

    @property
    def wanted_of_talks(self) -> datetime:
        """From when on messages are wanted of a conversation that holds something new."""
        return _with_overlap(self.before)

    def wants(self, *times: datetime | None) -> bool:
        """Say whether something is wanted that was written, or last changed, at these times."""
        return any(time is not None and time >= self.wanted for time in times)

    def knows(self, time: datetime) -> bool:
        """Say whether what was written at a time has been seen before, unless it came late."""
        return bool(self.since) and time.timestamp() <= self.since

    def seeing(self, times: Iterable[datetime]) -> Window:
        """Note what the first page of a list shows."""
        if not self.is_between:
            return self
        return replace(self, newest=max([self.since, *(int(time.timestamp()) for time in times)]))

    def moved(self) -> Window:
        """Return the window after a page; it only moves forward when everything was read."""
        if not self.is_between:
            return self
        return Window(since=max(self.since, self.newest), me=self.me, before=self.since)


def _with_overlap(seconds: int) -> datetime:
    return max(at(seconds) - OVERLAP, _BEGINNING) if seconds else _BEGINNING


def at(seconds: int) -> datetime:
    """Return the time of a second since 1970."""
    return datetime.fromtimestamp(seconds, UTC)
