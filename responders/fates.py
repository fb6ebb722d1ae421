"""What becomes of a reply, judged by how a call to the network ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from listeners.backoff import LONGEST_ASKED_FOR, retry_time
from listeners.contract import Receipt
from listeners.exceptions import AuthFault, Gone, InputError, RateLimited, Refused, TransientFault
from listeners.guard import Forbidden
from responders.models import Reply

State = Reply.State
LEASE = timedelta(seconds=60)
"""How long a worker may take for one call; only after it is the absence of a reply a proof."""
MOST_ATTEMPTS = 10
LOOKS_FOR = timedelta(minutes=10)
"""How long to look for a reply on a network that cannot prove that it is absent."""
WAITS_FOR = timedelta(days=1)
"""How long to look for a reply on a network that does not answer."""
SURELY_NOT_SENT = (Refused, Gone, Forbidden, InputError, NotImplementedError)
"""Faults that say that nothing was posted and that trying again is no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """The state that a reply goes into, and when it is looked at again."""

    state: Reply.State
    next_attempt_at: datetime
    error: str = ""
    receipt: Receipt | None = None
    disables_source: bool = False
    is_limited: bool = False
    """Whether the network asked for a pause, for all replies that draw on the same allowance."""


def of_sending(outcome: Receipt | Exception, *, attempts: int, now: datetime) -> Fate:
    """Judge a call of `send`: only what surely was not posted may be tried again.

    A network's limit never makes a reply fail, however often it is met.
    """
    if isinstance(outcome, Receipt):
        return Fate(state=State.SENT, next_attempt_at=now, receipt=outcome)
    error = str(outcome)
    if isinstance(outcome, AuthFault):
        return Fate(state=State.QUEUED, next_attempt_at=now, error=error, disables_source=True)
    if isinstance(outcome, TransientFault):
        again = retry_time(attempts, now=now, asked_for=getattr(outcome, "retry_at", None))
        is_limited = isinstance(outcome, RateLimited)
        state = State.QUEUED if is_limited or attempts < MOST_ATTEMPTS else State.FAILED
        return Fate(state=state, next_attempt_at=again, error=error, is_limited=is_limited)
    if isinstance(outcome, SURELY_NOT_SENT):
        return Fate(state=State.FAILED, next_attempt_at=now, error=error)
    return Fate(state=State.UNKNOWN, next_attempt_at=retry_time(1, now=now), error=error or repr(outcome))


def of_looking(
    outcome: Receipt | Exception | None, *, attempts: int, tried_at: datetime, now: datetime
) -> Fate:
    """Judge a call of `find_sent`: None is a proof of absence once no call can be under way any more."""
    if isinstance(outcome, Receipt):
        return Fate(state=State.SENT, next_attempt_at=now, receipt=outcome)
    age = now - tried_at
    again = now + min(max(age / 2, timedelta(seconds=5)), timedelta(minutes=15))
    error = "" if outcome is None else str(outcome) or repr(outcome)
    if outcome is None and age >= LEASE:
        state = State.QUEUED if attempts < MOST_ATTEMPTS else State.FAILED
        return Fate(state=state, next_attempt_at=now)
    if isinstance(outcome, AuthFault):
        return Fate(state=State.UNKNOWN, next_attempt_at=now, error=error, disables_source=True)
    if _is_hopeless(outcome, age):
        return Fate(state=State.UNDECIDED, next_attempt_at=now, error=error)
    is_limited = isinstance(outcome, RateLimited)
    if isinstance(outcome, RateLimited) and outcome.retry_at:
        again = max(again, min(outcome.retry_at, now + LONGEST_ASKED_FOR))
    return Fate(state=State.UNKNOWN, next_attempt_at=again, error=error, is_limited=is_limited)


def of_finding_another(*, now: datetime) -> Fate:
    """Judge a reply whose place another one got meanwhile: it is looked for once more, without that one."""
    return Fate(state=State.UNKNOWN, next_attempt_at=now)


def _is_hopeless(outcome: Exception | None, age: timedelta) -> bool:
    if outcome is None:
        return False
    if isinstance(outcome, NotImplementedError):
        return True
    return age >= (WAITS_FOR if isinstance(outcome, TransientFault) else LOOKS_FOR)
