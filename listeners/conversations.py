"""What is kept of conversations: the posts before some mentions, as long as somebody needs them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from listeners.authors import by_native_id
from listeners.before import before
from listeners.contract import Post
from listeners.models import Context, ContextPost, Conversation, Mention
from listeners.networks.registry import NETWORKS, threaded

MOST_POSTS = 100
"""Posts of one conversation."""
LONGEST = 2000
"""Characters of one post."""
COLUMNS = ("parent_id", "author_native_id", "handle", "name", "text", "url", "posted_at", "is_own", "deleted")


def with_context(mentions: QuerySet[Mention]) -> QuerySet[Mention]:
    """Leave those that still stand there and answer or quote something where the network shows it."""
    answers = ~Q(parent_id="") & ~Q(parent_id=F("native_id"))
    belongs = ~Q(thread_id="") & ~Q(thread_id=F("native_id"))
    return mentions.filter(
        answers | belongs | ~Q(quoted_id=""), deleted_at__isnull=True, network__in=threaded()
    )


def ask(mentions: Iterable[Mention], *, now: datetime) -> None:
    """Let the network be asked what stands before these mentions; others of their conversations with them."""
    for mention in mentions:
        with transaction.atomic():
            conversation, _ = Conversation.objects.get_or_create(
                brand=mention.brand,
                network=mention.network,
                native_id=mention.thread_id or mention.parent_id or mention.native_id,
                defaults={"source_id": mention.source_id},
            )
            Context.objects.get_or_create(mention=mention, defaults={"conversation": conversation})
            # After a fault its own time counts.
            Conversation.objects.filter(pk=conversation.pk, failures=0).update(next_fetch_at=now)


def wanted(conversation: Conversation) -> list[Mention]:
    """Return the mentions for which a conversation is asked for, newest first."""
    needing = Mention.objects.filter(
        context__conversation=conversation, context__is_wanted=True, deleted_at__isnull=True
    )
    return list(needing.defer("text").order_by("-posted_at", "-pk")[:MOST_POSTS])


def keep(
    conversation: Conversation,
    posts: Mapping[str, Post],
    *,
    asked: Collection[int],
    now: datetime,
    again: timedelta,
) -> None:
    """Make what is kept what the network showed now, when it was asked for the mentions `asked`.

    What it shows no longer goes; what people deleted or had erased here stays blank.
    """
    with transaction.atomic():
        row = Conversation.objects.filter(pk=conversation.pk)
        if row.select_for_update(no_key=True).values("pk").first() is None:
            return
        mentions = wanted(conversation)
        chosen = _chosen(mentions, posts)
        kept = ContextPost.objects.filter(conversation=conversation)
        erased = set(kept.filter(erased=True).values_list("native_id", flat=True))
        kept.filter(erased=False).exclude(native_id__in=chosen).delete()
        gone = _gone(conversation.network, chosen)
        ContextPost.objects.bulk_create(
            [
                _row(conversation, post, is_gone=post.deleted or native_id in gone)
                for native_id, post in chosen.items()
                if native_id not in erased
            ],
            update_conflicts=True,
            unique_fields=["conversation", "native_id"],
            update_fields=COLUMNS,
        )
        # A mention that joined meanwhile was not asked about.
        is_whole = {mention.pk for mention in mentions} <= set(asked)
        rest = now + again if chosen else None
        row.update(fetched_at=now, next_fetch_at=rest if is_whole else now, error="")


def let_go(mention_ids: Collection[int]) -> None:
    """End the contexts of these mentions; posts that no other mention needs go with them."""
    contexts = Context.objects.filter(mention__in=mention_ids)
    touched = list(contexts.values_list("conversation_id", flat=True).distinct())
    if not touched:
        return
    with transaction.atomic():
        conversations = Conversation.objects.filter(pk__in=touched).order_by("pk")
        locked = list(conversations.select_for_update())
        contexts.delete()
        for conversation in locked:
            _prune(conversation)


def forget(*, now: datetime) -> None:
    """Remove what is not needed any more, and what the network did not confirm in the time it grants."""
    gone = Context.objects.filter(mention__deleted_at__isnull=False)
    let_go(list(gone.values_list("mention", flat=True)))
    overdue = Q()
    for network in NETWORKS.values():
        overdue |= Q(network=network.name, fetched_at__lte=now - network.recheck_within)
    ContextPost.objects.filter(conversation__in=Conversation.objects.filter(overdue), erased=False).delete()
    needed = Context.objects.filter(conversation=OuterRef("pk"), is_wanted=True)
    over = Conversation.objects.filter(overdue | Q(fetched_at__isnull=True)).exclude(Exists(needed))
    if not over.exists():
        return
    with transaction.atomic():
        # What is being fetched right now goes next time.
        locked = over.order_by("pk").select_for_update(skip_locked=True, of=("self",))
        ended = Conversation.objects.filter(pk__in=[conversation.pk for conversation in locked])
        Context.objects.filter(conversation__in=ended).delete()
        ended.exclude(Exists(ContextPost.objects.filter(conversation=OuterRef("pk")))).delete()


def written_by(network: str, author_native_id: str) -> QuerySet[ContextPost]:
    """Return the context posts of one account."""
    return ContextPost.objects.filter(conversation__network=network, author_native_id=author_native_id)


def erase(network: str, author_native_id: str) -> None:
    """Blank the context posts of one account; shown again by the network, they stay blank."""
    posts = written_by(network, author_native_id)
    touched = list(posts.values_list("conversation", flat=True))
    # Not while the network's answer is being stored.
    list(Conversation.objects.filter(pk__in=touched).order_by("pk").select_for_update())
    posts.update(author_native_id="", handle="", name="", text="", url="", deleted=True, erased=True)


def _chosen(mentions: Iterable[Mention], posts: Mapping[str, Post]) -> dict[str, Post]:
    chosen: dict[str, Post] = {}
    for mention in mentions:
        for post in before(mention, posts):
            if len(chosen) < MOST_POSTS:
                chosen[post.native_id] = post
    return chosen


def _gone(network: str, native_ids: Iterable[str]) -> set[str]:
    """Return those that are stored as mentions and were deleted or erased."""
    stored = by_native_id(Mention.objects.only("native_id", "deleted_at"), network, native_ids)
    return {mention.native_id for mention in stored if mention.deleted_at}


def _row(conversation: Conversation, post: Post, *, is_gone: bool) -> ContextPost:
    row = ContextPost(
        conversation=conversation,
        native_id=post.native_id,
        parent_id=post.parent_id,
        posted_at=post.posted_at,
        is_own=post.is_own,
        deleted=is_gone,
    )
    if not is_gone:
        row.author_native_id, row.handle, row.name = (
            post.author.native_id,
            post.author.handle,
            post.author.name,
        )
        row.text, row.url = _cut(post.text), post.url
    return row


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _prune(conversation: Conversation) -> None:
    """Leave only posts that stand before the mentions which are left, none where no mention is."""
    mentions = Mention.objects.filter(context__conversation=conversation, deleted_at__isnull=True).defer(
        "text"
    )
    posts = {post.native_id: post for post in conversation.posts.all()}
    needed = {post.native_id for mention in mentions for post in before(mention, posts)}
    conversation.posts.filter(erased=False).exclude(native_id__in=needed).delete()
    if not conversation.contexts.exists() and not conversation.posts.exists():
        conversation.delete()
