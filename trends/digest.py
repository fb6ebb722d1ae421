"""The stage that sends the weekly digest of each brand, once a week."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.brand import WEEKDAYS, Brand
from config.brand_files import all_brands
from listeners.telling import addresses
from trends.models import Notice
from trends.notices import tell_notices

LATEST = timedelta(days=2)
"""A digest that could not be sent for so long is left out."""


def digest(*, now: datetime) -> int:
    """Note the digests whose hour has come, and tell what waits; returns how many were told."""
    if addresses(of_digests=True):
        for about in all_brands().values():
            if now - last_turn(about, now=now) <= LATEST:
                _note(about, now)
    return tell_notices(now=now)


def send(about: Brand, *, now: datetime) -> bool:
    """Send a brand's last digest now; False where it was noted before."""
    is_new = _note(about, now)
    tell_notices(now=now)
    return is_new


def _note(about: Brand, now: datetime) -> bool:
    """Note a digest once a week of the calendar, whatever day is chosen meanwhile."""
    until = last_turn(about, now=now)
    key = f"digest/{about.slug}/{until.astimezone(about.zone):%G-W%V}"
    _, is_new = Notice.objects.get_or_create(
        key=key,
        defaults={"kind": Notice.Kind.DIGEST, "brand": about.slug, "about": until, "next_try_at": now},
    )
    return is_new


def last_turn(about: Brand, *, now: datetime) -> datetime:
    """Return the last moment, up to `now`, at which a brand's digest was due."""
    wanted, today = about.digest, now.astimezone(about.zone).date()
    day = today - timedelta(days=(today.weekday() - WEEKDAYS.index(wanted.weekday)) % 7)
    turn = datetime.combine(day, wanted.at, about.zone)
    return turn if turn <= now else datetime.combine(day - timedelta(days=7), wanted.at, about.zone)
