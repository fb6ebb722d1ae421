"""How a source is: one value out of what the database knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from config.brand_files import BrandFault, brand
from listeners import gaps, tallies
from listeners.exceptions import ListenerError
from listeners.login.ends import is_soon, known_login
from listeners.models import Budget, DeadLetter, Gap, Mention, Source
from listeners.networks.registry import NETWORKS, network_of, polled
from listeners.volume import Volume, volume

DAY = timedelta(hours=24)
REMEMBERED = timedelta(days=7)
"""How long filled gaps are shown."""
MOST_MEASURED = 10_000


@dataclass(frozen=True, slots=True)
class Lag:
    """The time from a post's being written to its being seen: the middle one, and the 95th of 100."""

    half: timedelta
    most: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source is at `now`; fetches and faults are those of the last 24 hours."""

    source: Source
    now: datetime
    unheard_since: datetime | None
    """Set while nobody listens for longer than the source's pauses explain."""
    lag: Lag | None
    budget: Budget | None
    """None where the network tells none, or its time is over."""
    fetches: int
    faults: int
    volume: Volume | None
    login_ends_at: datetime | None
    """When a person must log in again; None where that is not known."""
    login_renews: bool
    """Whether its token is renewed by itself."""
    gaps: tuple[Gap, ...]
    """The latest ones: those still unfilled, or filled within a week; newest first."""
    letters: int
    """Dead letters that nobody has replayed."""
    letters_since: datetime | None
    """When the oldest of them died."""

    @property
    def error_rate(self) -> float | None:
        """Return the share of fetches that were faults, 0-1; None where there were none."""
        return self.faults / self.fetches if self.fetches else None

    @property
    def cursor_age(self) -> timedelta | None:
        """Return how long ago the cursor moved; None where it never did."""
        return self.now - self.source.cursor_at if self.source.cursor_at else None

    @property
    def is_silent(self) -> bool:
        """Whether it is listened to and brings fewer posts than it ever should: the alarm."""
        is_heard = self.source.state == Source.State.ACTIVE and self.unheard_since is None
        return is_heard and self.volume is not None and self.volume.is_silent

    @property
    def login_has_ended(self) -> bool:
        """Whether the log-in has ended by itself."""
        return self.login_ends_at is not None and self.login_ends_at <= self.now

    @property
    def login_ends_soon(self) -> bool:
        """Whether the log-in ends within a week, or has ended: the alarm."""
        return is_soon(self.login_ends_at, now=self.now)

    @property
    def needs_a_look(self) -> bool:
        """Whether a person should look at it."""
        is_refused = self.source.state == Source.State.DISABLED
        is_unheard = self.unheard_since is not None and self.source.state == Source.State.ACTIVE
        has_fault = bool(self.source.last_error or self.source.recheck_error)
        return is_refused or is_unheard or self.is_silent or self.login_ends_soon or has_fault


def health(source: Source, *, now: datetime) -> SourceHealth:
    """Tell how a source is."""
    lag = _lag(source, now)
    fetches, faults = tallies.last_day(source, now=now)
    login = known_login(source, now=now)
    letters = dead_letters(source).aggregate(count=Count("pk"), since=Min("at"))
    return SourceHealth(
        source=source,
        now=now,
        unheard_since=_unheard_since(source, now),
        lag=lag,
        budget=_budget(source, now),
        fetches=fetches,
        faults=faults,
        volume=_volume(source, lag, now),
        login_ends_at=login.ends_at,
        login_renews=login.expires_at is not None,
        gaps=tuple(source.gaps.filter(Q(filled_at__isnull=True) | Q(filled_at__gte=now - REMEMBERED))[:10]),
        letters=letters["count"],
        letters_since=letters["since"],
    )


def all_health(sources: Iterable[Source], *, now: datetime) -> list[SourceHealth]:
    """Tell how many sources are, those that need a look first."""
    found = [health(source, now=now) for source in sources]
    return sorted(
        found,
        key=lambda one: (not one.needs_a_look, one.source.state == Source.State.ACTIVE, one.source.slug),
    )


def dead_letters(source: Source) -> QuerySet[DeadLetter]:
    """Return what no stage could work on and nobody has replayed, newest first."""
    return DeadLetter.objects.filter(Q(source=source) | Q(mention__source=source), replayed_at__isnull=True)


def _unheard_since(source: Source, now: datetime) -> datetime | None:
    open_gap = source.gaps.filter(ends_at__isnull=True).first()
    if open_gap is not None:
        return open_gap.starts_at
    heard_at = source.last_success_at
    is_late = source.network in polled() and heard_at is not None and now - heard_at > gaps.allowed(source)
    return heard_at if is_late else None


def _lag(source: Source, now: datetime) -> Lag | None:
    """Measure the posts of the last day; those that came late through a gap do not count."""
    posts = Mention.objects.filter(source=source, is_backfill=False, posted_at__gt=now - DAY)
    times = posts.order_by("-posted_at").values_list("posted_at", "seen_at")[:MOST_MEASURED]
    took = sorted(max(seen - posted, timedelta(0)) for posted, seen in times)
    return Lag(took[len(took) // 2], took[len(took) * 95 // 100]) if took else None


def _budget(source: Source, now: datetime) -> Budget | None:
    try:
        key = network_of(source, clock=lambda: now).allowance_key()
    except ListenerError:
        return None
    return Budget.objects.filter(key=key, resets_at__gt=now).first() if key else None


def _volume(source: Source, lag: Lag | None, now: datetime) -> Volume | None:
    """Judge the time before the last success, less what posts usually take to get here."""
    try:
        zone = brand(source.brand).zone
    except BrandFault:
        return None
    is_polled = source.network in NETWORKS and NETWORKS[source.network].polls
    until = source.last_success_at if is_polled else now
    return volume(source, until=until - (lag.most if lag else timedelta(0)), zone=zone) if until else None
