"""Access tokens of Reddit, kept in this process until they end: a log-in counts as a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

_MARGIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Token:
    """One access token; its text stays out of its `repr`."""

    text: str = field(repr=False)
    until: datetime


_KNOWN: dict[str, Token] = {}


def known(account: str, *, now: datetime) -> Token | None:
    """Return the token of an account, None where there is none that still holds for a minute."""
    token = _KNOWN.get(account)
    return token if token and now < token.until - _MARGIN else None


def keep(account: str, token: Token) -> None:
    """Keep a new token."""
    _KNOWN[account] = token


def forget(account: str) -> None:
    """Drop a token that Reddit refuses."""
    _KNOWN.pop(account, None)
