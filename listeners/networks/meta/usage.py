"""What Meta's usage headers say: how much of the calls is used, and when calls are taken again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from listeners.contract import Allowance

SLOW_FROM = 80
"""Percent of the allowance from which on we pause by ourselves."""
PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(days=1)
_PERCENT = ("call_count", "total_cputime", "total_time")


def allowance(key: str, headers: Mapping[str, str], *, now: datetime) -> Allowance | None:
    """Return an allowance that is used up when Meta counts 80 percent or more, else None."""
    used = max((_number(entry.get(name)) for entry in _entries(headers) for name in _PERCENT), default=0)
    if used < SLOW_FROM:
        return None
    return Allowance(key=key, limit=100, left=0, resets_at=regained_at(headers, now=now) or now + PAUSE)


def regained_at(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """Return when calls are taken again; None for nonsense, the past, or more than a day ahead."""
    minutes = max(
        (_number(entry.get("estimated_time_to_regain_access")) for entry in _entries(headers)), default=0
    )
    pause = timedelta(minutes=min(minutes, 10_000))
    return now + pause if timedelta() < pause <= LONGEST_PAUSE else None


def _entries(headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the counts of the app, and of each business under its id."""
    for name in ("x-app-usage", "x-page-usage", "x-business-use-case-usage"):
        try:
            told = json.loads(headers.get(name) or "{}")
        except ValueError:
            continue
        values = [told, *told.values()] if isinstance(told, dict) else []
        for value in values:
            yield from (
                one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)
            )


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) and 0 <= value < 10**6 else 0
