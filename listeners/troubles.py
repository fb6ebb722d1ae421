"""What of a source's health a person has to be told of: one rule each, and nothing else raises alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from listeners import gaps
from listeners.health import SourceHealth
from listeners.login.ends import WARNED_AHEAD
from listeners.models import Alarm, Source

UNHEARD_FOR = timedelta(minutes=15)
"""How long a source may not be heard before that is an alarm; slow sources have two rounds and a minute."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong with a source, and since when."""

    kind: Alarm.Kind
    since: datetime


def troubles(one: SourceHealth) -> list[Trouble]:
    """Return all that is wrong with a source."""
    return [trouble for rule in RULES for trouble in rule(one)]


def _login(one: SourceHealth) -> Iterator[Trouble]:
    if one.source.state == Source.State.DISABLED:
        yield Trouble(Alarm.Kind.LOGIN, one.unheard_since or one.now)


def _unheard(one: SourceHealth) -> Iterator[Trouble]:
    """Judge by faults in a row, or by silence of our own: no calls left, nobody running `listen`."""
    source = one.source
    since = source.last_success_at or source.created_at
    is_unheard = one.unheard_since is not None or source.failures > 0
    is_long = one.now - since >= max(UNHEARD_FOR, gaps.allowed(source))
    if source.state == Source.State.ACTIVE and is_unheard and is_long:
        yield Trouble(Alarm.Kind.UNHEARD, since)


def _silent(one: SourceHealth) -> Iterator[Trouble]:
    if one.is_silent and one.volume:
        yield Trouble(Alarm.Kind.SILENT, one.source.last_post_at or one.volume.until - one.volume.stretch)


def _expiry(one: SourceHealth) -> Iterator[Trouble]:
    if one.login_ends_at and one.login_ends_soon:
        yield Trouble(Alarm.Kind.EXPIRY, one.login_ends_at - WARNED_AHEAD)


def _letters(one: SourceHealth) -> Iterator[Trouble]:
    if one.letters_since:
        yield Trouble(Alarm.Kind.LETTERS, one.letters_since)


RULES: tuple[Callable[[SourceHealth], Iterator[Trouble]], ...] = (
    _login,
    _unheard,
    _silent,
    _expiry,
    _letters,
)
