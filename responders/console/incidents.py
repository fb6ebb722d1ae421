"""What the pages show of incidents."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.brand_files import brand
from listeners.models import Mention
from responders.console.rows import Row, row_of
from responders.models import Agent
from responders.queue import rows
from trends.incident_words import how_many, where
from trends.models import Incident
from trends.numbers.scope import Scope
from trends.spikes.course import course
from trends.spikes.measures import posts_of

WIDTH, HEIGHT = 720, 160
MOST_CASES = 40


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart, in its units, and what it says."""

    x: float
    y: float
    height: float
    begin: datetime
    count: int
    usual: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """The course of an incident as bars, with the usual number as a line."""

    bars: tuple[Bar, ...]
    width: float
    usual: str
    """Points of the line; empty where nothing usual is known."""
    most: int
    step: timedelta
    began_x: float


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident and its words."""

    incident: Incident
    brand: str
    where: str
    how_many: str


def shown(incident: Incident) -> Shown:
    """Return an incident with its words, in the reader's language."""
    return Shown(incident, brand(incident.brand).name, where(incident), how_many(incident))


def open_incidents(brands: Collection[str]) -> list[Shown]:
    """Return the incidents that are open, those of most posts first."""
    found = Incident.objects.filter(brand__in=brands, closed_at=None, ended_at=None)
    return [shown(incident) for incident in found.order_by("-count")]


def chart_of(incident: Incident, *, now: datetime) -> Chart:
    """Draw the course of an incident."""
    step, pieces = course(incident, now=now)
    most = max(1, *(max(piece.count, piece.usual or 0) for piece in pieces))
    width, scale = WIDTH / len(pieces), HEIGHT / most
    bars = tuple(
        Bar(
            number * width,
            HEIGHT - piece.count * scale,
            piece.count * scale,
            piece.begin,
            piece.count,
            piece.usual,
        )
        for number, piece in enumerate(pieces)
    )
    line = [
        f"{bar.x + half * width:.1f},{HEIGHT - (bar.usual or 0) * scale:.1f}"
        for bar in bars
        for half in (0, 1)
    ]
    began_x = (incident.began_at - pieces[0].begin) / step * width
    known = all(piece.usual is not None for piece in pieces)
    return Chart(bars, width * 0.86, " ".join(line) if known else "", round(most), step, began_x)


def examples_of(incident: Incident) -> list[Mention]:
    """Return the posts that stand for it, those that were not deleted."""
    kept = incident.examples.filter(deleted_at=None).select_related("author", "case_mention")
    return list(kept.order_by("posted_at", "pk"))


def cases_of(incident: Incident, agent: Agent, *, now: datetime) -> tuple[int, list[tuple[Row, str]]]:
    """Return how many cases hold its posts, and the gravest of them with their states."""
    case = "mention__case_mention__case"
    found = posts_of(incident, now=now).filter(**{f"{case}__isnull": False}).order_by()
    gravest = found.values_list(case, f"{case}__level", f"{case}__rank_at").distinct()
    first = [row[0] for row in gravest.order_by(f"-{case}__level", f"{case}__rank_at", case)[:MOST_CASES]]
    number = found.values(case).distinct().count()
    return number, [(row_of(one, agent=agent, now=now), one.get_state_display()) for one in rows(first)]


def overlapping(scope: Scope, *, now: datetime) -> list[Shown]:
    """Return the incidents of a stretch, newest first; of a network also those that are not its alone."""
    found = Incident.objects.filter(brand=scope.brand, began_at__lt=scope.until)
    if scope.network:
        found = found.filter(network__in=("", scope.network))
    return [shown(one) for one in found if (one.ended_at or now) >= scope.since]
