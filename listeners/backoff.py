"""How long to wait after faults."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST = timedelta(seconds=5)
LONGEST = timedelta(minutes=15)
LONGEST_ASKED_FOR = timedelta(days=1)


def retry_time(failures: int, *, now: datetime, asked_for: datetime | None = None) -> datetime:
    """Return when to try again after so many faults in a row: 5 s, doubled each time, 15 min at most.

    What the network asked for counts if it is later, up to a day.
    """
    doublings = min(max(failures, 1) - 1, 20)
    own = now + min(FIRST * (1 << doublings), LONGEST)
    return max(own, min(asked_for, now + LONGEST_ASKED_FOR)) if asked_for else own
