"""Which fault an HTTP answer means, for networks whose client is httpx itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from listeners.exceptions import AuthFault, Gone, Malformed, RateLimited, Unavailable

LONGEST_PAUSE = timedelta(days=1)


def raise_for_status(response: httpx.Response, *, now: datetime) -> None:
    """Raise AuthFault, Gone, RateLimited, Unavailable or Malformed unless the answer is a success."""
    status, host = response.status_code, response.url.host
    match status:
        case _ if response.is_success:
            return
        case 401 | 403:
            raise AuthFault(f"{host} refuses access ({status}); check the address or renew the log-in.")
        case 404 | 410:
            raise Gone(f"{host} has nothing at this address any more ({status}).")
        case 429:
            retry_at = retry_after(response.headers.get("retry-after", ""), now=now)
            raise RateLimited(f"{host} asks for a pause.", retry_at=retry_at)
        case _ if status >= 500:
            raise Unavailable(f"{host} answered {status}.")
    raise Malformed(f"{host} answered {status}, which makes no sense here.")


def retry_after(header: str, *, now: datetime) -> datetime | None:
    """Read a Retry-After header, seconds or a date; None for nonsense, the past, or more than a day."""
    is_count = header.isascii() and header.isdecimal()
    try:
        until = now + timedelta(seconds=int(header)) if is_count else _date(header)
    except (ValueError, OverflowError):
        return None
    return until if now < until <= now + LONGEST_PAUSE else None


def _date(header: str) -> datetime:
    date = parsedate_to_datetime(header)
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
