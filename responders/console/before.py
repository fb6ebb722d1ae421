"""What stands before each post of a case: what it answers or quotes in one line, the rest to unfold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from listeners.before import before
from listeners.models import Context, ContextPost, Mention


@dataclass(frozen=True, slots=True)
class Before:
    """The posts before one mention that the page does not show elsewhere, oldest first.

    `answered` and `quoted` are those that it points to itself, None where the page shows them anyway.
    """

    posts: tuple[ContextPost, ...]
    answered: ContextPost | None
    quoted: ContextPost | None


def before_each(mentions: Sequence[Mention], *, shown: Collection[str]) -> dict[int, Before]:
    """Return by its key what stands before each mention; a post that several share stands before the first.

    `mentions` come oldest first; `shown` are the native ids of posts that the page shows of itself.
    """
    conversations = _conversations(mentions)
    found: dict[int, Before] = {}
    told = set(shown)
    for mention in mentions:
        posts = conversations.get(mention.pk, {})
        # What another one quotes belongs to another conversation.
        others = {other.quoted_id for other in mentions} - {mention.quoted_id, mention.parent_id}
        standing = before(mention, {key: post for key, post in posts.items() if key not in others})
        untold = tuple(post for post in standing if post.native_id not in told)
        told.update(post.native_id for post in untold)
        answered, quoted = (
            posts.get(key) if key not in shown else None for key in (mention.parent_id, mention.quoted_id)
        )
        if untold or answered or quoted:
            found[mention.pk] = Before(untold, answered, quoted)
    return found


def _conversations(mentions: Sequence[Mention]) -> dict[int, dict[str, ContextPost]]:
    """Return the context posts of each mention's conversation by their native id."""
    alive = [mention.pk for mention in mentions if mention.deleted_at is None]
    belongs = dict(Context.objects.filter(mention__in=alive).values_list("mention_id", "conversation_id"))
    if not belongs:
        return {}
    posts: dict[int, dict[str, ContextPost]] = defaultdict(dict)
    for post in ContextPost.objects.filter(conversation__in=set(belongs.values())):
        posts[post.conversation_id][post.native_id] = post
    return {mention_id: posts[conversation_id] for mention_id, conversation_id in belongs.items()}
