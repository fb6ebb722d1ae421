"""Writes mentions many at a time: new ones, edits, deletions and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from config.brand import Brand
from listeners.authors import CHUNK, by_native_id
from listeners.contract import Post
from listeners.conversations import let_go
from listeners.models import DeadLetter, Media, Mention, Source
from listeners.photo_files import discard

HISTORY = timedelta(days=3)
"""Posts older than this when first seen are history: nothing automatic ever answers them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is the same for all posts that are stored together."""

    source: Source
    brand: Brand
    now: datetime
    backfill: bool


def is_own(post: Post, brand: Brand) -> bool:
    """Say whether the brand itself wrote a post, as its network or the brand file knows.

    Reviewers call themselves as they like, so the name of the brand below a review says nothing.
    """
    return post.is_own or (post.kind != Mention.Kind.REVIEW and brand.is_own(post.author.handle))


def known_mentions(network: str, native_ids: Iterable[str]) -> dict[str, Mention]:
    """Read what is stored of these posts, without their texts."""
    columns = Mention.objects.only(
        "native_id", "posted_at", "edited_at", "deleted_at", "assessed_at", "routed_at", "reactions", "shares"
    )
    return {mention.native_id: mention for mention in by_native_id(columns, network, native_ids)}


def known_threads(network: str, posts: Sequence[Post]) -> set[str]:
    """Return those of the posts' parent and thread ids under which something is stored."""
    links = sorted({link for post in posts for link in (post.parent_id, post.thread_id) if link})
    found: set[str] = set()
    for start in range(0, len(links), CHUNK):
        some = links[start : start + CHUNK]
        rows = Mention.objects.filter(Q(native_id__in=some) | Q(thread_id__in=some), network=network)
        for native_id, thread_id in rows.values_list("native_id", "thread_id"):
            found |= {native_id, thread_id}
    return found.intersection(links)


def insert(posts: Sequence[Post], authors: Mapping[str, int], batch: Batch) -> None:
    """Add new mentions and their photos."""
    rows = [_row(post, authors[post.author.native_id], batch) for post in posts]
    Mention.objects.bulk_create(rows, ignore_conflicts=True)
    _add_photos(posts, batch)


def _add_photos(posts: Sequence[Post], batch: Batch) -> None:
    with_photos = {post.native_id: post for post in posts if post.photos}
    stored = by_native_id(Mention.objects.only("native_id"), batch.source.network, with_photos)
    Media.objects.bulk_create(
        [
            Media(mention=mention, url=photo.url, alt=photo.alt, next_fetch_at=batch.now)
            for mention in stored
            for photo in with_photos[mention.native_id].photos
        ],
        ignore_conflicts=True,
    )


def _row(post: Post, author_id: int, batch: Batch) -> Mention:
    # The brand's own posts are context for their threads: every stage has done with them.
    done = batch.now if is_own(post, batch.brand) else None
    return Mention(
        brand=batch.source.brand,
        network=batch.source.network,
        native_id=post.native_id,
        source_id=batch.source.pk,
        author_id=author_id,
        kind=post.kind,
        text=post.text,
        language=post.language,
        url=post.url,
        parent_id=post.parent_id,
        thread_id=post.thread_id,
        quoted_id=post.quoted_id,
        reactions=post.reactions,
        shares=post.shares,
        rating=post.rating,
        can_reply=post.can_reply,
        cannot_reply_reason=post.cannot_reply_reason,
        reply_until=post.reply_until,
        is_backfill=batch.backfill or post.posted_at < batch.now - HISTORY,
        posted_at=post.posted_at,
        seen_at=batch.now,
        edited_at=post.edited_at if post.edited_at and post.edited_at > post.posted_at else None,
        assessed_at=done,
        routed_at=done,
        indexed_at=done,
    )


def apply_changes(known: Mapping[str, Mention], posts: Mapping[str, Post], batch: Batch) -> int:
    """Bring edits, deletions and counts of stored posts up to date; returns how many of the first two.

    What was deleted once stays deleted, however late an older page arrives.
    """
    alive = [(known[key], posts[key]) for key in sorted(known) if known[key].deleted_at is None]
    gone = [mention for mention, post in alive if post.deleted]
    edited = [(mention, post) for mention, post in alive if not post.deleted and _is_newer(post, mention)]
    _redact(gone, batch.now)
    _rewrite(edited, batch)
    _recount([(mention, post) for mention, post in alive if not post.deleted])
    return len(gone) + len(edited)


def _is_newer(post: Post, mention: Mention) -> bool:
    return post.edited_at is not None and post.edited_at > (mention.edited_at or mention.posted_at)


def _redact(mentions: Sequence[Mention], now: datetime) -> None:
    """Blank deleted posts and drop their photos; what no stage has seen yet, none will."""
    if not mentions:
        return
    for mention in mentions:
        mention.deleted_at, mention.text, mention.indexed_at = now, "", None
        mention.assessed_at = mention.assessed_at or now
        mention.routed_at = mention.routed_at or now
        mention.dead = False
    columns = ["deleted_at", "text", "indexed_at", "assessed_at", "routed_at", "dead"]
    Mention.objects.bulk_update(mentions, columns, batch_size=CHUNK)
    photos = Media.objects.filter(mention__in=[mention.pk for mention in mentions])
    files = [file for file in photos.values_list("file", flat=True) if file]
    photos.delete()
    discard(files)
    let_go([mention.pk for mention in mentions])
    letters = DeadLetter.objects.filter(mention__in=[mention.pk for mention in mentions])
    letters.update(payload="", error="deleted on the network")


def _rewrite(edited: Sequence[tuple[Mention, Post]], batch: Batch) -> None:
    """Take over new texts and let every stage see them again; cases keep their mentions.

    Some networks move the time of the last edit for what others do: then there is nothing new to see.
    """
    changed = _changed(edited)
    for mention, post in changed:
        mention.text, mention.edited_at = post.text, post.edited_at
        if not is_own(post, batch.brand):
            mention.assessed_at = mention.routed_at = mention.indexed_at = None
            mention.dead = False
    columns = ["text", "edited_at", "assessed_at", "routed_at", "indexed_at", "dead"]
    Mention.objects.bulk_update([mention for mention, _ in changed], columns, batch_size=CHUNK)
    _add_photos([post for _, post in changed], batch)


def _changed(edited: Sequence[tuple[Mention, Post]]) -> list[tuple[Mention, Post]]:
    """Leave out those whose words are the stored ones, and who have no more photos than are stored."""
    keys = [mention.pk for mention, _ in edited]
    texts = dict(Mention.objects.filter(pk__in=keys).values_list("pk", "text"))
    photos = Counter(Media.objects.filter(mention__in=keys).values_list("mention_id", flat=True))
    return [
        (mention, post)
        for mention, post in edited
        if texts.get(mention.pk) != post.text or len(post.photos) > photos[mention.pk]
    ]


def _recount(pairs: Sequence[tuple[Mention, Post]]) -> None:
    changed = []
    for mention, post in pairs:
        if (mention.reactions, mention.shares) != (post.reactions, post.shares):
            mention.reactions, mention.shares, mention.indexed_at = post.reactions, post.shares, None
            changed.append(mention)
    Mention.objects.bulk_update(changed, ["reactions", "shares", "indexed_at"], batch_size=CHUNK)
