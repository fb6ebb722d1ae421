"""The secrets in force for a source, and the flow by which it gets new ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType

from listeners.contract import Account, Clock
from listeners.guard import guarded_session
from listeners.login.flow import Flow
from listeners.login.store import read
from listeners.models import Source
from listeners.networks.addresses import is_loopback
from listeners.networks.google.connect import BusinessFlow, PlayFlow, YouTubeFlow
from listeners.networks.meta.login import FacebookFlow, InstagramFlow
from listeners.networks.threads.login import ThreadsFlow
from listeners.networks.x.login import XFlow

FLOWS: Mapping[str, type[Flow]] = MappingProxyType(
    {
        "business": BusinessFlow,
        "facebook": FacebookFlow,
        "instagram": InstagramFlow,
        "play": PlayFlow,
        "threads": ThreadsFlow,
        "x": XFlow,
        "youtube": YouTubeFlow,
    }
)
"""By the network's name: where a person can agree, so that Kulanz gets the tokens itself."""


def secrets_of(slug: str) -> dict[str, str]:
    """Return `{"token": …}`: what is kept for a source, and over it what the environment gives."""
    return {**read(slug).secrets, **given(slug)}


def given(slug: str) -> dict[str, str]:
    """Return what those give who run Kulanz, which is never renewed: another store, and over it variables."""
    return {**_elsewhere(slug), **in_environment(slug)}


def in_environment(slug: str) -> dict[str, str]:
    """Return what variables named `KULANZ_SECRET_<SLUG>__TOKEN` give."""
    prefix = f"KULANZ_SECRET_{variable(slug)}__"
    return {
        name.removeprefix(prefix).lower(): value
        for name, value in os.environ.items()
        if name.startswith(prefix)
    }


def ask_too(store: Callable[[str], Mapping[str, str]]) -> None:
    """Ask another store for secrets, by a source's slug, in this process from now on."""
    global _elsewhere
    _elsewhere = store


def _nowhere(slug: str) -> Mapping[str, str]:
    return {}


_elsewhere: Callable[[str], Mapping[str, str]] = _nowhere


def variable(slug: str) -> str:
    """Return a source's slug as it stands in names of environment variables."""
    return slug.upper().replace("-", "_")


def flow_of(source: Source, *, clock: Clock) -> Flow | None:
    """Return the flow by which a source is connected; None where its network has none."""
    flow = FLOWS.get(source.network)
    if flow is None:
        return None
    account = Account(
        source=source.slug, query=source.query, settings=source.settings, secrets=secrets_of(source.slug)
    )
    is_here = is_loopback(str(source.settings.get("base_url", "")))
    return flow(account, session=guarded_session(loopback=is_here), clock=clock)
