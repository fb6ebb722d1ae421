"""Connecting a source's account: a person agrees at the network, and Kulanz keeps what that is worth."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from django.core import signing
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from listeners.contract import Clock, Health
from listeners.exceptions import InputError, ListenerError
from listeners.login.accounts import flow_of, given
from listeners.login.flow import Flow
from listeners.login.store import locked
from listeners.models import Source
from listeners.sources import resume_if_well

GOOD_FOR = timedelta(minutes=15)
"""How long a person may take at the network."""


def connects(source: Source, *, clock: Clock) -> Flow | None:
    """Return the flow of a source whose log-in Kulanz may get; None where the environment gives it."""
    flow = flow_of(source, clock=clock)
    return None if flow is None or flow.is_ruled_out(given(source.slug)) else flow


def begin(source: Source, *, bearer: str, redirect_uri: str, clock: Clock) -> str:
    """Return the network's page on which a person agrees.

    `bearer` names who is sent there, by agent and session: nobody else can finish it. Raises InputError
    while the app's own keys are missing.
    """
    flow = _flow(source, clock)
    state = signing.dumps([source.pk, secrets.token_urlsafe(8)], salt=_salt(bearer))
    return flow.address(redirect_uri=redirect_uri, state=state, verifier=_verifier(state))


def source_of(state: str, *, bearer: str) -> int:
    """Return which source a person who comes back was sent for; raises InputError for a foreign state."""
    try:
        source_id = signing.loads(state, salt=_salt(bearer), max_age=GOOD_FOR)[0]
    except (signing.BadSignature, TypeError, IndexError):
        raise InputError(
            _("This consent was not begun here, or too long ago. Choose Connect again.")
        ) from None
    return int(source_id)


def finish(source: Source, query: Mapping[str, str], *, redirect_uri: str, clock: Clock) -> Health:
    """Exchange the code that came back, keep what it is worth, and listen again where it works."""
    code, state = query.get("code", ""), query.get("state", "")
    if not code:
        return Health(ok=False, message=_("The network says that nobody agreed."))
    try:
        flow = _flow(source, clock)
        with locked(source.slug) as kept:
            grant = flow.finish(code, redirect_uri=redirect_uri, verifier=_verifier(state))
            login = kept.read()
            gone = {*flow.gives, *flow.replaces}
            others = {name: value for name, value in login.secrets.items() if name not in gone}
            kept.write(
                replace(
                    login,
                    secrets={**others, **grant.secrets},
                    expires_at=grant.expires_at,
                    ends_at=grant.ends_at,
                    renewed_at=clock(),
                    renewing_since=None,
                )
            )
    except ListenerError as fault:
        return Health(ok=False, message=str(fault))
    return resume_if_well(source, clock=clock)


def _flow(source: Source, clock: Clock) -> Flow:
    flow = connects(source, clock=clock)
    if flow is None:
        raise InputError(_("This source takes its log-in from the environment."))
    return flow


def _salt(bearer: str) -> str:
    return f"kulanz.connect:{bearer}"


def _verifier(state: str) -> str:
    """Make what PKCE proves: only who can sign can make it, so that it need not be kept anywhere."""
    return salted_hmac("kulanz.pkce", state, algorithm="sha256").hexdigest()
