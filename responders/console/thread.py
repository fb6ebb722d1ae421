"""One case's conversation in the order of time: what the customer sees, and what the team says about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Value
from django.db.models.functions import Length, Substr

from listeners.models import Mention
from responders.console.before import Before, before_each
from responders.models import Case, Note, Reply

MOST = 40
"""Posts that a case shows, the newest."""
LONGEST = 4000
"""Characters of a post that a page shows."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in the thread; exactly one of mention, reply and note is there."""

    at: datetime
    mention: Mention | None = None
    reply: Reply | None = None
    note: Note | None = None
    before: Before | None = None
    """What stands before a mention."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The newest part of the conversation, and how many posts stand before it."""

    items: tuple[Item, ...]
    earlier: int

    @property
    def mentions(self) -> list[Mention]:
        """The customer's posts, oldest first."""
        return [item.mention for item in self.items if item.mention]


def thread(case: Case) -> Thread:
    """Read the conversation; `mention.shown` begins its text; `mention.cut` characters are missing."""
    found = _mentions(case)
    mentions = found[:MOST]
    replies = case.replies.exclude(state=Reply.State.CANCELLED).select_related("agent", "offer")
    answers = list(replies.order_by("-pk")[:MOST])
    shown = {mention.native_id for mention in mentions} | {reply.native_id for reply in answers}
    before = before_each(mentions[::-1], shown=shown)
    notes = case.notes.select_related("agent")
    items = [
        *(Item(mention.posted_at, mention=mention, before=before.get(mention.pk)) for mention in mentions),
        *(Item(reply.created_at, reply=reply) for reply in answers),
        *(Item(note.at, note=note) for note in notes.order_by("-pk")[:MOST]),
    ]
    earlier = case.case_mentions.count() - MOST if len(found) > MOST else 0
    return Thread(tuple(sorted(items, key=lambda item: item.at)), earlier)


def _mentions(case: Case) -> list[Mention]:
    mentions = Mention.objects.filter(case_mention__case=case).select_related("author").defer("text")
    shown = mentions.annotate(
        shown=Substr("text", 1, LONGEST),
        cut=Length("text") - Value(LONGEST),
        added_at=F("case_mention__added_at"),
    )
    return list(shown.prefetch_related("media").order_by("-posted_at", "-pk")[: MOST + 1])
