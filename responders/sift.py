"""The stage that compares what cases are made of, and hides what only repeats or comes from bots."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from listeners.models import Mention
from listeners.rejects import put_aside
from responders import campaigns
from responders.hiding import held, hide
from responders.models import CaseMention, Wording

_TURN = 0x73696674
"""Names the locks in the database, one a brand, that let one worker at a time compare its texts."""


def sift(*, now: datetime, size: int = 256) -> int:
    """Sift one batch of mentions that were put into cases; returns how many.

    One worker at a time does so for a brand, since each text is compared with all of the brand before it; the
    others take other brands or go on with their other stages meanwhile. Mentions whose case somebody holds at
    the moment are left for later.
    """
    if not _waiting().exists():
        return 0
    with transaction.atomic():
        head = list(_waiting().order_by("pk").values_list("pk", "mention__brand")[:size])
        brands = [brand for brand in sorted({brand for _, brand in head}) if _is_our_turn(brand)]
        # Read once more, since whoever had the turn until now may have been through some of them.
        ours = _waiting().filter(pk__in=[pk for pk, _ in head], mention__brand__in=brands)
        count = _sift(list(ours.select_related("mention").order_by("pk")), now)
        campaigns.forget(brands, now=now)
        return count


def _waiting() -> QuerySet[CaseMention]:
    return CaseMention.objects.filter(sifted_at=None, mention__dead=False)


def _is_our_turn(brand: str) -> bool:
    """Take a brand's lock until the transaction ends, if nobody has it; SQLite has one writer anyway."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [_TURN, brand])
        return bool(cursor.fetchone()[0])


def _sift(batch: Sequence[CaseMention], now: datetime) -> int:
    """Sift the mentions; one that cannot be is found by halving and put aside, the others go on."""
    if not batch:
        return 0
    try:
        with transaction.atomic():
            return _compare(batch, now)
    except OperationalError:
        raise
    except Exception as fault:
        if len(batch) == 1:
            put_aside(batch[0].mention, fault, stage="sift", now=now)
            return 1
        half = len(batch) // 2
        return _sift(batch[:half], now) + _sift(batch[half:], now)


def _compare(batch: Sequence[CaseMention], now: datetime) -> int:
    """Compare the mentions and hide what may be; wordings are locked first, and no case is waited for."""
    for link in batch:
        link.wording, link.sifted_at = _wording(link.mention, now), now
    wordings = list(_held({link.wording_id for link in batch if link.wording_id}))
    cases = held({link.case_id for link in batch})
    free = _unchanged([link for link in batch if link.case_id in cases])
    CaseMention.objects.bulk_update(free, ["wording", "sifted_at"])
    for wording in wordings:
        _count([link for link in free if link.wording_id == wording.pk], wording, now)
    hide([cases[case_id] for case_id in sorted({link.case_id for link in free})], now=now)
    return len(free)


def _unchanged(links: Sequence[CaseMention]) -> list[CaseMention]:
    """Leave out mentions that got other words before their case was locked: they are filed anew."""
    mentions = Mention.objects.filter(pk__in=[link.mention_id for link in links])
    filed_at = dict(mentions.values_list("pk", "routed_at"))
    return [link for link in links if filed_at[link.mention_id] == link.mention.routed_at]


def _wording(mention: Mention, now: datetime) -> Wording | None:
    return None if mention.deleted_at else campaigns.recognise(mention.brand, mention.text, now=now)


def _held(wordings: Collection[int]) -> QuerySet[Wording]:
    """Hold the wordings, so that nobody clears one between the look at it and the hiding."""
    return Wording.objects.filter(pk__in=wordings).order_by("pk").select_for_update(no_key=True)


def _count(links: Sequence[CaseMention], wording: Wording, now: datetime) -> None:
    """Count a wording again; where that makes it a campaign, its earlier posts are looked at once more."""
    if not links:
        return
    was_running = campaigns.is_running(wording, now=now)
    campaigns.count_again(wording, newest=max(link.mention.posted_at for link in links), now=now)
    if not was_running and campaigns.is_running(wording, now=now):
        earlier = CaseMention.objects.filter(wording=wording).exclude(pk__in=[link.pk for link in links])
        earlier.update(sifted_at=None)
