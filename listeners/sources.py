"""Making a source, tested on the network before it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.utils.text import slugify

from config.brand_files import brand as read_brand
from listeners import gaps
from listeners.contract import Health
from listeners.exceptions import InputError
from listeners.models import Gap, Source
from listeners.networks.registry import NETWORKS, open_network, polled

SLUG_LENGTH = 50


def add_source(
    *,
    brand: str,
    network: str,
    query: str,
    slug: str = "",
    settings: Mapping[str, Any] = MappingProxyType({}),
    clock: Callable[[], datetime],
) -> tuple[Source, Health]:
    """Keep a source that is asked from now on; returns it with what its network said when it was tried.

    A source whose network says no is kept paused. Raises InputError for a network that does not exist or a
    source that exists, UnknownBrand for a brand without file.
    """
    read_brand(brand)
    if network not in NETWORKS:
        raise InputError(f"There is no network {network!r}; there are: {', '.join(sorted(NETWORKS))}.")
    if Source.objects.filter(brand=brand, network=network, query=query).exists():
        raise InputError(f"{brand} listens to that already: {query or network}.")
    slug = slug or slugify(f"{brand}-{network}-{query.split('//')[-1]}")[:SLUG_LENGTH].strip("-")
    if Source.objects.filter(slug=slug).exists():
        raise InputError(f"The name {slug} is taken; give another with --slug.")
    now = clock()
    source = Source(slug=slug, brand=brand, network=network, query=query, settings=dict(settings))
    source.created_at = source.next_fetch_at = now
    health = open_network(source, clock=clock).check()
    if not health.ok:
        source.state = Source.State.PAUSED
        source.last_error = health.message
    source.save()
    return source, health


def set_state(slug: str, state: Source.State, *, now: datetime) -> Source:
    """Pause or resume a source; a resumed one is asked at once, and what pushes is heard again at once.

    Raises InputError for an unknown name.
    """
    source = Source.objects.filter(slug=slug).first()
    if source is None:
        known = ", ".join(Source.objects.values_list("slug", flat=True))
        raise InputError(f"There is no source {slug}; there are: {known or 'none'}.")
    if state == Source.State.PAUSED and source.state == Source.State.ACTIVE:
        gaps.begin(source, Gap.Reason.PAUSE, now=now)
    elif state == Source.State.ACTIVE and source.network not in polled():
        gaps.end(source, now=now)
    source.state, source.failures, source.next_fetch_at = state, 0, now
    source.save(update_fields=["state", "failures", "next_fetch_at"])
    return source
