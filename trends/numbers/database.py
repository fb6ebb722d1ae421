"""Counts facts in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, IntegerField, Q, QuerySet
from django.db.models.expressions import Func

from trends.models import Fact
from trends.numbers.scope import Scope
from trends.numbers.tally import Numbers, Tally

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
COUNTS = {
    "negative": Count("pk", filter=Q(sentiment="negative")),
    "neutral": Count("pk", filter=Q(sentiment="neutral")),
    "positive": Count("pk", filter=Q(sentiment="positive")),
    "urgent": Count("pk", filter=Q(urgency__gte=2)),
}


class Slot(Func):
    """The number of whole slots between 1970 and a moment."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Count by SQLite's own clock functions, since those of Django call Python for each row."""
        # Without the part of a second, which SQLite would round up into the next one.
        template = "CAST(strftime('%%%%s', substr(%(expressions)s, 1, 19)) AS INTEGER) / %(seconds)s"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Count by the epoch."""
        template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / %(seconds)s)::bigint"
        return self.as_sql(compiler, connection, template=template, **context)


def facts_of(scope: Scope) -> QuerySet[Fact]:
    """Return the facts that a scope counts."""
    facts = Fact.objects.filter(brand=scope.brand, posted_at__gte=scope.since, posted_at__lt=scope.until)
    return facts.filter(network=scope.network) if scope.network else facts


def count(scope: Scope) -> Numbers:
    """Count in two queries, whatever the stretch."""
    facts, seconds = facts_of(scope), scope.slot_seconds
    slots = facts.annotate(slot=Slot("posted_at", seconds=seconds)).values("slot").annotate(**COUNTS)
    networks = facts.values("network").annotate(**COUNTS)
    return Numbers(
        {
            datetime.fromtimestamp(slot * seconds, UTC): Tally(*counts)
            for slot, *counts in _rows(slots, "slot")
        },
        {network: Tally(*counts) for network, *counts in _rows(networks, "network")},
    )


def newest_day(scope: Scope, *, until: datetime) -> date | None:
    """Return the day in the scope's zone of the newest post up to `until`, None where there is none."""
    earlier = facts_of(replace(scope, since=LONG_AGO, until=until))
    newest = earlier.order_by("-posted_at").values_list("posted_at", flat=True).first()
    return newest.astimezone(scope.zone).date() if newest else None


def _rows(counted: QuerySet[Fact, Any], key: str) -> QuerySet[Fact, tuple[Any, ...]]:
    return counted.order_by(key).values_list(key, *COUNTS)
