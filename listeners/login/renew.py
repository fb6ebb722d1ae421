"""Renewing a log-in before it is used: one process at a time, and on disk before anybody uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import structlog

from listeners.contract import Clock
from listeners.exceptions import AuthFault, ListenerError, Unavailable
from listeners.login.accounts import flow_of, given, secrets_of
from listeners.login.store import Kept, Login, locked, read
from listeners.models import Source

logger = structlog.get_logger(__name__)
TRUSTED = timedelta(minutes=10)
"""A token that is refused so soon after its renewal is not renewed again: the account itself is refused."""


class RenewalRefused(AuthFault):
    """Raised when a vendor will not renew a log-in: only a person can get another one."""


def fresh_secrets(source: Source, *, clock: Clock) -> Mapping[str, str]:
    """Return the secrets in force, after a renewal where one is due.

    Raises RenewalRefused when the vendor refuses to renew, Unavailable when it does not answer or another
    process is at it.
    """
    if _is_due(source, read(source.slug), clock):
        with locked(source.slug) as kept:
            # Another process may have renewed it while this one waited.
            if _is_due(source, kept.read(), clock):
                _renew(source, kept, clock)
    return secrets_of(source.slug)


def weighed(source: Source, fault: AuthFault, *, clock: Clock) -> ListenerError:
    """Return a refusal as it stands, or as Unavailable where the token is renewed before the next use."""
    try:
        has_lapsed = not isinstance(fault, RenewalRefused) and _lapse(source, clock)
    except ListenerError as other:
        return other
    return Unavailable(f"{fault} The log-in is renewed first.") if has_lapsed else fault


def _lapse(source: Source, clock: Clock) -> bool:
    """Take a refused token for one that has ended; False where a renewal would not help."""
    login, now = read(source.slug), clock()
    if not _can_renew(source, login, clock):
        return False
    if login.renewed_at is not None and now - login.renewed_at < TRUSTED:
        return False
    with locked(source.slug) as kept:
        kept.write(replace(kept.read(), expires_at=now))
    return True


def _can_renew(source: Source, login: Login, clock: Clock) -> bool:
    flow = flow_of(source, clock=clock)
    if flow is None or flow.renew_ahead is None:
        return False
    return not flow.is_ruled_out(given(source.slug)) and all(login.secrets.get(name) for name in flow.gives)


def _is_due(source: Source, login: Login, clock: Clock) -> bool:
    if login.expires_at is None or not _can_renew(source, login, clock):
        return False
    flow = flow_of(source, clock=clock)
    return (
        flow is not None and flow.renew_ahead is not None and (clock() >= login.expires_at - flow.renew_ahead)
    )


def _renew(source: Source, kept: Kept, clock: Clock) -> None:
    """Say on disk that a renewal begins, ask for it, and put its answer on disk."""
    flow, login, now = flow_of(source, clock=clock), kept.read(), clock()
    if flow is None:
        return
    began_before = login.renewing_since
    kept.write(replace(login, renewing_since=began_before or now))
    try:
        grant = flow.renew()
    except AuthFault as fault:
        kept.write(replace(login, renewing_since=None))
        raise RenewalRefused(_interrupted(str(fault), began_before)) from None
    kept.write(
        Login(
            secrets={**login.secrets, **grant.secrets},
            expires_at=grant.expires_at,
            ends_at=grant.ends_at,
            renewed_at=now,
        )
    )
    logger.info("login_renewed", source=source.slug)


def _interrupted(said: str, began_before: object) -> str:
    """Say honestly where a renewal was lost between the vendor and our disk."""
    if began_before is None:
        return said
    return f"{said} The renewal of {began_before:%F %H:%M} UTC was cut off before its answer was kept."
