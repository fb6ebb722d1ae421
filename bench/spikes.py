"""How often the spike alarm is wrong, and how soon it is right: a simulated year of noise, and storms in it.

Prints one JSON line. A brand posts on three networks; its posts follow the hour and the day of the week,
grow slowly, are fewer or more on holidays, and come in conversations, on good and bad days and hours, so
that they spread far more than chance alone would let them. `of_posts` storms multiply all posts, the added
ones being negative; `of_negative` storms multiply the negative ones only.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trends.spikes.profile import learn
from trends.spikes.rule import LEAST, TIMES, WINDOWS, is_high, is_rise, level

DAY, WEEK = 1440, 10080
"""Minutes."""
HISTORY = 8 * WEEK
CALM = 60
NETWORKS = (0.6, 0.3, 0.1)
NEGATIVE, URGENT = 0.3, 0.06
SIZES = (10, 100, 1000, 10000)
STORMS = tuple(product((2, 3, 5, 10), (30, 120, 360)))
Counts = NDArray[np.float64]


def posts_a_minute(size: float, minutes: int, rng: np.random.Generator) -> Counts:
    """Return how many posts a minute are to be expected, before chance."""
    at = np.arange(minutes)
    hour, day = at / 60 % 24, at // DAY
    daily = 0.15 + np.exp(-((hour - 13) ** 2) / 32) + 0.8 * np.exp(-((hour - 20) ** 2) / 6)
    weekly = np.array([1.0, 1.05, 1.0, 1.0, 0.95, 0.75, 0.7])[day % 7]
    days = int(day[-1]) + 1
    holidays = np.where(rng.random(days) < 11 / 365, rng.choice([0.4, 1.5], days), 1.0)
    moods = rng.gamma(12, 1 / 12, days) * holidays
    hours = rng.gamma(6, 1 / 6, minutes // 60 + 1)
    grown = 1 + 0.4 * at / (365 * DAY)
    return np.asarray(
        size / DAY * daily / daily.mean() * weekly / weekly.mean() * grown * moods[day] * hours[at // 60]
    )


def conversations(mean: Counts, rng: np.random.Generator) -> Counts:
    """Return posts a minute: some begin a conversation, whose answers follow within the next hour."""
    first = rng.poisson(mean / 1.4)
    begun = np.repeat(np.arange(len(mean)), rng.negative_binomial(first * 0.6 + 1e-9, 0.6))
    later = begun + rng.exponential(20, len(begun)).astype(int)
    return np.asarray(first + np.bincount(later[later < len(mean)], minlength=len(mean)), dtype=float)


@dataclass(frozen=True, slots=True)
class Posts:
    """One network's posts a minute: what was to be expected, and what came."""

    mean: Counts
    negative: Counts
    urgent: Counts


def posts_of(size: float, minutes: int, rng: np.random.Generator) -> list[Posts]:
    """Return the posts of a brand with `size` posts a day on each network."""
    mean = posts_a_minute(size, minutes, rng)
    return [_on_network(mean * share, rng) for share in NETWORKS]


