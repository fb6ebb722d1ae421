"""When log-ins end, and whether it is time to tell somebody."""

from __future__ import annotations

from datetime import datetime, timedelta

from listeners.exceptions import ListenerError
from listeners.login.accounts import flow_of, given
from listeners.login.store import Login, read
from listeners.models import Source

WARNED_AHEAD = timedelta(days=7)


def known_login(source: Source, *, now: datetime) -> Login:
    """Return what is known of the log-in in force: nothing of one that the environment gives."""
    try:
        login, flow = read(source.slug), flow_of(source, clock=lambda: now)
    except ListenerError:
        return Login()
    return Login() if flow is None or flow.is_ruled_out(given(source.slug)) else login


def is_soon(ends_at: datetime | None, *, now: datetime) -> bool:
    """Say whether a person has to be told that a log-in ends, or has ended."""
    return ends_at is not None and ends_at - now <= WARNED_AHEAD
