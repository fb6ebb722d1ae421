"""Trying a source: one page is fetched and shown, and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.utils.translation import gettext as _

from config.brand_files import BrandFault, brand
from listeners import budgets
from listeners.cleaning import clean_all
from listeners.contract import Page, Post
from listeners.exceptions import ListenerError, RateLimited
from listeners.intake import about
from listeners.mentions import known_mentions
from listeners.models import Source
from listeners.networks.registry import open_network

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a page held, sorted by what would become of it; `fault` says why there is none."""

    new: tuple[Post, ...] = ()
    known: int = 0
    ignored: int = 0
    """Posts that are not about the brand."""
    rejected: int = 0
    more: bool = False
    fault: str = ""


def try_source(source: Source, *, clock: Callable[[], datetime]) -> Tried:
    """Fetch the page that would come next, and say what would come of it; a call of the budget is used."""
    now, key = clock(), ""
    try:
        network = open_network(source, clock=clock)
        key = network.allowance_key()
        if (until := budgets.take(key, now=now)) is not None:
            return Tried(
                fault=_("The network allows no call before %(time)s.") % {"time": f"{until:%H:%M} UTC"}
            )
        page = network.fetch(source.cursor)
        budgets.note(page.allowance)
        return _sort(page, source, now)
    except RateLimited as fault:
        if fault.retry_at:
            budgets.exhaust(key, until=fault.retry_at)
        return Tried(fault=str(fault))
    except (ListenerError, BrandFault) as fault:
        return Tried(fault=str(fault))
    except Exception as fault:
        logger.exception("network_failed", source=source.slug)
        return Tried(fault=f"{source.network}: {type(fault).__name__}")


def _sort(page: Page, source: Source, now: datetime) -> Tried:
    posts, unusable = clean_all(page.posts, now=now)
    by_id: Mapping[str, Any] = {post.native_id: post for post in posts}
    known = known_mentions(source.network, by_id)
    fresh = [post for key, post in by_id.items() if key not in known and not post.deleted]
    new = about(brand(source.brand), fresh, source)
    return Tried(
        new=tuple(sorted(new, key=lambda post: post.posted_at, reverse=True)),
        known=len(known),
        ignored=len(fresh) - len(new),
        rejected=len(page.rejects) + len(unusable),
        more=page.more,
    )
