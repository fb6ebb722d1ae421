"""Reads a source again from its beginning, for what was posted in a stretch of time and never stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q

from config.brand_files import brand
from listeners import budgets, gaps
from listeners.cleaning import clean_all
from listeners.contract import Network, Page
from listeners.exceptions import InputError, RateLimited
from listeners.intake import store
from listeners.models import Gap, Source
from listeners.networks.registry import open_network, polled

logger = structlog.get_logger(__name__)
MOST_PAGES = 1000
"""More than any network shows; an endless list ends here."""


def to_fill(*, since: datetime, until: datetime) -> list[int]:
    """Return the ids of the sources with a gap in that time that is not filled and not lost for good."""
    touching = Q(starts_at__lt=until) & (Q(ends_at__isnull=True) | Q(ends_at__gt=since))
    open_gaps = Gap.objects.filter(touching, filled_at__isnull=True, lost=False)
    sources = Source.objects.filter(pk__in=open_gaps.values("source"), state=Source.State.ACTIVE)
    return list(sources.filter(network__in=polled()).order_by("pk").values_list("pk", flat=True))


def source_named(slug: str) -> int:
    """Return the id of a source that can be read again; raises InputError for any other name."""
    source = Source.objects.filter(slug=slug, network__in=polled()).first()
    if source is None:
        raise InputError(f"There is no source {slug!r} that is asked; kulanz sources lists them.")
    return source.pk


def backfill(source_id: int, *, since: datetime, until: datetime, now: datetime) -> int:
    """Store what a network still shows of that time, all of it as history; returns how many posts are new.

    The source's cursor stays where it is. Done twice it adds nothing. Nothing automatic answers what it
    brings. Raises RateLimited where no call is left, and as `Network.fetch`; what was read is stored.
    """
    source = Source.objects.get(pk=source_id)
    brand(source.brand)
    network = open_network(source, clock=lambda: now)
    new = sum(_keep(page, source, since, until, now) for page in _pages(network, now))
    logger.info("backfilled", source=source.slug, new=new)
    return new


def _pages(network: Network, now: datetime) -> Iterable[Page]:
    """Yield what the network shows, from the beginning."""
    cursor = ""
    for _ in range(MOST_PAGES):
        if until := budgets.take(network.allowance_key(), now=now):
            raise RateLimited(
                f"{network.label} allows no further call until {until:%F %T} UTC.", retry_at=until
            )
        page = network.fetch(cursor)
        budgets.note(page.allowance)
        budgets.spend(network.allowance_key(), now=now, calls=page.further_calls)
        yield page
        if not page.more or page.cursor == cursor:
            return
        cursor = page.cursor


def _keep(page: Page, source: Source, since: datetime, until: datetime, now: datetime) -> int:
    posts, _ = clean_all(page.posts, now=now)
    wanted = tuple(post for post in posts if since <= post.posted_at < until)
    # Its own cursor: this page must not move it.
    part = replace(page, posts=wanted, rejects=(), cursor=source.cursor)
    with transaction.atomic():
        stored = store(part, source=source, now=now, backfill=True)
        gaps.fill(source, page, now=now)
    return stored.new
