"""Draws daily counts as a stacked area: points, ticks and bands in the units of an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from trends.charts import Day

WIDTH, HEIGHT = 880, 260
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 28
LAYERS = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """One day's column, to point at and to click."""

    x: float
    width: float
    day: Day


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that the template draws."""

    areas: tuple[tuple[str, str], ...]
    total: str
    rows: tuple[Tick, ...]
    columns: tuple[tuple[float, date], ...]
    bands: tuple[Band, ...]


def stacked(days: Sequence[Day]) -> Chart:
    """Stack the days, the negative ones lowest, under a line of the total; `days` must not be empty."""
    top = _ceiling(max(day.total for day in days))
    step = (WIDTH - LEFT - RIGHT) / max(len(days) - 1, 1)
    xs = [LEFT + index * step for index in range(len(days))]
    floor, areas = [0] * len(days), []
    for layer in LAYERS:
        roof = [low + getattr(day, layer) for low, day in zip(floor, days, strict=True)]
        areas.append((layer, _line(xs, roof, top) + " " + _line(xs[::-1], floor[::-1], top)))
        floor = roof
    rows = tuple(Tick(_y(value, top), str(value)) for value in _steps(top))
    every = max(len(days) // 7, 1)
    columns = tuple((x, day.date) for x, day in list(zip(xs, days, strict=True))[::every])
    bands = tuple(Band(max(x - step / 2, LEFT), step, day) for x, day in zip(xs, days, strict=True))
    return Chart(tuple(areas), _line(xs, floor, top), rows, columns, bands)


def _y(value: float, top: int) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top), 1)


def _line(xs: Sequence[float], values: Sequence[int], top: int) -> str:
    return " ".join(f"{x:.1f},{_y(value, top)}" for x, value in zip(xs, values, strict=True))


def _ceiling(most: int) -> int:
    size = int(10 ** (len(str(most)) - 1))
    return max(next(step * size for step in (1, 2, 4, 5, 8, 10) if step * size >= most), 4)


def _steps(top: int) -> list[int]:
    parts = next(parts for parts in (4, 5, 2, 1) if top % parts == 0)
    return [top * part // parts for part in range(parts + 1)]
