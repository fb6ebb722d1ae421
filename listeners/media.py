"""The stage that fetches the photos of mentions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from listeners.backoff import retry_time
from listeners.exceptions import ListenerError, StorageFault
from listeners.guard import fetch
from listeners.models import Media
from listeners.networks.answers import raise_for_status
from listeners.networks.registry import photo_url, session_of
from listeners.photo_files import discard, keep_photo, remove_discarded

LARGEST = 10 * 2**20
"""Bytes of a picture, as it is served."""
MOST_FAILURES = 5
LEASE = timedelta(minutes=5)


def fetch_photos(*, now: datetime, size: int = 20) -> int:
    """Fetch up to `size` photos that wait; returns how many were tried.

    A photo that fails is tried again, later each time, and given up after five times with its error. While
    the storage does not work none is fetched and none given up: StorageFault is raised.
    """
    remove_discarded()
    batch = _take(now, size)
    for media in batch:
        try:
            _fetch(media, now)
        except StorageFault:
            raise
        except ListenerError as fault:
            _put_off(media, str(fault), now)
    return len(batch)


def _take(now: datetime, size: int) -> Sequence[Media]:
    """Lease photos, so that nobody else fetches them meanwhile."""
    waiting = Media.objects.filter(file="", next_fetch_at__lte=now).select_related("mention__source")
    with transaction.atomic():
        locked = waiting.select_for_update(skip_locked=True, of=("self",))
        batch = list(locked.order_by("next_fetch_at", "pk")[:size])
        Media.objects.filter(pk__in=[media.pk for media in batch]).update(next_fetch_at=now + LEASE)
    return batch


def _fetch(media: Media, now: datetime) -> None:
    source = media.mention.source
    url = photo_url(source, media.url, clock=lambda: now)
    response, content = fetch(session_of(source), url, limit=LARGEST)
    raise_for_status(response, now=now)
    photo = keep_photo(content)
    kept = Media.objects.filter(pk=media.pk).update(
        file=photo.file, width=photo.width, height=photo.height, next_fetch_at=None, error=""
    )
    if not kept:
        # The post was deleted while its photo came.
        discard([photo.file])


def _put_off(media: Media, error: str, now: datetime) -> None:
    failures = media.failures + 1
    again = retry_time(failures, now=now) if failures < MOST_FAILURES else None
    Media.objects.filter(pk=media.pk).update(
        failures=F("failures") + 1, error=error[:300], next_fetch_at=again
    )
