"""The stage that reads stored posts again, so that what was deleted or changed on a network is so here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from config.brand import Brand
from config.brand_files import BrandFault, brand
from listeners import authors, budgets
from listeners.backoff import retry_time
from listeners.cleaning import clean_all
from listeners.contract import Post
from listeners.exceptions import AuthFault, ListenerError, RateLimited, TerminalFault
from listeners.mentions import Batch, apply_changes, known_mentions
from listeners.models import Mention, Source
from listeners.networks.registry import NETWORKS, open_network, rechecked

logger = structlog.get_logger(__name__)
AHEAD = 0.75
"""The part of the time a network grants after which its posts are due: the rest is for outages and queues."""
LEASE = timedelta(minutes=5)
"""How long one batch may take before another worker takes the source over."""
LOOK_AGAIN = timedelta(minutes=10)
"""How long a source rests of which nothing was due."""


def recheck(*, now: datetime, size: int = 50) -> int:
    """Read one batch of due posts again from each source; returns how many posts were asked about.

    Posts that a network says nothing of stay as they are until their next turn. After a fault the source is
    asked again later, about half as many posts, so that one which breaks the answer is found and passed over.
    """
    done: list[int] = []
    asked = 0
    while (source := _take(now, done)) is not None:
        done.append(source.pk)
        asked += _recheck(source, now, max(1, size >> source.recheck_failures))
    return asked


def _take(now: datetime, done: Collection[int]) -> Source | None:
    """Lease the source that waits longest; paused ones too, since what they brought is still stored."""
    waiting = Source.objects.filter(
        Q(recheck_at__isnull=True) | Q(recheck_at__lte=now), network__in=rechecked()
    ).exclude(Q(state=Source.State.DISABLED) | Q(pk__in=done))
    with transaction.atomic():
        locked = waiting.select_for_update(skip_locked=True, no_key=True)
        source = locked.order_by(F("recheck_at").asc(nulls_first=True), "pk").first()
        if source is not None:
            Source.objects.filter(pk=source.pk).update(recheck_at=now + LEASE)
    return source


def due(source: Source, *, now: datetime) -> QuerySet[Mention]:
    """Return the posts of a source that are to be read again, those that waited longest first."""
    within = NETWORKS[source.network].recheck_within
    last = Coalesce("rechecked_at", "seen_at")
    stored = Mention.objects.filter(source=source, deleted_at__isnull=True).annotate(last_known=last)
    return stored.filter(last_known__lte=now - within * AHEAD).order_by("last_known", "pk")


def _recheck(source: Source, now: datetime, size: int) -> int:
    native_ids = list(due(source, now=now).values_list("native_id", flat=True)[:size])
    if not native_ids:
        _rest(source, now + LOOK_AGAIN)
        return 0
    try:
        policy = brand(source.brand)
        network = open_network(source, clock=lambda: now)
        if until := budgets.take(network.allowance_key(), now=now):
            _rest(source, until)
            return 0
        posts = network.recheck(native_ids)
    except (ListenerError, BrandFault) as fault:
        _put_off(source, str(fault), now, fault.retry_at if isinstance(fault, RateLimited) else None)
        if isinstance(fault, TerminalFault) and not isinstance(fault, AuthFault):
            _pass_over(source, native_ids, now)
        return 0
    except Exception as fault:
        logger.exception("recheck_failed", source=source.slug)
        _put_off(source, f"{source.network} failed: {type(fault).__name__}; see the log.", now)
        _pass_over(source, native_ids, now)
        return 0
    _keep(source, policy, native_ids, posts, now)
    return len(native_ids)


def _keep(source: Source, policy: Brand, native_ids: list[str], posts: Sequence[Post], now: datetime) -> None:
    """Take over what was said about the posts that were asked for, and about no others."""
    cleaned, _ = clean_all(posts, now=now)
    answers = {post.native_id: post for post in cleaned if post.native_id in set(native_ids)}
    with transaction.atomic():
        row = Source.objects.filter(pk=source.pk)
        row.select_for_update(no_key=True).values("pk").get()
        known = known_mentions(source.network, answers)
        alive = {
            answers[native_id].author.native_id: answers[native_id].author
            for native_id, mention in sorted(known.items())
            if mention.deleted_at is None and not answers[native_id].deleted
        }
        authors.keep(alive, network=source.network)
        apply_changes(known, answers, Batch(source=source, brand=policy, now=now, backfill=False))
        Mention.objects.filter(source=source, native_id__in=native_ids).update(rechecked_at=now)
        row.update(recheck_at=now, recheck_failures=0, recheck_error="")


def _rest(source: Source, until: datetime) -> None:
    Source.objects.filter(pk=source.pk).update(recheck_at=until)


def _put_off(source: Source, error: str, now: datetime, asked_for: datetime | None = None) -> None:
    until = retry_time(source.recheck_failures + 1, now=now, asked_for=asked_for)
    Source.objects.filter(pk=source.pk).update(
        recheck_at=until, recheck_error=error, recheck_failures=F("recheck_failures") + 1
    )


def _pass_over(source: Source, native_ids: Sequence[str], now: datetime) -> None:
    """Let a single post that cannot be asked about wait for its next turn, so that others get theirs."""
    if len(native_ids) == 1:
        logger.warning("recheck_passed_over", source=source.slug, post=native_ids[0])
        Mention.objects.filter(source=source, native_id__in=native_ids).update(rechecked_at=now)
