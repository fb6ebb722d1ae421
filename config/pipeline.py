"""The stages in the order of the work, and how to run them once or for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from django.db import close_old_connections, connection
from django.utils import timezone

from config.traces import span
from listeners.alarms import alarm
from listeners.listen import listen
from listeners.media import fetch_photos
from listeners.recheck import recheck
from listeners.stream import Streams
from responders.cases import wake
from responders.context import context
from responders.route import route
from responders.send import send
from responders.sift import sift
from responders.watch_sla import watch_sla
from sentiment.assess import assess
from trends.copy import copy
from trends.digest import digest
from trends.index import index
from trends.retention import retention
from trends.spikes.stage import spikes
from trends.topics.stage import topics

logger = structlog.get_logger(__name__)


class Work(Protocol):
    """One batch of a stage: does what is waiting at `now` and returns how many items it handled."""

    def __call__(self, *, now: datetime) -> int:
        """Handle one batch."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage, and how long it rests when it found nothing to do."""

    name: str
    work: Work
    rest_seconds: float = 0.25
    close: Callable[[], None] | None = None
    """Ends what the stage keeps open between its batches, where it does."""

    def batch(self, *, now: datetime) -> int:
        """Handle one batch; those that found something are traced."""
        with span("stage", stage=self.name) as known:
            count = self.work(now=now)
            if count:
                known(handled=count)
        return count


def stages() -> tuple[Stage, ...]:
    """Return all stages; they find their work in the database and know nothing of each other."""
    return (
        Stage("listen", listen),
        Stage("stream", streams := Streams(), close=streams.close),
        Stage("assess", assess),
        Stage("route", route),
        Stage("sift", sift),
        Stage("send", send),
        Stage("photos", fetch_photos, rest_seconds=0.5),
        Stage("context", context, rest_seconds=2.0),
        Stage("index", index, rest_seconds=1.0),
        Stage("topics", topics, rest_seconds=5.0),
        Stage("copy", copy, rest_seconds=1.0),
        Stage("retention", retention, rest_seconds=3600.0),
        Stage("wake", wake, rest_seconds=5.0),
        Stage("watch_sla", watch_sla, rest_seconds=10.0),
        Stage("recheck", recheck, rest_seconds=5.0),
        Stage("alarm", alarm, rest_seconds=30.0),
        Stage("spikes", spikes, rest_seconds=20.0),
        Stage("digest", digest, rest_seconds=60.0),
    )


def named(names: Iterable[str]) -> tuple[Stage, ...]:
    """Return the stages of these names, all where no name is given.

    Raises KeyError for a name that no stage has.
    """
    known = {stage.name: stage for stage in stages()}
    return tuple(known[name] for name in names) or tuple(known.values())


def run_once(
    todo: Sequence[Stage],
    *,
    clock: Callable[[], datetime] = timezone.now,
    report: Callable[[str, int], None] = lambda name, count: None,
) -> dict[str, int]:
    """Run the stages round after round until none finds work; returns what each one handled.

    Stages that keep something open are left out, since what they wait for has no end.
    """
    todo = [stage for stage in todo if stage.close is None]
    handled = {stage.name: 0 for stage in todo}
    while True:
        before = sum(handled.values())
        for stage in todo:
            count = stage.batch(now=clock())
            handled[stage.name] += count
            report(stage.name, count)
        if sum(handled.values()) == before:
            return handled


def work_off(stage: Stage, *, seconds: float, clock: Callable[[], datetime] = timezone.now) -> int:
    """Run batches of one stage until nothing waits or so many seconds are over; returns how much it handled.

    A batch in hand is finished. What is left waits for the next call.
    """
    handled, began = 0, time.monotonic()
    while count := stage.batch(now=clock()):
        handled += count
        if time.monotonic() - began >= seconds:
            break
    return handled


class Pipeline:
    """Runs each stage in a thread of its own until it is told to stop."""

    def __init__(self, todo: Sequence[Stage], *, clock: Callable[[], datetime] = timezone.now) -> None:
        self._clock = clock
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(stage,), name=stage.name, daemon=True) for stage in todo
        ]

    def start(self) -> None:
        """Start all stages."""
        for thread in self._threads:
            thread.start()

    def stop(self, *, seconds: float = 10) -> None:
        """Ask all stages to finish their batch, and wait for them for so long at most."""
        self._stop.set()
        for thread in self._threads:
            thread.join(seconds)

    def _run(self, stage: Stage) -> None:
        faults = 0
        while not self._stop.is_set():
            try:
                found = stage.batch(now=self._clock())
                faults = 0
            except Exception:
                faults += 1
                found = 0
                logger.exception("stage_failed", stage=stage.name, in_a_row=faults)
                close_old_connections()
            if not found:
                self._stop.wait(min(stage.rest_seconds * 2**faults, 30))
        if stage.close:
            stage.close()
        connection.close()
