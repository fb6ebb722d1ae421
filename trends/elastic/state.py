"""Which generations of indices are written to, and when Elasticsearch is tried again after a fault."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db.models import F

from listeners.backoff import retry_time
from trends.elastic.models import Copy
from trends.exceptions import ElasticFault

logger = structlog.get_logger(__name__)

LONGEST_REST = timedelta(minutes=1)


def state() -> Copy:
    """Return how the copy is."""
    return Copy.objects.get_or_create(pk=1)[0]


def is_resting(copy: Copy, *, now: datetime) -> bool:
    """Whether Elasticsearch had a fault and is not to be asked yet, by any worker."""
    return copy.next_try_at is not None and copy.next_try_at > now


def generations(copy: Copy, *, now: datetime) -> list[int]:
    """Return the generations to write to, the one that is read first."""
    if copy.building is None or (copy.building_until is not None and copy.building_until <= now):
        return [copy.generation]
    return [copy.generation, copy.building]


def rest(copy: Copy, fault: ElasticFault, *, now: datetime) -> None:
    """Let all workers wait, longer after each fault in a row, up to a minute."""
    again = min(retry_time(copy.failures + 1, now=now), now + LONGEST_REST)
    logger.warning("copy_waits", error=str(fault), what_to_do=fault.what_to_do, until=again.isoformat())
    Copy.objects.filter(pk=copy.pk).update(
        failures=F("failures") + 1, next_try_at=again, error=f"{fault}. {fault.what_to_do}"
    )


def well(copy: Copy) -> None:
    """Note that Elasticsearch works again."""
    if copy.failures:
        logger.info("copy_goes_on", faults=copy.failures)
        Copy.objects.filter(pk=copy.pk).update(failures=0, next_try_at=None, error="")
