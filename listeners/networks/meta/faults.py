"""Which fault an answer of the Graph API means: limits arrive as 400 with a code, not as 429."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from listeners.exceptions import (
    AuthFault,
    Gone,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.networks.meta.usage import regained_at

TOKEN_DEAD = frozenset({102, 190})
LIMITS = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
_NOT_THERE = {(100, 33), (803, 0)}
_TOO_MUCH = "reduce the amount of data"
_DUPLICATE = 506
_NOT_READY = 24
"""What was made is not ready to be published: nothing was."""


class TooMuchAtOnce(Unavailable):
    """Raised when Meta can answer only if it is asked for less."""


@dataclass(frozen=True, slots=True)
class Error:
    """What an answer's `error` says."""

    status: int
    code: int = 0
    subcode: int = 0
    message: str = ""
    transient: bool = False

    @classmethod
    def read(cls, status: int, body: Any) -> Error:
        """Read it from an answer's body, whatever shape that has."""
        error = body.get("error") if isinstance(body, dict) else None
        if not isinstance(error, dict):
            return cls(status)
        code, subcode = error.get("code"), error.get("error_subcode")
        return cls(
            status,
            code if isinstance(code, int) else 0,
            subcode if isinstance(subcode, int) else 0,
            str(error.get("error_user_msg") or error.get("message") or "")[:300],
            error.get("is_transient") is True,
        )


def fault_of(error: Error, headers: httpx.Headers, *, label: str, writing: bool, now: datetime) -> Exception:
    """Return the fault; the message of a dead token is left out, since it may hold the token."""
    told = error.message or f"it answered {error.status}"
    if error.code in LIMITS or error.status == 429:
        return RateLimited(
            f"{label}: the calls are used up for now (code {error.code}).",
            retry_at=regained_at(headers, now=now),
        )
    if error.code in TOKEN_DEAD or error.status == 401:
        return AuthFault(
            f"{label} refuses the token (code {error.code}, {error.subcode}). Make a new one at "
            "developers.facebook.com and set it in the environment."
        )
    if (error.code, error.subcode) in _NOT_THERE or (error.code, 0) in _NOT_THERE:
        return Gone(f"{label} has nothing there, or hides it from this account.")
    if error.code == _NOT_READY:
        return Unavailable(f"{label}: {told}")
    if error.code == 1 and _TOO_MUCH in told.lower() and not writing:
        return TooMuchAtOnce(f"{label}: {told}")
    if error.transient or error.status >= 500 or error.code in (1, 2):
        return (
            OutcomeUnknown(f"{label}: {told}; it may stand there.")
            if writing
            else Unavailable(f"{label}: {told}")
        )
    return _final(error, told, label=label, writing=writing)


def _final(error: Error, told: str, *, label: str, writing: bool) -> Exception:
    if writing and error.code == _DUPLICATE:
        return OutcomeUnknown(f"{label} says that these words were posted before.")
    if writing and not 400 <= error.status < 500:
        return OutcomeUnknown(f"{label}: {told}; it may stand there.")
    if writing:
        return Refused(f"{label} will not post it: {told}")
    if error.code == 10 or 200 <= error.code < 300 or error.status == 403:
        return Refused(f"{label} does not allow this account to read: {told}")
    return Malformed(f"{label}: {told}")
