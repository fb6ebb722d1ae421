"""The calls that networks still allow, kept where all workers see them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from listeners.contract import Allowance, Price
from listeners.models import Budget

_MOST = 2**31 - 1


def take(key: str, *, now: datetime, calls: int = 1) -> datetime | None:
    """Take calls out of a budget; None when they may be made, else the time from which on.

    A key that is unknown, or whose time is over, is free: the network's next answer tells.
    """
    current = Budget.objects.filter(key=key, resets_at__gt=now)
    if not key or current.filter(left__gte=calls).update(left=F("left") - calls):
        return None
    return current.values_list("resets_at", flat=True).first()


def pay(prices: Iterable[Price], *, now: datetime) -> datetime | None:
    """Take what one call costs out of each of its budgets; the time from which on where one is empty.

    They are taken in the order of their keys, so that two workers cannot wait for each other.
    """
    for price in sorted(prices, key=lambda price: price.key):
        if until := take(price.key, now=now, calls=price.calls):
            return until
    return None


def spend(key: str, *, now: datetime, calls: int) -> None:
    """Take calls that were made already out of a budget, as far as it goes."""
    if calls > 0:
        left = Greatest(F("left") - calls, 0)
        Budget.objects.filter(key=key, resets_at__gt=now).update(left=left)


def note(allowance: Allowance | None) -> None:
    """Keep what a network said; of two words about the same time the smaller counts, an older one never."""
    if allowance is None or not allowance.key:
        return
    limit, left = min(allowance.limit, _MOST), min(allowance.left, _MOST)
    with transaction.atomic():
        budget, is_new = Budget.objects.select_for_update().get_or_create(
            key=allowance.key, defaults={"limit": limit, "left": left, "resets_at": allowance.resets_at}
        )
        if is_new or allowance.resets_at < budget.resets_at:
            return
        is_same = allowance.resets_at == budget.resets_at
        budget.left = min(budget.left, left) if is_same else left
        budget.limit, budget.resets_at = limit, allowance.resets_at
        budget.save()


def exhaust(key: str, *, until: datetime) -> None:
    """Let nobody make such a call before a time, since the network asked for a pause."""
    if key:
        Budget.objects.update_or_create(key=key, defaults={"left": 0, "resets_at": until})
