"""The numbers that Prometheus reads: the work's from the database, the console's as they are counted here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

import prometheus_client
from django.db.models import Count, QuerySet
from django.utils import timezone
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from config import __version__
from config.waiting import waiting
from listeners.models import DeadLetter, Source
from responders.models import Case, Reply

NEWEST = 10_000
"""Replies of which the fate is counted: enough for any rate, and the same work at any size."""

REQUESTS = Histogram(
    "kulanz_web_request_seconds",
    "How long the console took for an answer.",
    ["method", "view", "status"],
    registry=None,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class Work(Collector):
    """What the database tells of the work, anew each time that it is asked."""

    def __init__(self, *, clock: Callable[[], datetime] = timezone.now) -> None:
        self._clock = clock

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing in advance, so that registering asks no database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield all numbers."""
        now = self._clock()
        yield _gauge("kulanz_info", "This Kulanz.", "version", {__version__: 1})
        stages = list(waiting(now=now))
        counts = {one.stage: one.count for one in stages}
        yield _gauge("kulanz_stage_waiting", "Items that wait for a stage.", "stage", counts)
        ages = {one.stage: (now - one.since).total_seconds() if one.since else 0 for one in stages}
        yield _gauge("kulanz_stage_oldest_seconds", "How long the first of them waits.", "stage", ages)
        yield _gauge("kulanz_queue_cases", "Cases that wait for us.", "level", _queue())
        yield _gauge("kulanz_newest_replies", f"Fate of the newest {NEWEST} replies.", "state", _replies())
        yield from _sources(now)
        letters = DeadLetter.objects.filter(replayed_at__isnull=True)
        yield _gauge("kulanz_dead_letters", "Dead letters to replay.", "stage", _by(letters, "stage"))


def exposition() -> bytes:
    """Return all numbers in the form that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(Work())
    registry.register(REQUESTS)
    registry.register(prometheus_client.PLATFORM_COLLECTOR)
    registry.register(prometheus_client.PROCESS_COLLECTOR)
    return prometheus_client.generate_latest(registry)


def _gauge(name: str, says: str, label: str, numbers: dict[str, float] | dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, says, labels=[label])
    for value, number in numbers.items():
        family.add_metric([value], number)
    return family


def _by(rows: QuerySet[DeadLetter], column: str) -> dict[str, int]:
    return dict(rows.order_by().values_list(column).annotate(Count("pk")))


def _queue() -> dict[str, int]:
    open_cases = Case.objects.filter(state=Case.State.OPEN, hidden=Case.Hidden.NO)
    counted = dict(open_cases.order_by().values_list("level").annotate(Count("pk")))
    return {level.name.lower(): counted.get(level.value, 0) for level in Case.Level}


def _replies() -> dict[str, int]:
    counted = Counter(Reply.objects.order_by("-pk").values_list("state", flat=True)[:NEWEST])
    return {state: counted[state] for state in Reply.State.values}


def _sources(now: datetime) -> Iterator[GaugeMetricFamily]:
    active = Source.objects.filter(state=Source.State.ACTIVE)
    rows = list(active.values_list("slug", "failures", "last_success_at", "created_at"))
    yield _gauge("kulanz_source_failures", "Faults in a row.", "source", {row[0]: row[1] for row in rows})
    ages = {slug: (now - (heard or made)).total_seconds() for slug, _, heard, made in rows}
    yield _gauge("kulanz_source_unheard_seconds", "Time since a source was last heard.", "source", ages)
    counted = dict(Source.objects.order_by().values_list("state").annotate(Count("pk")))
    states = {state: counted.get(state, 0) for state in Source.State.values}
    yield _gauge("kulanz_sources", "Sources by whether they are listened to.", "state", states)
