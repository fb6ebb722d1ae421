"""The stage that tells people of cases whose deadline is near or past, once each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from config.brand import Brand
from config.brand_files import BrandFault, brand
from listeners.reaching import lease, reach
from listeners.telling import addresses
from responders.models import Case, DeadlineNotice, NoticedCase
from responders.notice_words import said

logger = structlog.get_logger(__name__)
Kind = DeadlineNotice.Kind
DUE = (Case.State.OPEN, Case.State.SNOOZED)
"""States in which a deadline counts; hidden cases have none that anybody waits for."""


def watch_sla(*, now: datetime, size: int = 500) -> int:
    """Note the cases whose deadline came near or passed, and tell of them; returns how many are new.

    A brand's cases of one run are one message. What was answered before it could be told is told no more.
    A crash between an address and its note tells the message again, never not at all.
    """
    noted = sum(_note(policy, kind, now, size) for policy in _brands() for kind in Kind)
    while (notice := lease(DeadlineNotice.objects.filter(told_at__isnull=True), now=now)) is not None:
        _tell(notice, now)
    return noted


def _brands() -> Iterable[Brand]:
    """Yield the brands that have open cases; one whose file is broken says so elsewhere."""
    for slug in (
        Case.objects.filter(state__in=DUE).order_by("brand").values_list("brand", flat=True).distinct()
    ):
        try:
            yield brand(slug)
        except BrandFault:
            logger.exception("brand_not_watched", brand=slug)


def waiting(policy: Brand, kind: Kind, *, now: datetime) -> QuerySet[Case]:
    """Return a brand's cases whose deadline is near, or past."""
    cases = Case.objects.filter(brand=policy.slug, state__in=DUE, hidden=Case.Hidden.NO)
    if kind == Kind.PAST:
        return cases.filter(due_at__lte=now)
    return cases.filter(due_at__gt=now, due_at__lte=now + timedelta(minutes=policy.routing.warn_minutes))


def _note(policy: Brand, kind: Kind, now: datetime, size: int) -> int:
    """Put cases of which nobody was told into one notice; another worker's are left to that one."""
    told = NoticedCase.objects.filter(case=OuterRef("pk"), kind=kind, waiting_since=OuterRef("waiting_since"))
    new = waiting(policy, kind, now=now).exclude(Exists(told)).order_by("due_at", "pk")
    found = dict(new.values_list("pk", "waiting_since")[:size])
    if not found:
        return 0
    try:
        _keep(policy, kind, found, now)
    except IntegrityError:
        return 0
    logger.warning("deadlines_noted", brand=policy.slug, kind=str(kind), cases=len(found))
    return len(found)


def _keep(policy: Brand, kind: Kind, found: Mapping[int, datetime], now: datetime) -> None:
    with transaction.atomic():
        notice = DeadlineNotice.objects.create(brand=policy.slug, kind=kind, at=now, next_try_at=now)
        NoticedCase.objects.bulk_create(
            [NoticedCase(notice=notice, case_id=pk, kind=kind, waiting_since=at) for pk, at in found.items()]
        )


def _tell(notice: DeadlineNotice, now: datetime) -> None:
    cases = list(_still_waiting(notice))
    if not cases or reach(notice, said(notice, cases), addresses(), now=now):
        DeadlineNotice.objects.filter(pk=notice.pk).update(told_at=now)


def _still_waiting(notice: DeadlineNotice) -> QuerySet[Case]:
    """Return the cases of a notice that nobody answered yet, those first that are due first."""
    noticed = NoticedCase.objects.filter(
        notice=notice, case=OuterRef("pk"), waiting_since=OuterRef("waiting_since")
    )
    open_ones = Case.objects.filter(Exists(noticed), state__in=DUE, due_at__isnull=False)
    return open_ones.order_by("due_at", "pk")
