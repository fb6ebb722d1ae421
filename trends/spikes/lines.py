"""What was counted, minute by minute: one line for each network, and one for all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from trends.models import Incident
from trends.spikes.profile import Numbers, Profile, from_json, slots
from trends.spikes.rule import WINDOWS, is_high, is_rise, level
from trends.spikes.tally import KINDS, MINUTE, counted, tally

DAY = 1440
LENGTH = DAY + max(WINDOWS)
"""Minutes that a line is long: the windows, and the day before the longest."""


@dataclass(frozen=True, slots=True)
class Line:
    """Posts a minute of one kind on one network (empty: all), the newest last, and how many are usual."""

    network: str
    kind: Incident.Kind
    counts: Numbers
    usual: Numbers
    spread: float
    level: float
    """How many times the usual number the day before the last four hours brought."""

    def window(self, minutes: int, *, times: float | None = None) -> tuple[int, float]:
        """Return count and usual number of the last minutes, at `times` the profile (else: at the level)."""
        usual = float(self.usual[-minutes:].sum()) * (times or self.level)
        return round(self.counts[-minutes:].sum()), usual

    def rises(self, *, longest: int = max(WINDOWS)) -> list[int]:
        """Return the windows, up to the longest, in which it is a sudden rise."""
        lengths = [length for length in WINDOWS if length <= longest]
        return [length for length in lengths if is_rise(*self.window(length), self.spread, minutes=length)]

    def is_high(self, minutes: int, *, times: float) -> bool:
        """Tell whether a rise at so many times the profile still lasts."""
        return is_high(*self.window(minutes, times=times), self.spread, minutes=minutes)


def lines(
    brand: str,
    profile: Mapping[str, Any],
    *,
    incidents: Collection[Incident],
    left_out: Collection[tuple[str, str]],
    zone: ZoneInfo,
    now: datetime,
) -> list[Line]:
    """Return the lines of a brand, those of all networks first.

    The minutes of `incidents` do not raise the level, those of closed ones count nowhere; `left_out` are
    kinds and networks that do not count, all networks of a kind where the network is empty. Networks without
    a profile have no line.
    """
    until = now.replace(second=0, microsecond=0)
    begin = until - LENGTH * MINUTE
    counts = tally(counted(brand, now=now), begin=begin, step=MINUTE, length=LENGTH)
    at = slots(begin, count=LENGTH, step=MINUTE, zone=zone)
    calm = _calm(begin, incidents)
    over = _calm(begin, [one for one in incidents if one.closed_at])
    found: list[Line] = []
    for kind in KINDS:
        if (kind, "") in left_out:
            continue
        networks = [name for name in profile if name and (kind, name) not in left_out]
        singles = list(_singles(networks, kind, profile, counts, at, over, calm))
        if singles:
            spread = from_json(profile[""][kind]).spread
            found += [_all(kind, singles, spread, calm), *singles]
    return found


def _singles(
    networks: Collection[str],
    kind: Incident.Kind,
    profile: Mapping[str, Any],
    counts: Mapping[tuple[str, str], Numbers],
    at: Numbers,
    over: Numbers,
    calm: Numbers,
) -> Iterator[Line]:
    for network in networks:
        known: Profile = from_json(profile[network][kind])
        posts = counts[network, kind] * over
        usual = known.expected(at, 1 / 60) * over
        yield Line(network, kind, posts, usual, known.spread, _level(posts, usual, calm))


def _all(kind: Incident.Kind, singles: Collection[Line], spread: float, calm: Numbers) -> Line:
    posts = np.sum([line.counts for line in singles], axis=0)
    usual = np.sum([line.usual for line in singles], axis=0)
    return Line("", kind, posts, usual, spread, _level(posts, usual, calm))


def _level(posts: Numbers, usual: Numbers, calm: Numbers) -> float:
    day = calm[:DAY]
    return float(level(float((posts[:DAY] * day).sum()), float((usual[:DAY] * day).sum())))


def _calm(begin: datetime, incidents: Collection[Incident]) -> Numbers:
    calm = np.ones(LENGTH)
    for incident in incidents:
        first = max(0, int((incident.began_at - begin) / MINUTE))
        last = LENGTH if incident.ended_at is None else max(0, int((incident.ended_at - begin) / MINUTE) + 1)
        calm[first:last] = 0
    return calm
