"""The stage that hears of posts at once, from sources with the setting `stream`, besides their polls."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, Full, Queue
from uuid import uuid4

import structlog

from config.brand_files import BrandFault
from listeners import streams
from listeners.contract import Account, Page, Post, Reject
from listeners.exceptions import AuthFault, ListenerError, Unavailable
from listeners.intake import store
from listeners.listen import refused
from listeners.models import Source
from listeners.networks.registry import NETWORKS, open_network
from listeners.networks.streaming import Stream, Streaming, Told

logger = structlog.get_logger(__name__)
LOOKS_EVERY = timedelta(seconds=5)
"""How often sources are looked through and leases renewed; what came is stored at each call."""
STEADY_AFTER = timedelta(minutes=1)
"""A connection that lives so long has nothing to do with the faults before it."""
MOST_WAITING = 1000
MOST_AT_ONCE = 200
STOPS_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A stream that there should be: its key and the accounts of the sources that share it."""

    key: str
    network: Streaming
    accounts: tuple[Account, ...]

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Return what a change of which needs another connection: sources and their queries."""
        return tuple((account.source, account.query) for account in self.accounts)


class Line:
    """One open stream: a thread reads it, `taken` hands over what came; `arrived` is set with each."""

    def __init__(self, wanted: Wanted, stream: Stream, arrived: threading.Event, *, now: datetime) -> None:
        self.wanted, self.opened_at = wanted, now
        self.fault: Exception | None = None
        self.remark = ""
        self._stream, self._arrived, self._closed = stream, arrived, threading.Event()
        self._waiting: Queue[Told] = Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._read, name=f"stream {wanted.key}", daemon=True)
        self._thread.start()

    def taken(self) -> Iterator[Told]:
        """Yield what came since the last time, up to a batch."""
        for _ in range(MOST_AT_ONCE):
            try:
                yield self._waiting.get_nowait()
            except Empty:
                return

    def close(self) -> None:
        """End the connection and its thread; what came and was not taken is left to the poll."""
        self._closed.set()
        self._stream.close()
        self._thread.join(STOPS_WITHIN_S)

    def _read(self) -> None:
        try:
            self._stream.read(self._tell)
            fault: Exception = Unavailable("The stream ended.")
        except Exception as found:
            if not isinstance(found, ListenerError):
                logger.exception("stream_failed", stream=self.wanted.key)
            fault = found
        self.fault = fault
        self._arrived.set()

    def _tell(self, told: Told) -> None:
        """Queue what came; when too much waits, the network waits too."""
        while not self._closed.is_set():
            try:
                self._waiting.put(told, timeout=0.5)
            except Full:
                continue
            self._arrived.set()
            return


class Streams:
    """The streams that this worker holds. One call stores what came; `close` ends them all."""

    def __init__(self) -> None:
        self.arrived = threading.Event()
        """Set when something came, or a stream ended."""
        self.holder = str(uuid4())
        self._lines: dict[str, Line] = {}
        self._look_at: datetime | None = None
        self._unable: dict[str, str] = {}

    def __call__(self, *, now: datetime) -> int:
        """Store what came, and see to it that each stream that should be has its connection somewhere.

        Returns how many posts came. A stream's fault never disables a source, except a refused log-in.
        """
        self.arrived.clear()
        if self._look_at is None or now >= self._look_at:
            self._look_at = now + LOOKS_EVERY
            self._look(now)
        return sum(self._serve(line, now) for line in list(self._lines.values()))

    @property
    def held(self) -> frozenset[str]:
        """Return the keys of the streams that this worker holds."""
        return frozenset(self._lines)

    def close(self) -> None:
        """End all streams and let others have them at once."""
        for key, line in self._lines.items():
            line.close()
            streams.give_back(key, holder=self.holder)
        self._lines.clear()
        self._look_at = None

    def _look(self, now: datetime) -> None:
        wanted, unable = wanted_streams(now=now)
        for source, reason in unable.items() - self._unable.items():
            logger.warning("no_stream", source=source, reason=reason)
        self._unable = unable
        for key, line in list(self._lines.items()):
            is_wanted = key in wanted and wanted[key].names == line.wanted.names
            if not (is_wanted and streams.keep(key, holder=self.holder, now=now)):
                self._lines.pop(key).close()
                streams.give_back(key, holder=self.holder)
        for key in wanted.keys() - self._lines.keys():
            if streams.take(key, holder=self.holder, now=now):
                stream = wanted[key].network.open_stream(wanted[key].accounts)
                self._lines[key] = Line(wanted[key], stream, self.arrived, now=now)

    def _serve(self, line: Line, now: datetime) -> int:
        # Asked before taking what came, so that nothing told before the end is left behind.
        fault, told = line.fault, list(line.taken())
        self._note(line, told, now)
        count = _keep(told, now)
        if fault is not None and len(told) < MOST_AT_ONCE:
            self._end(line, fault, now)
        return count

    def _note(self, line: Line, told: list[Told], now: datetime) -> None:
        key, remarks = line.wanted.key, [one.remark for one in told if one.remark]
        if remarks:
            line.remark = "; ".join(filter(None, [line.remark, *remarks]))
            streams.note(key, holder=self.holder, remark=line.remark)
        if len(told) > len(remarks):
            streams.heard(key, holder=self.holder, now=now)
            if now - line.opened_at >= STEADY_AFTER:
                streams.settle(key, holder=self.holder, remark=line.remark)

    def _end(self, line: Line, fault: Exception, now: datetime) -> None:
        key = line.wanted.key
        self._lines.pop(key).close()
        logger.warning("stream_ended", stream=key, fault=str(fault))
        streams.put_off(key, holder=self.holder, fault=fault, now=now)
        if isinstance(fault, AuthFault):
            for source in Source.objects.filter(slug__in=[name for name, _ in line.wanted.names]):
                refused(source, fault, now)


def wanted_streams(*, now: datetime) -> tuple[dict[str, Wanted], dict[str, str]]:
    """Return the streams that there should be, by key, and why some sources have none."""
    names = [name for name, network in NETWORKS.items() if issubclass(network, Streaming)]
    found: dict[str, Wanted] = {}
    unable: dict[str, str] = {}
    active = Source.objects.filter(state=Source.State.ACTIVE, network__in=names, settings__stream=True)
    for source in active.order_by("slug"):
        try:
            network = open_network(source, clock=lambda: now)
            assert isinstance(network, Streaming)
            key = network.stream_key()
        except ListenerError as fault:
            unable[source.slug] = str(fault)
            continue
        others = found[key].accounts if key in found else ()
        found[key] = Wanted(key=key, network=network, accounts=(*others, network.account))
    return found, unable


def _keep(told: list[Told], now: datetime) -> int:
    """Store what came by the same intake as the polls, whose cursors stay where they are."""
    posts: dict[str, list[Post]] = {}
    rejects: dict[str, list[Reject]] = {}
    for one in told:
        for name in one.sources:
            posts.setdefault(name, []).extend(one.posts)
            rejects.setdefault(name, []).extend(one.rejects)
    for source in Source.objects.filter(slug__in=posts.keys(), state=Source.State.ACTIVE).order_by("slug"):
        page = Page(
            posts=tuple(posts[source.slug]), cursor=source.cursor, rejects=tuple(rejects[source.slug])
        )
        try:
            store(page, source=source, now=now)
        except BrandFault as fault:
            logger.warning("stream_not_stored", source=source.slug, fault=str(fault))
    return sum(len(one.posts) for one in told)
