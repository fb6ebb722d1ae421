"""Who holds which stream: a lease in the database, so that an account has one connection at most."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q

from listeners.backoff import retry_time
from listeners.exceptions import RateLimited
from listeners.models import Stream

LEASE = timedelta(seconds=30)
"""How long a stream stays with a worker that says nothing; then another takes it."""


def take(key: str, *, holder: str, now: datetime) -> bool:
    """Take a stream that nobody holds and that is due."""
    Stream.objects.get_or_create(key=key)
    free = Q(held_until__isnull=True) | Q(held_until__lte=now)
    due = Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)
    taken = Stream.objects.filter(free, due, key=key).update(holder=holder, held_until=now + LEASE)
    return bool(taken)


def keep(key: str, *, holder: str, now: datetime) -> bool:
    """Hold a stream on; False when its lease is over, so that another may have it."""
    held = Stream.objects.filter(key=key, holder=holder, held_until__gt=now)
    return bool(held.update(held_until=now + LEASE))


def heard(key: str, *, holder: str, now: datetime) -> None:
    """Note that something came."""
    Stream.objects.filter(key=key, holder=holder).update(heard_at=now)


def settle(key: str, *, holder: str, remark: str) -> None:
    """Forget the faults before a connection that lasts; a remark on it stays."""
    Stream.objects.filter(key=key, holder=holder).update(failures=0, last_error=remark)


def note(key: str, *, holder: str, remark: str) -> None:
    """Keep what a person should know though the connection goes on."""
    Stream.objects.filter(key=key, holder=holder).update(last_error=remark)


def give_back(key: str, *, holder: str) -> None:
    """Let another worker have it at once."""
    Stream.objects.filter(key=key, holder=holder).update(holder="", held_until=None)


def put_off(key: str, *, holder: str, fault: Exception, now: datetime) -> None:
    """Give a stream back after a fault, to be tried again by the one policy for all networks."""
    held = Stream.objects.filter(key=key, holder=holder)
    failures = (held.values_list("failures", flat=True).first() or 0) + 1
    asked_for = fault.retry_at if isinstance(fault, RateLimited) else None
    held.update(
        holder="",
        held_until=None,
        failures=F("failures") + 1,
        last_error=str(fault),
        next_try_at=retry_time(failures, now=now, asked_for=asked_for),
    )
