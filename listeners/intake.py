"""Stores pages: posts, authors, photos, rejects and the moved cursor in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from config.brand import Brand
from config.brand_files import brand as read_brand
from listeners import authors, gaps
from listeners.cleaning import clean_all
from listeners.contract import Page, Post, Reject
from listeners.mentions import Batch, apply_changes, insert, is_own, known_mentions, known_threads
from listeners.models import Mention, Source
from listeners.networks.registry import NETWORKS
from listeners.rejects import keep_rejects
from listeners.relevance import is_about


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a page's posts; `updated` were edited or deleted, `ignored` are not about the brand."""

    new: int = 0
    known: int = 0
    updated: int = 0
    ignored: int = 0
    rejects: tuple[Reject, ...] = ()

    @property
    def rejected(self) -> int:
        """How many items could not be stored."""
        return len(self.rejects)


def store(page: Page, *, source: Source, now: datetime, backfill: bool = False) -> Stored:
    """Store a page of a source and move its cursor; the same page again changes nothing.

    A cursor that another worker moved meanwhile stays where that one put it. `backfill` marks all new
    posts as history; those posted more than three days ago, and those that come late through a gap in
    listening, are marked anyway. Raises UnknownBrand.
    """
    brand = read_brand(source.brand)
    posts, unusable = clean_all(page.posts, now=now)
    newest = _newest_versions(posts)
    rejects = (*page.rejects, *unusable)
    with transaction.atomic():
        Source.objects.select_for_update(no_key=True).filter(pk=source.pk).values("pk").get()
        known = known_mentions(source.network, newest)
        fresh = [post for native_id, post in newest.items() if native_id not in known and not post.deleted]
        wanted = about(brand, fresh, source)
        batch = Batch(source=source, brand=brand, now=now, backfill=backfill)
        people = {post.author.native_id: post.author for post in newest.values() if not post.deleted}
        needed = {post.author.native_id for post in wanted} | {
            newest[native_id].author.native_id
            for native_id, mention in known.items()
            if not newest[native_id].deleted and mention.deleted_at is None
        }
        keys = authors.keep({key: people[key] for key in needed}, network=source.network)
        late = gaps.came_late(wanted, source=source, now=now)
        insert([post for post in wanted if post.native_id not in late], keys, batch)
        insert([post for post in wanted if post.native_id in late], keys, replace(batch, backfill=True))
        updated = apply_changes(known, newest, batch)
        keep_rejects(rejects, source=source, now=now)
        _move_cursor(source, page, newest.values(), now)
    return Stored(
        new=len(wanted),
        known=len(posts) - len(newest) + len(known) - updated,
        updated=updated,
        ignored=len(newest) - len(known) - len(wanted),
        rejects=rejects,
    )


def _newest_versions(posts: Iterable[Post]) -> dict[str, Post]:
    """Keep one version of each post: a deletion before all, then the last edit, then the last in the page.

    They come in the order of their ids, so that two writers of the same posts cannot wait for each other.
    """
    newest: dict[str, Post] = {}
    for post in posts:
        other = newest.get(post.native_id)
        if other is None or _version(post) >= _version(other):
            newest[post.native_id] = post
    return dict(sorted(newest.items()))


def _version(post: Post) -> tuple[bool, datetime]:
    return post.deleted, post.edited_at or post.posted_at


def about(brand: Brand, posts: Sequence[Post], source: Source) -> list[Post]:
    """Leave out what is not about the brand; own posts and answers in known threads always belong.

    A message is written to the brand, whatever its words.
    """
    network = NETWORKS.get(source.network)
    by_search = bool(source.settings.get("found_by_search", network is not None and network.finds_by_search))
    doubtful = {
        post.native_id
        for post in posts
        if not is_own(post, brand)
        and not is_about(brand, post.text, found_by_search=by_search and post.kind != Mention.Kind.MESSAGE)
    }
    if not doubtful:
        return list(posts)
    threads = known_threads(source.network, posts)
    for post in sorted(posts, key=lambda post: post.posted_at):
        if post.native_id not in doubtful or threads & {post.parent_id, post.thread_id}:
            doubtful.discard(post.native_id)
            threads.add(post.native_id)
    return [post for post in posts if post.native_id not in doubtful]


def _move_cursor(source: Source, page: Page, posts: Iterable[Post], now: datetime) -> None:
    row = Source.objects.filter(pk=source.pk)
    if page.cursor != source.cursor:
        row.filter(cursor=source.cursor).update(cursor=page.cursor, cursor_at=now)
        source.cursor = page.cursor
    latest = max((post.posted_at for post in posts), default=None)
    if latest and (source.last_post_at is None or latest > source.last_post_at):
        row.update(last_post_at=latest)
        source.last_post_at = latest
