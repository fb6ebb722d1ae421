"""Topics as the page shows them: a row each with small bars, and what rises in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from responders.console.networks import Badge, badge
from responders.console.trends_page import TrendsPage
from trends.models import Fact, Topic
from trends.phase import Phase
from trends.topics.pains import Pain
from trends.topics.rising import Riser, Rising

BAR_HEIGHT, BAR_STEP = 28, 5
MOST_BARS = 92
"""A bar stands for several days where the stretch has more of them."""


@dataclass(frozen=True, slots=True)
class SmallBar:
    """The days from `day` up to the next bar; `x`, `y` and `height` in the units of the small chart."""

    x: int
    y: int
    height: int
    day: date
    count: int


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One topic of the list; `posts` leads to what it counts."""

    pain: Pain
    posts: str
    bars: tuple[SmallBar, ...]
    width: int
    examples: tuple[tuple[Fact, Badge], ...]


@dataclass(frozen=True, slots=True)
class RiserRow:
    """One thing that rises; `name` is "" for the whole brand."""

    riser: Riser
    name: str
    posts: str


def topic_row(pain: Pain, page: TrendsPage) -> TopicRow:
    """Return the row of a topic."""
    bars = small_bars([day for day, _ in pain.days], [count for _, count in pain.days])
    return TopicRow(
        pain,
        page.posts(topic=str(pain.topic.pk)),
        bars,
        BAR_STEP * len(bars),
        tuple((fact, badge(fact.network)) for fact in pain.examples),
    )


def small_bars(days: Sequence[date], counts: Sequence[int]) -> tuple[SmallBar, ...]:
    """Return bars side by side, the tallest as high as there is room, and those of one post visible."""
    step = max(ceil(len(days) / MOST_BARS), 1)
    days, counts = days[::step], [sum(counts[at : at + step]) for at in range(0, len(counts), step)]
    top = max(counts, default=0) or 1
    heights = [max(round(BAR_HEIGHT * count / top), 2 * (count > 0)) for count in counts]
    return tuple(
        SmallBar(BAR_STEP * at, BAR_HEIGHT - height, height, day, count)
        for at, (day, count, height) in enumerate(zip(days, counts, heights, strict=True))
    )


def riser_rows(
    rising: Rising, names: Mapping[int, Topic], page: TrendsPage, *, since: date
) -> list[RiserRow]:
    """Return what rises since a day in words; hidden topics are left out."""
    days = {"from": since.isoformat(), "until": page.stretch.today.isoformat()}
    return [
        RiserRow(riser, name, page.posts(**days, **_part(riser)))
        for riser in rising.risers
        if (name := _name(riser, names)) is not None
    ]


def _name(riser: Riser, names: Mapping[int, Topic]) -> str | None:
    if riser.part == "topic":
        topic = names.get(int(riser.value))
        return topic.name if topic else None
    if riser.part == "network":
        return badge(str(riser.value)).label
    return str(Phase(str(riser.value)).label) if riser.part == "phase" else ""


def _part(riser: Riser) -> dict[str, str]:
    return {} if riser.part == "brand" else {riser.part: str(riser.value)}
