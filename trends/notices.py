"""What people have to be told of incidents and weeks: noted with its cause, then told once."""

from __future__ import annotations

from datetime import datetime

import structlog

from config.brand_files import all_brands, brand
from listeners.alarm_words import Words
from listeners.reaching import LEASE, lease, reach
from listeners.telling import addresses
from trends.digest_words import digest_words
from trends.incident_words import incident_words
from trends.models import Incident, Notice
from trends.spikes.quiet import quiet_until
from trends.week import week_of

logger = structlog.get_logger(__name__)


def note(kind: Notice.Kind, incident: Incident, *, now: datetime) -> None:
    """Note that people have to hear of an incident; nothing where that was noted before.

    It belongs into the transaction of what it tells of. In quiet hours it waits for their end.
    """
    about = brand(incident.brand)
    is_pressing = incident.kind == Incident.Kind.URGENT and about.alerts.urgent_anyway
    at = now if is_pressing else quiet_until(about, now=now) or now
    key = f"incident/{incident.pk}/{kind}"
    Notice.objects.bulk_create(
        [Notice(key=key, kind=kind, brand=incident.brand, incident=incident, about=now, next_try_at=at)],
        ignore_conflicts=True,
    )


def hurry(incident: Incident, *, now: datetime) -> None:
    """Let what waits for the end of quiet hours be told now, since urgent posts rise too."""
    if brand(incident.brand).alerts.urgent_anyway:
        waiting = Notice.objects.filter(incident=incident, told_at=None, failures=0)
        waiting.filter(next_try_at__gt=now + LEASE).update(next_try_at=now)


def tell_notices(*, now: datetime) -> int:
    """Tell what waits; returns how many notices everybody has now.

    A notice is marked after an address took it, so a crash between both tells it again.
    """
    told = 0
    untold = Notice.objects.filter(told_at=None, brand__in=all_brands()).select_related("incident")
    while (notice := lease(untold, now=now)) is not None:
        told += _tell(notice, now)
    return told


def _tell(notice: Notice, now: datetime) -> bool:
    if not _is_needless(notice):
        logger.warning("notice", kind=notice.kind, brand=notice.brand, incident=notice.incident_id)
        to = addresses(of_digests=notice.kind == Notice.Kind.DIGEST)
        if not reach(notice, _words(notice), to, now=now):
            return False
    Notice.objects.filter(pk=notice.pk).update(told_at=now)
    return True


def _words(notice: Notice) -> Words:
    if notice.incident is None:
        return digest_words(week_of(notice.brand, until=notice.about))
    return incident_words(Notice.Kind(notice.kind), notice.incident)


def _is_needless(notice: Notice) -> bool:
    """Whether it is overtaken: of what is over, or was none, only the end is told, and only once."""
    incident = notice.incident
    if incident is None or incident.closed_at is None:
        return False
    if notice.kind != Notice.Kind.OVER:
        return not notice.reached
    begun = Notice.objects.filter(incident=incident, kind=Notice.Kind.BEGUN).first()
    return incident.is_none and (begun is None or not begun.reached)
