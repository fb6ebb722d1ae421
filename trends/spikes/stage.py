"""The stage that looks for sudden rises, once a minute for each brand, and tells of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from config.brand_files import all_brands, brand
from trends.models import Usual
from trends.notices import tell_notices
from trends.spikes.incidents import follow
from trends.spikes.learning import refresh

logger = structlog.get_logger(__name__)
EVERY = timedelta(seconds=55)
"""How soon a brand is looked at again."""


def spikes(*, now: datetime) -> int:
    """Look at every brand whose turn it is; returns how many incidents began or ended, and were told of."""
    return sum(_look(slug, now) for slug in all_brands()) + tell_notices(now=now)


def _look(slug: str, now: datetime) -> int:
    """Look at a brand; one that cannot be judged keeps no other from it."""
    try:
        return look(slug, now=now)
    except Exception:
        logger.exception("spikes_failed", brand=slug)
        return 0


def look(slug: str, *, now: datetime) -> int:
    """Look at one brand, which one worker does at a time; returns how many incidents began or ended."""
    usual, _ = Usual.objects.get_or_create(brand=slug)
    if not _is_due(usual, now):
        return 0
    refresh(usual, zone=brand(slug).zone, now=now)
    with transaction.atomic():
        held = Usual.objects.select_for_update(skip_locked=True).filter(pk=usual.pk).first()
        if held is None or not _is_due(held, now):
            return 0
        held.checked_at = now
        held.save(update_fields=["checked_at"])
        return follow(slug, held.profile, now=now)


def _is_due(usual: Usual, now: datetime) -> bool:
    return usual.checked_at is None or now - usual.checked_at >= EVERY
