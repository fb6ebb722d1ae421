"""Chooses what stands before a mention: what it answers and quotes, and what was said just before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from listeners.models import Mention

MOST_BEFORE = 20
"""Posts before one mention."""


class Standing(Protocol):
    """What must be known of a post to find its place."""

    @property
    def native_id(self) -> str:
        """Its id on the network."""

    @property
    def parent_id(self) -> str:
        """The id of what it answers, "" for nothing."""

    @property
    def posted_at(self) -> datetime:
        """When it was posted."""

    @property
    def deleted(self) -> bool:
        """Whether the network shows only that it was there."""


Placed = TypeVar("Placed", bound=Standing)


def links(mention: Mention) -> set[str]:
    """Return the ids of the posts that a mention points to: answered, quoted, its conversation's first."""
    return {mention.parent_id, mention.quoted_id, mention.thread_id} - {"", mention.native_id}


def before(mention: Mention, posts: Mapping[str, Placed]) -> list[Placed]:
    """Return up to 20 of a conversation's posts, oldest first.

    What the mention answers comes in before all others, up to the conversation's beginning, then what it
    quotes, then the posts nearest before it. Of deleted posts only those stay that it points to.
    """
    nearest = sorted(posts.values(), key=lambda post: post.posted_at, reverse=True)
    earlier = [post.native_id for post in nearest if post.posted_at <= mention.posted_at and not post.deleted]
    pointed_to = [mention.quoted_id, mention.thread_id]
    ids = dict.fromkeys([*_answered(mention, posts), *pointed_to, *earlier])
    chosen = [posts[each] for each in ids if each in posts and each != mention.native_id]
    return sorted(chosen[:MOST_BEFORE], key=lambda post: post.posted_at)


def _answered(mention: Mention, posts: Mapping[str, Placed]) -> list[str]:
    """Climb from what the mention answers to what that answers, and so on; some networks lead in circles."""
    chain: list[str] = []
    above = mention.parent_id
    while above in posts and above not in chain:
        chain.append(above)
        above = posts[above].parent_id
    return chain
