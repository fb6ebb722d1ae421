"""The stage's part of this room: asks networks for the conversations around mentions on which people work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from config.brand_files import BrandFault, brand
from listeners import budgets
from listeners.backoff import retry_time
from listeners.before import links
from listeners.cleaning import clean_all
from listeners.contract import Network, Post
from listeners.conversations import forget, keep, wanted
from listeners.exceptions import AuthFault, Gone, InputError, ListenerError, RateLimited, TransientFault
from listeners.mentions import is_own
from listeners.models import Context, Conversation, Mention, Source
from listeners.networks.registry import NETWORKS, open_network
from listeners.recheck import AHEAD

logger = structlog.get_logger(__name__)
LEASE = timedelta(minutes=5)
"""How long one conversation may take before another worker takes it over."""
REST = timedelta(hours=6)
"""How long a conversation rests that the network will not or cannot show."""
MOST_ASKED = 4
"""Mentions of one conversation about which the network is asked one by one."""


def fetch_context(*, now: datetime, size: int = 20) -> int:
    """Ask for up to `size` conversations that are due; returns how many the network showed.

    Each is asked for again while somebody works on its mentions, soon enough that what people delete is gone
    here in the time that the network grants. What is not confirmed by then is removed, whatever the reason.
    """
    forget(now=now)
    shown = 0
    for _ in range(size):
        if (conversation := _take(now)) is None:
            break
        shown += _fetch(conversation, now)
    return shown


def _take(now: datetime) -> Conversation | None:
    """Lease the conversation that waits longest."""
    needed = Context.objects.filter(
        conversation=OuterRef("pk"), is_wanted=True, mention__deleted_at__isnull=True
    )
    due = Conversation.objects.filter(Exists(needed), next_fetch_at__lte=now)
    due = due.exclude(source__state=Source.State.DISABLED).select_related("source")
    with transaction.atomic():
        locked = due.select_for_update(skip_locked=True, of=("self",), no_key=True)
        conversation = locked.order_by("next_fetch_at", "pk").first()
        if conversation is not None:
            Conversation.objects.filter(pk=conversation.pk).update(next_fetch_at=now + LEASE)
    return conversation


def _fetch(conversation: Conversation, now: datetime) -> int:
    source, mentions = conversation.source, wanted(conversation)
    try:
        policy = brand(source.brand)
        posts = _read(open_network(source, clock=lambda: now), mentions, now)
    except (TransientFault, AuthFault, InputError, BrandFault) as fault:
        _put_off(source, str(fault), now, fault.retry_at if isinstance(fault, RateLimited) else None)
        return 0
    except ListenerError as fault:
        _rest(conversation, str(fault), now)
        return 0
    except Exception as fault:
        logger.exception("context_failed", source=source.slug)
        _rest(conversation, f"{source.network} failed: {type(fault).__name__}; see the log.", now)
        return 0
    cleaned, _ = clean_all(posts, now=now)
    marked = {post.native_id: replace(post, is_own=is_own(post, policy)) for post in cleaned}
    again = NETWORKS[source.network].recheck_within * AHEAD
    keep(conversation, marked, asked={mention.pk for mention in mentions}, now=now, again=again)
    Conversation.objects.filter(source=source, failures__gt=0).update(failures=0)
    return 1


def _read(network: Network, mentions: Sequence[Mention], now: datetime) -> list[Post]:
    """Read what stands around the mentions: the newest first, others where that did not show what they need.

    A mention that is gone by the network's word shows nothing. Raises as `Network.fetch`.
    """
    found: dict[str, Post] = {}
    asked = 0
    for mention in mentions:
        if asked == MOST_ASKED or (asked and links(mention) <= found.keys()):
            continue
        asked += 1
        if until := budgets.take(network.allowance_key(), now=now):
            raise RateLimited("no calls left", retry_at=until)
        try:
            found |= {post.native_id: post for post in network.thread(mention.native_id)}
        except Gone:
            continue
    return list(found.values())


def _put_off(source: Source, error: str, now: datetime, asked_for: datetime | None) -> None:
    """Ask the whole source later, each time later, since all its conversations would meet the same fault."""
    theirs = Conversation.objects.filter(source=source)
    failures = (theirs.aggregate(most=Max("failures"))["most"] or 0) + 1
    until = retry_time(failures, now=now, asked_for=asked_for)
    # Those that are leased now as well.
    theirs.filter(next_fetch_at__lte=max(until, now + LEASE)).update(
        next_fetch_at=until, failures=failures, error=error[:300]
    )


def _rest(conversation: Conversation, error: str, now: datetime) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(next_fetch_at=now + REST, error=error[:300])
