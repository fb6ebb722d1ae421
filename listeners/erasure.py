"""Takes out of mentions, their context and authors whatever names a person; what can be counted stays."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db.models import Value
from django.db.models.functions import Coalesce

from listeners import conversations
from listeners.models import Author, DeadLetter, Media, Mention
from listeners.photo_files import discard


def erase_authors(author_ids: Collection[int], *, now: datetime) -> None:
    """Blank the authors and all that they wrote; the same posts, fetched again, stay blank.

    It belongs into a transaction. The ids of posts stay: by them a post is known as erased.
    """
    mentions = Mention.objects.filter(author__in=author_ids)
    photos = Media.objects.filter(mention__author__in=author_ids)
    files = [file for file in photos.values_list("file", flat=True) if file]
    photos.delete()
    discard(files)
    conversations.let_go(list(mentions.values_list("pk", flat=True)))
    DeadLetter.objects.filter(mention__author__in=author_ids).update(payload="", error="erased")
    at = Value(now, Mention._meta.get_field("assessed_at"))
    mentions.update(
        text="",
        url="",
        deleted_at=Coalesce("deleted_at", at),
        assessed_at=Coalesce("assessed_at", at),
        routed_at=Coalesce("routed_at", at),
        indexed_at=None,
        dead=False,
    )
    for author in Author.objects.filter(pk__in=author_ids):
        conversations.erase(author.network, author.native_id)
        author.native_id, author.handle = f"erased-{uuid.uuid4().hex}", "erased"
        author.name, author.profile_url, author.followers, author.joined_at = "", "", None, None
        author.save()
