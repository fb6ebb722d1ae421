"""Google's words for what went wrong, in our faults."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from listeners.contract import Clock
from listeners.exceptions import RateLimited
from listeners.networks.answers import retry_after

_PACIFIC = ZoneInfo("America/Los_Angeles")
_USED_UP = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})


def words(body: Any) -> object:
    """Find the reason in an error of an API, or of the log-in."""
    error = body["error"]
    return error["message"] if isinstance(error, dict) else body.get("error_description") or error


def limit_of(response: httpx.Response, *, label: str, clock: Clock) -> Exception | None:
    """Read what Google says with 403 of limits: the day's quota, or calls that follow too fast."""
    if response.status_code not in (403, 429):
        return None
    reasons = _reasons(response)
    if reasons & _USED_UP:
        until = next_day(clock())
        return RateLimited(f"{label}: the day's quota is used up.", retry_at=until)
    if reasons & _TOO_FAST:
        pause = retry_after(response.headers.get("Retry-After", ""), now=clock())
        return RateLimited(f"{label} asks for a pause.", retry_at=pause)
    return None


def next_day(now: datetime) -> datetime:
    """Return when Google's day of quotas ends: at midnight in California."""
    tomorrow = now.astimezone(_PACIFIC).date() + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=_PACIFIC)
    return midnight.astimezone(now.tzinfo)


def _reasons(response: httpx.Response) -> set[str]:
    try:
        return {str(error["reason"]) for error in response.json()["error"]["errors"]}
    except (ValueError, KeyError, TypeError):
        return set()
