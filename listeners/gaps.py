"""Gaps in listening: noted when they begin, ended, filled, and what came late through them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from listeners.contract import Page, Post
from listeners.models import Gap, Source
from listeners.networks.registry import NETWORKS

SLACK = timedelta(minutes=1)
"""How much longer than two pauses a source may go unheard before that is a gap."""


def allowed(source: Source) -> timedelta:
    """Return how long a source may go without being asked: one missed round, and a minute."""
    network = NETWORKS.get(source.network)
    return 2 * timedelta(seconds=network.poll_seconds if network else 0) + SLACK


def begin(source: Source, reason: Gap.Reason, *, now: datetime, until: datetime | None = None) -> None:
    """Note that a source is not listened to; nothing where it will be again before that is a gap.

    What is polled was last heard at its last success, what pushes until now. A source that never worked
    has no gap, for its first page brings what there is.
    """
    is_polled = source.network in NETWORKS and NETWORKS[source.network].polls
    starts_at = source.last_success_at if is_polled else now
    if starts_at is None or (until is not None and until - starts_at <= allowed(source)):
        return
    if not source.gaps.filter(Q(ends_at__isnull=True) | Q(starts_at=starts_at)).exists():
        Gap.objects.bulk_create(
            [Gap(source=source, reason=reason, starts_at=starts_at)], ignore_conflicts=True
        )


def end(source: Source, *, now: datetime) -> None:
    """Note that a source is listened to again; it may have been unheard although nobody noted a beginning."""
    heard_at = source.last_success_at
    is_polled = source.network in NETWORKS and NETWORKS[source.network].polls
    if is_polled and heard_at is not None and now - heard_at > allowed(source):
        begin(source, Gap.Reason.STOPPED, now=now)
    source.gaps.filter(ends_at__isnull=True, starts_at__gte=now - allowed(source)).delete()
    source.gaps.filter(ends_at__isnull=True).update(ends_at=now)


def fill(source: Source, page: Page, *, now: datetime) -> None:
    """Close the gaps that the pages since their end have reached back over, once nothing more waits.

    A page reaches back when it holds something from before the gap, or when the network keeps what was
    not read for longer than the gap was; so does an empty one where there never was a post. What the
    network no longer shows becomes a gap of its own, which stays.
    """
    oldest = min((_age(post) for post in page.posts if _has_age(post)), default=None)
    for gap in source.gaps.filter(ends_at__isnull=False, filled_at__isnull=True, lost=False):
        shown_since = _shown_since(gap, source, page)
        if shown_since is not None and shown_since > gap.starts_at:
            _lose(gap, shown_since)
        is_shown = shown_since is not None or _reaches_back(gap, source, oldest)
        gap.reached = gap.reached or is_shown
        gap.filled_at = now if gap.reached and not page.more and not gap.lost else None
        gap.save()


def _shown_since(gap: Gap, source: Source, page: Page) -> datetime | None:
    """Say from when on the network still shows a gap; None where nothing is known of that."""
    network = NETWORKS.get(source.network)
    if page.missed_before is not None:
        return page.missed_before
    if network is None or network.keeps is None or gap.ends_at is None:
        return None
    return gap.starts_at if gap.ends_at - gap.starts_at <= network.keeps else gap.ends_at - network.keeps


def _lose(gap: Gap, shown_since: datetime) -> None:
    """Split a gap: what lies before that time is lost for good, `gap` is what is left, if anything is."""
    if gap.ends_at is None or gap.ends_at <= shown_since:
        gap.lost = True
        return
    starts_at, gap.starts_at = gap.starts_at, shown_since
    gap.save()
    Gap.objects.create(
        source=gap.source, reason=gap.reason, starts_at=starts_at, ends_at=shown_since, lost=True
    )


def _has_age(post: Post) -> bool:
    return not post.deleted and _age(post).tzinfo is not None


def _age(post: Post) -> datetime:
    """Say since when a post has stood where it stands; an edit may have brought an old one to the top."""
    return post.edited_at or post.posted_at


def _reaches_back(gap: Gap, source: Source, oldest: datetime | None) -> bool:
    return source.last_post_at is None if oldest is None else oldest <= gap.starts_at


def came_late(posts: Iterable[Post], *, source: Source, now: datetime) -> set[str]:
    """Return the native ids of those that were written in a gap and have waited longer than usual."""
    starts = list(source.gaps.filter(filled_at__isnull=True).values_list("starts_at", "ends_at"))
    newest = now - allowed(source)
    return {
        post.native_id
        for post in posts
        for starts_at, ends_at in starts
        if starts_at <= post.posted_at < min(newest, ends_at or newest)
    }
