"""Making a source, tested on the network before it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.utils.text import slugify

from config.brand_files import brand as read_brand
from listeners import gaps
from listeners.contract import Health
from listeners.exceptions import InputError, ListenerError
from listeners.login.accounts import FLOWS
from listeners.login.store import Login, locked
from listeners.models import Gap, Source
from listeners.networks.registry import NETWORKS, open_network, polled
from listeners.networks.streaming import Streaming

SLUG_LENGTH = 50


def add_source(
    *,
    brand: str,
    network: str,
    query: str,
    slug: str = "",
    settings: Mapping[str, Any] = MappingProxyType({}),
    secrets: Mapping[str, str] = MappingProxyType({}),
    clock: Callable[[], datetime],
) -> tuple[Source, Health]:
    """Keep a source that is asked from now on; returns it with what its network said when it was tried.

    `secrets` go where secrets are kept, never into the database. A source whose network says no is kept
    paused. Raises InputError for a network that does not exist or a
    source that exists, UnknownBrand for a brand without file.
    """
    read_brand(brand)
    if network not in NETWORKS:
        raise InputError(f"There is no network {network!r}; there are: {', '.join(sorted(NETWORKS))}.")
    if settings.get("stream") and not issubclass(NETWORKS[network], Streaming):
        raise InputError(f"{NETWORKS[network].label} has no streams; leave the setting stream out.")
    if Source.objects.filter(brand=brand, network=network, query=query).exists():
        raise InputError(f"{brand} listens to that already: {query or network}.")
    slug = name_for(brand=brand, network=network, query=query, slug=slug)
    if Source.objects.filter(slug=slug).exists():
        raise InputError(f"The name {slug} is taken; give another with --slug.")
    now = clock()
    source = Source(slug=slug, brand=brand, network=network, query=query, settings=dict(settings))
    source.created_at = source.next_fetch_at = now
    with locked(slug) as kept:
        # Whatever an earlier source of this name left is not this one's.
        kept.write(Login(secrets=secrets)) if secrets else kept.forget()
    health = try_login(source, clock=clock)
    if not health.ok:
        source.state = Source.State.PAUSED
        source.last_error = health.message
    source.save()
    return source, health


def name_for(*, brand: str, network: str, query: str, slug: str = "") -> str:
    """Return the name of a source: the one that was given, else one that is made from the rest."""
    return slug or slugify(f"{brand}-{network}-{query.split('//')[-1]}")[:SLUG_LENGTH].strip("-")


def known_source(slug: str) -> Source:
    """Return a source by its name; raises InputError for an unknown one."""
    source = Source.objects.filter(slug=slug).first()
    if source is None:
        known = ", ".join(Source.objects.values_list("slug", flat=True))
        raise InputError(f"There is no source {slug}; there are: {known or 'none'}.")
    return source


def try_login(source: Source, *, clock: Callable[[], datetime]) -> Health:
    """Ask a source's network whether its account works."""
    try:
        return open_network(source, clock=clock).check()
    except ListenerError as fault:
        return Health(ok=False, message=str(fault), what_to_do="Give its secrets, or connect it.")


def change_secrets(source: Source, secrets: Mapping[str, str], *, clock: Callable[[], datetime]) -> Health:
    """Keep other secrets for a source, try them, and listen again where they work."""
    flow = FLOWS.get(source.network)
    gives = (*flow.gives, *flow.replaces) if flow is not None else ()
    with locked(source.slug) as kept:
        login = kept.read()
        if any(name in secrets for name in gives):
            # A token that was made by hand has no end that we know, nor a renewal.
            login = Login(secrets={name: value for name, value in login.secrets.items() if name not in gives})
        kept.write(replace(login, secrets={**login.secrets, **secrets}))
    return resume_if_well(source, clock=clock)


def resume_if_well(source: Source, *, clock: Callable[[], datetime]) -> Health:
    """Try a source's account; listen again where it works, else say why not."""
    health = try_login(source, clock=clock)
    if health.ok:
        set_state(source.slug, Source.State.ACTIVE, now=clock())
        Source.objects.filter(pk=source.pk).update(last_error="")
    else:
        Source.objects.filter(pk=source.pk).update(last_error=health.message)
    return health


def set_state(slug: str, state: Source.State, *, now: datetime) -> Source:
    """Pause or resume a source; a resumed one is asked at once, and what pushes is heard again at once.

    Raises InputError for an unknown name.
    """
    source = known_source(slug)
    if state == Source.State.PAUSED and source.state == Source.State.ACTIVE:
        gaps.begin(source, Gap.Reason.PAUSE, now=now)
    elif state == Source.State.ACTIVE and source.network not in polled():
        gaps.end(source, now=now)
    source.state, source.failures, source.next_fetch_at = state, 0, now
    source.save(update_fields=["state", "failures", "next_fetch_at"])
    return source
