"""How long customers waited for the first answer. Counted in the database, which alone knows every reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, DateField, DurationField, ExpressionWrapper, F, Q, QuerySet, Value, Window
from django.db.models.functions import RowNumber, TruncDate, TruncWeek

from listeners.models import Mention
from trends.numbers.fold import Step
from trends.numbers.scope import Scope

MEDIAN, SLOWEST = 50, 95
"""Percent of the answered posts within whose waits the shown ones lie."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Of `answered` posts, how long the median and the 95th of a hundred waited (nearest rank)."""

    answered: int
    median: timedelta
    slowest: timedelta


def waits(scope: Scope, *, step: Step) -> Mapping[date, Wait]:
    """Return the waits by the day, or the week (its Monday), on which posts were written."""
    trunc = TruncWeek if step == Step.WEEK else TruncDate
    return _ranked(_answered(scope), trunc("posted_at", tzinfo=scope.zone, output_field=DateField()))


def wait(scope: Scope) -> Wait | None:
    """Return the waits of all posts of the scope together, None where none was answered."""
    return _ranked(_answered(scope), Value(1)).get(1)


def _answered(scope: Scope) -> QuerySet[Mention]:
    mentions = Mention.objects.filter(
        brand=scope.brand,
        posted_at__gte=scope.since,
        posted_at__lt=scope.until,
        first_reply_at__isnull=False,
    )
    return mentions.filter(network=scope.network) if scope.network else mentions


def _ranked(mentions: QuerySet[Mention], group: Any) -> dict[Any, Wait]:
    waited = ExpressionWrapper(F("first_reply_at") - F("posted_at"), output_field=DurationField())
    ranked = mentions.annotate(group=group, waited=waited).annotate(
        rank=Window(RowNumber(), partition_by="group", order_by="waited"),
        answered=Window(Count("pk"), partition_by="group"),
    )
    wanted = ranked.filter(Q(rank=_nearest(MEDIAN)) | Q(rank=_nearest(SLOWEST)))
    found: dict[Any, Wait] = {}
    for key, answered, waited in wanted.order_by("group", "rank").values_list("group", "answered", "waited"):
        found[key] = Wait(answered, found[key].median if key in found else waited, waited)
    return found


def _nearest(percent: int) -> Any:
    return (F("answered") * percent + 99) / 100
