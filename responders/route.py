"""The route stage: puts assessed mentions into cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import OperationalError, transaction
from django.db.models import QuerySet

from listeners.models import Author, Mention
from listeners.rejects import put_aside
from responders.filing import file
from responders.models import Customer, Identity

COLUMNS = (
    *("brand", "network", "source", "author", "kind", "posted_at", "seen_at", "deleted_at"),
    *("author__handle", "author__name", "author__followers"),
)
"""What filing a mention needs to know; its text stays in the database."""


def route(*, now: datetime, size: int = 256) -> int:
    """Route one batch of assessed mentions; returns how many.

    Mentions that another worker holds, or whose author or customer it holds, are left for later: so two
    workers never work on one person at the same time, and never open two cases for one matter.
    """
    if not _waiting().exists():
        return 0
    with transaction.atomic():
        mentions = _undisturbed(list(_held(_waiting())[:size]))
        _route(mentions, now)
        return len(mentions)


def _waiting() -> QuerySet[Mention]:
    return Mention.objects.filter(assessed_at__isnull=False, routed_at__isnull=True, dead=False)


def _held(waiting: QuerySet[Mention]) -> QuerySet[Mention]:
    batch = waiting.select_related("author").only(*COLUMNS).order_by("pk")
    return batch.select_for_update(skip_locked=True, no_key=True, of=("self",))


def _undisturbed(mentions: Sequence[Mention]) -> list[Mention]:
    """Hold the mentions' authors and customers; return the mentions for which that worked."""
    authors = Author.objects.filter(pk__in={mention.author_id for mention in mentions})
    free = set(authors.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
    known = dict(Identity.objects.filter(author__in=free).values_list("author_id", "customer_id"))
    customers = Customer.objects.filter(pk__in=set(known.values()))
    held = set(customers.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
    free -= {author for author, customer in known.items() if customer not in held}
    return [mention for mention in mentions if mention.author_id in free]


def _route(mentions: Sequence[Mention], now: datetime) -> None:
    """File the mentions; one that cannot be filed is found by halving and put aside, the others go on."""
    if not mentions:
        return
    try:
        with transaction.atomic():
            file(mentions, now=now)
    except OperationalError:
        raise
    except Exception as fault:
        if len(mentions) == 1:
            put_aside(mentions[0], fault, stage="route", now=now)
            return
        half = len(mentions) // 2
        _route(mentions[:half], now)
        _route(mentions[half:], now)
