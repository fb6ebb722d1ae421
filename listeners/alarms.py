"""The stage that raises alarms about sources, tells each once, and says when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from listeners.alarm_words import said
from listeners.health import SourceHealth, health
from listeners.models import Alarm, Source
from listeners.reaching import lease, reach
from listeners.telling import addresses
from listeners.troubles import Trouble, troubles

logger = structlog.get_logger(__name__)
CALM = timedelta(minutes=5)
"""How long something has to be over before that is told; what comes back meanwhile is the same alarm."""


def alarm(*, now: datetime) -> int:
    """Compare the sources' health with the alarms, and tell what was not told; returns how much was new.

    An alarm is marked as told after an address took it, so a crash between both tells it again. An address
    that takes nothing is tried later and later, and holds up neither the others nor anything else.
    """
    found = {one.source.pk: one for one in _readable(now)}
    changed = sum(_note(one, now) for one in found.values())
    return changed + _tell_all(found, now)


def _readable(now: datetime) -> Iterator[SourceHealth]:
    """Yield the health of all sources; one that cannot be judged hides no other's alarms."""
    for source in Source.objects.all():
        try:
            yield health(source, now=now)
        except Exception:
            logger.exception("health_failed", source=source.slug)


def _note(one: SourceHealth, now: datetime) -> int:
    """Raise and end the alarms of a source; returns how many changed."""
    current = {trouble.kind: trouble for trouble in troubles(one)}
    open_ones = {alarm.kind: alarm for alarm in one.source.alarms.filter(end_told_at__isnull=True)}
    raised = [_raise(one.source, trouble, now) for kind, trouble in current.items() if kind not in open_ones]
    turned = [_turn(alarm, is_on=kind in current, now=now) for kind, alarm in open_ones.items()]
    return sum(raised) + sum(turned)


def _raise(source: Source, trouble: Trouble, now: datetime) -> bool:
    """Add an alarm unless another worker just did."""
    row = Alarm(source=source, kind=trouble.kind, began_at=trouble.since, next_try_at=now)
    Alarm.objects.bulk_create([row], ignore_conflicts=True)
    logger.warning(
        "alarm_raised", source=source.slug, kind=str(trouble.kind), since=trouble.since.isoformat()
    )
    return True


def _turn(alarm: Alarm, *, is_on: bool, now: datetime) -> bool:
    """Note that an alarm is over, or that it came back before its end was told; returns whether it did."""
    row = Alarm.objects.filter(pk=alarm.pk, end_told_at__isnull=True)
    if is_on == (alarm.ended_at is None):
        return False
    if is_on:
        # Whoever was told already that it is over has to hear of it again.
        told_at = None if alarm.reached else alarm.told_at
        return bool(row.update(ended_at=None, told_at=told_at, reached=[], next_try_at=now))
    logger.warning("alarm_over", source=alarm.source.slug, kind=alarm.kind)
    return bool(row.update(ended_at=now, reached=[], failures=0, next_try_at=now + CALM))


def _tell_all(found: dict[int, SourceHealth], now: datetime) -> int:
    told = 0
    while (alarm := _take(now)) is not None:
        one = found.get(alarm.source_id)
        told += _tell(alarm, one, now) if one else 0
    return told


def _take(now: datetime) -> Alarm | None:
    """Lease one alarm of which the beginning or the end has to be told."""
    untold = Q(told_at__isnull=True) | Q(ended_at__isnull=False)
    return lease(Alarm.objects.filter(untold, end_told_at__isnull=True).select_related("source"), now=now)


def _tell(alarm: Alarm, one: SourceHealth, now: datetime) -> bool:
    """Tell an alarm to the addresses that have not taken it yet; returns whether all have now."""
    is_told = reach(alarm, said(alarm, one), addresses(), now=now)
    if is_told:
        _mark(alarm, now)
    return is_told


def _mark(alarm: Alarm, now: datetime) -> None:
    row = Alarm.objects.filter(pk=alarm.pk)
    if alarm.ended_at is None:
        row.update(told_at=now, reached=[], failures=0)
    elif not row.filter(ended_at=alarm.ended_at).update(
        told_at=alarm.told_at or now, end_told_at=now, reached=[]
    ):
        # It came back while its end was told.
        row.update(told_at=None, next_try_at=now)