def _on_network(mean: Counts, rng: np.random.Generator) -> Posts:
    negative = rng.binomial(conversations(mean, rng).astype(int), NEGATIVE)
    return Posts(mean, negative.astype(float), rng.binomial(negative, URGENT / NEGATIVE).astype(float))


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is counted: posts a minute, what is usual, and how far it spreads."""

    counts: Counts
    usual: Counts
    spread: Counts

    def windows(self) -> dict[int, tuple[Counts, Counts]]:
        """Return, by length, count and usual number of the window that ends with each minute."""
        sums, usual = np.cumsum(self.counts), np.cumsum(self.usual)
        far = [_window(one, DAY + 240) - _window(one, 240) for one in (sums, usual)]
        levels = level(far[0], far[1])
        return {length: (_window(sums, length), _window(usual, length) * levels) for length in {30, *WINDOWS}}

    def part(self, begin: int, end: int, *, more: Counts) -> Line:
        """Cut out a stretch and add posts to its end."""
        counts = self.counts[begin:end].copy()
        counts[-len(more) :] += more
        return Line(counts, self.usual[begin:end], self.spread[begin:end])


def _window(sums: Counts, minutes: int) -> Counts:
    return np.asarray(sums - np.concatenate([np.zeros(minutes), sums[:-minutes]]))


def line_of(counts: Counts) -> Line:
    """Learn what is usual anew every week from the eight before; the stage does so every day."""
    hours = counts[: len(counts) // 60 * 60].reshape(-1, 60).sum(axis=1)
    usual, spread = np.full(len(counts), counts[:HISTORY].mean()), np.ones(len(counts))
    for begin in range(HISTORY, len(counts), WEEK):
        past = np.arange((begin - HISTORY) // 60, begin // 60)
        profile = learn(hours[past], past % 168)
        assert profile
        minutes = np.arange(begin, min(begin + WEEK, len(counts)))
        usual[minutes] = profile.expected(minutes / 60 % 168, 1 / 60)
        spread[minutes] = profile.spread
    return Line(counts, usual, spread)


def lines_of(networks: Sequence[Posts]) -> list[Line]:
    """Return the lines that the stage looks at: all networks and each, negative and urgent posts."""
    kinds = [[network.negative for network in networks], [network.urgent for network in networks]]
    return [line_of(counts) for kind in kinds for counts in (np.sum(kind, axis=0), *kind)]


def rises(line: Line, *, begin: int) -> Iterator[tuple[int, int]]:
    """Yield the minutes from `begin` on at which a line is a rise, with the window that shows it."""
    for minutes, (counts, usual) in line.windows().items():
        likely = (counts >= np.maximum(LEAST, TIMES * usual))[begin:]
        for at in begin + np.flatnonzero(likely) if minutes in WINDOWS else ():
            if is_rise(round(counts[at]), usual[at], line.spread[at], minutes=minutes):
                yield int(at), minutes


def incidents(lines: Sequence[Line]) -> list[int]:
    """Return the minutes at which an incident is opened; its own minutes open no second one."""
    found = sorted(
        (at, minutes, number)
        for number, line in enumerate(lines)
        for at, minutes in rises(line, begin=HISTORY)
    )
    opened: list[int] = []
    over_at = -1
    for at, minutes, number in found:
        if at - minutes > over_at:
            opened.append(at)
            over_at = _over(lines[number], at, max(minutes, 30))
    return opened


def _over(line: Line, at: int, minutes: int) -> int:
    counts, usual = line.windows()[minutes]
    high_at, last = at, min(at + 3 * DAY, len(counts) - 1)
    while at < last and at - high_at <= CALM:
        if is_high(round(counts[at]), usual[at], line.spread[at], minutes=minutes):
            high_at = at
        at += 1
    return at


def found_after(lines: Sequence[Line], begin: int, storm: Sequence[Counts]) -> float:
    """Return how many minutes after its beginning a storm on these lines is noticed; infinite for never."""
    before, length = DAY + 300, len(storm[0])
    parts = [
        line.part(begin - before, begin + length, more=more) for line, more in zip(lines, storm, strict=True)
    ]
    return min((at - before + 1 for part in parts for at, _ in rises(part, begin=before)), default=np.inf)


def storm_in(
    networks: Sequence[Posts],
    begin: int,
    rng: np.random.Generator,
    *,
    times: int,
    length: int,
    of_posts: bool,
) -> list[Counts]:
    """Return the posts that a storm adds to each line; as many of them are urgent as else."""
    stretch = slice(begin, begin + length)
    means = [(network.mean if of_posts else network.mean * NEGATIVE)[stretch] for network in networks]
    negative = [rng.poisson(mean * (times - 1)).astype(float) for mean in means]
    urgent = [rng.binomial(posts.astype(int), URGENT / NEGATIVE).astype(float) for posts in negative]
    return [counts for kind in (negative, urgent) for counts in (np.sum(kind, axis=0), *kind)]


def measure(
    size: float, seed: int, *, months: int, tries: int, storms: Sequence[tuple[int, int]] = STORMS
) -> dict[str, Any]:
    """Return false alarms a month of a brand with `size` posts a day, and how storms upon it are found."""
    rng = np.random.default_rng(seed)
    networks = posts_of(size, HISTORY + months * 30 * DAY, rng)
    lines = lines_of(networks)
    alarms = len(incidents(lines)) / months
    return {"false_alarms_a_month": round(alarms, 2)} | {
        f"{name} x{times} for {length} min": found
        for name, of_posts in (("all posts", True), ("negative posts", False))
        for times, length in storms
        if (found := _storms(networks, lines, rng, tries, times=times, length=length, of_posts=of_posts))
    }


def _storms(
    networks: Sequence[Posts], lines: Sequence[Line], rng: np.random.Generator, tries: int, **storm: Any
) -> dict[str, Any]:
    """Let storms break over the months of noise, at hours as likely as posts are."""
    mean = networks[0].mean[HISTORY + 2 * DAY : -DAY]
    begins = HISTORY + 2 * DAY + rng.choice(len(mean), tries, p=mean / mean.sum())
    delays = sorted(found_after(lines, begin, storm_in(networks, begin, rng, **storm)) for begin in begins)
    return {
        "found": round(sum(map(isfinite, delays)) / tries, 3),
        "within_15_min": round(sum(delay <= 15 for delay in delays) / tries, 3),
        "p50_min": _finite(delays[tries // 2]),
        "p95_min": _finite(delays[tries * 95 // 100]),
    }


def _finite(delay: float) -> float | None:
    return delay if isfinite(delay) else None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--tries", type=int, default=200, help="storms of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="posts a day")
    given = parser.parse_args()
    began = time.perf_counter()
    sizes = {size: measure(size, given.seed, months=given.months, tries=given.tries) for size in given.sizes}
    print(
        json.dumps(
            {
                "months": given.months,
                "tries": given.tries,
                "posts_a_day": sizes,
                "load": os.getloadavg()[0],
                "seconds": round(time.perf_counter() - began),
            }
        )
    )


if __name__ == "__main__":
    main()
