"""The first stage: asks each source that is due for a page and stores it."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, QuerySet

from config.brand_files import BrandFault, brand
from listeners import budgets, gaps, tallies
from listeners.backoff import retry_time
from listeners.contract import Network, Page
from listeners.exceptions import AuthFault, ListenerError, RateLimited
from listeners.intake import Stored, store
from listeners.login.renew import weighed
from listeners.models import Gap, Source
from listeners.networks.registry import open_network, polled

logger = structlog.get_logger(__name__)
LEASE = timedelta(minutes=2)
"""How long a fetch may take before another worker takes the source over."""


def listen(*, now: datetime) -> int:
    """Fetch one page from each source that is due; returns from how many.

    A source's fault is kept in its row and never keeps the others waiting.
    """
    done: list[int] = []
    while (source := _take(_due(now).exclude(pk__in=done), now)) is not None:
        done.append(source.pk)
        _listen_to(source, now)
    return len(done)


def due(*, now: datetime) -> dict[str, list[int]]:
    """Return the ids of the sources that are due, by network, those that wait longest first."""
    found: dict[str, list[int]] = {}
    for network, source_id in _due(now).order_by("next_fetch_at", "pk").values_list("network", "pk"):
        found.setdefault(network, []).append(source_id)
    return found


def listen_to(source_id: int, *, now: datetime) -> Stored | None:
    """Fetch one page from one source; None where it is not due, or somebody else fetches it.

    Raises what the network or the brand file is at fault for, after it was kept in the source's row: that
    says when it is tried again, and alarms tell of it.
    """
    source = _take(_due(now).filter(pk=source_id), now)
    heard = _listen_to(source, now) if source else None
    if isinstance(heard, Exception):
        raise heard
    return heard


def _due(now: datetime) -> QuerySet[Source]:
    return Source.objects.filter(state=Source.State.ACTIVE, next_fetch_at__lte=now, network__in=polled())


def _take(waiting: QuerySet[Source], now: datetime) -> Source | None:
    """Lease the source that is due longest, so that nobody else fetches it meanwhile."""
    with transaction.atomic():
        locked = waiting.select_for_update(skip_locked=True, no_key=True)
        source = locked.order_by("next_fetch_at", "pk").first()
        if source is not None:
            Source.objects.filter(pk=source.pk).update(next_fetch_at=now + LEASE)
    return source


def _listen_to(source: Source, now: datetime) -> Stored | Exception:
    """Return what became of the page, or the fault that its row now tells of."""
    # A log-in that has to be renewed first may meet a limit of its own.
    network: Network | None = None
    try:
        brand(source.brand)
        network = open_network(source, clock=lambda: now)
        if until := budgets.take(network.allowance_key(), now=now):
            gaps.begin(source, Gap.Reason.BUDGET, now=now, until=until)
            Source.objects.filter(pk=source.pk).update(next_fetch_at=until)
            return Stored()
        page = network.fetch(source.cursor)
    except AuthFault as fault:
        refused(source, fault, now)
        return fault
    except RateLimited as fault:
        until = _put_off(source, str(fault), now, fault.retry_at)
        if network is not None:
            budgets.exhaust(network.allowance_key(), until=until)
        return fault
    except (ListenerError, BrandFault) as fault:
        _put_off(source, str(fault), now)
        return fault
    except Exception as fault:
        logger.exception("network_failed", source=source.slug)
        _put_off(source, f"{source.network} failed: {type(fault).__name__}; see the log.", now)
        return fault
    budgets.note(page.allowance)
    budgets.spend(network.allowance_key(), now=now, calls=page.further_calls)
    return _keep(page, source, network, now)


def _keep(page: Page, source: Source, network: Network, now: datetime) -> Stored:
    """Store a page, and in the same transaction that the source was heard."""
    pause = timedelta(seconds=0 if page.more else network.poll_seconds)
    with transaction.atomic():
        gaps.end(source, now=now)
        stored = store(page, source=source, now=now)
        gaps.fill(source, page, now=now)
        tallies.count(source, is_fault=False, now=now)
        Source.objects.filter(pk=source.pk).update(
            next_fetch_at=now + pause, last_success_at=now, last_error="", failures=0
        )
    return stored


def _put_off(source: Source, error: str, now: datetime, asked_for: datetime | None = None) -> datetime:
    """Try a source again later; returns when."""
    until = retry_time(source.failures + 1, now=now, asked_for=asked_for)
    gaps.begin(source, Gap.Reason.FAULT, now=now, until=until)
    tallies.count(source, is_fault=True, now=now)
    Source.objects.filter(pk=source.pk).update(
        next_fetch_at=until, last_error=error, failures=F("failures") + 1
    )
    return until


def refused(source: Source, fault: AuthFault, now: datetime) -> None:
    """Try again where a renewal of the log-in may help; else a person has to."""
    weight = weighed(source, fault, clock=lambda: now)
    if isinstance(weight, AuthFault):
        _disable(source, weight, now)
    else:
        _put_off(source, str(weight), now)


def _disable(source: Source, fault: AuthFault, now: datetime) -> None:
    logger.error("source_disabled", source=source.slug, fault=str(fault))
    gaps.begin(source, Gap.Reason.LOGIN, now=now)
    tallies.count(source, is_fault=True, now=now)
    Source.objects.filter(pk=source.pk).update(
        state=Source.State.DISABLED, last_error=str(fault), failures=F("failures") + 1
    )
