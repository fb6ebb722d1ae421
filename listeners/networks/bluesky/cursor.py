"""How far Bluesky was read: a search's cursors need not lead to its end, so that it goes on by time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from listeners.networks.window import Window


@dataclass(frozen=True, slots=True)
class Reach:
    """What is not earlier than `until` was read, and of the rest of `window` what is not before `oldest`."""

    window: Window
    until: datetime | None = None
    oldest: datetime | None = None

    @classmethod
    def read(cls, text: str, *, beginning: datetime) -> Reach:
        """Read a stored cursor; nonsense is the beginning."""
        window = Window.read(text, beginning=beginning)
        try:
            known = json.loads(text)
            until, oldest = (_time(known.get(name)) for name in ("until", "oldest"))
        except (ValueError, TypeError, AttributeError):
            return cls(window)
        return cls(window, until, oldest)

    def write(self) -> str:
        """Write it down."""
        bounds = {"until": self.until, "oldest": self.oldest}
        told = {name: at.isoformat() for name, at in bounds.items() if at}
        return json.dumps(json.loads(self.window.write()) | told)

    @property
    def is_between(self) -> bool:
        """Whether nothing is half read: the next page is the first of a new window."""
        return not (self.window.token or self.until)

    def deeper(self) -> Reach | None:
        """Return how to go on by time below what was read; None where that leads no further."""
        if self.oldest is None or (self.until and self.oldest >= self.until):
            return None
        return replace(self, window=replace(self.window, token=""), until=self.oldest)

    def after(self, times: Sequence[datetime], token: str, *, overlap: timedelta, now: datetime) -> Reach:
        """Return the reach after a page.

        Where cursors end that began, nobody knows whether that is the end; a search for what is older tells.
        """
        oldest = min([*times, *([self.oldest] if self.oldest else [])], default=None)
        moved = self.window.after(times, token, overlap=overlap, now=now)
        if moved.token:
            return Reach(moved, self.until, oldest)
        has_more_pages = bool(self.window.token or (self.until and times))
        newest = min(max([self.window.newest, *times]), now)
        going = Reach(replace(self.window, newest=newest), self.until, oldest)
        return (going.deeper() if has_more_pages and not token else None) or Reach(moved)


def _time(told: str | None) -> datetime | None:
    at = datetime.fromisoformat(told) if told else None
    return at if at and at.tzinfo else None
