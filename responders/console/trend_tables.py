"""The counted numbers of the trends as tables in the reader's words, each row leading to its posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext

from responders.console import words
from responders.console.networks import badge
from responders.console.table import Cell, Column, Row, Table, counted, number
from responders.console.trends_page import TrendsPage
from trends.numbers.fold import Bar, Step, bars, by_hour_of_week
from trends.numbers.tally import Numbers, Tally

SHADES = 7
"""Steps of colour on the heat map above none."""


@dataclass(frozen=True, slots=True)
class Shade(Cell):
    """A cell of the heat map; `level` is 0 for none up to SHADES for the most."""

    level: int = 0


def over_time(numbers: Numbers, page: TrendsPage, *, event: date | None = None) -> Table:
    """Return posts by sentiment for each hour, day or week of the stretch; marks the bar of an event."""
    row = {Step.HOUR: _hour, Step.DAY: _day, Step.WEEK: _week}[page.stretch.step]
    drawn = bars(numbers, page.scope, step=page.stretch.step)
    rows = [row(bar, page) for bar in drawn]
    if event and rows:
        reached = (at for at, row in enumerate(rows) if row.days and row.days[1] >= event.isoformat())
        at = next(reached, 0)
        rows[at] = replace(rows[at], is_marked=True)
    return Table("time", _heads()[page.stretch.step], _columns(), tuple(rows))


def by_network(numbers: Numbers, page: TrendsPage) -> Table:
    """Return posts by sentiment for each network, the one with most posts first."""
    most_first = sorted(numbers.networks.items(), key=lambda item: (-item[1].total, item[0]))
    rows = (
        Row(
            key=network,
            label=(label := badge(network).label),
            tick=label,
            cells=_cells(tally),
            href=page.posts(network=network),
        )
        for network, tally in most_first
    )
    return Table("networks", gettext("Network"), _columns(), tuple(rows))


def by_hour(numbers: Numbers, page: TrendsPage) -> Table:
    """Return the negative posts of each hour of the week, shaded by how many they are."""
    week = by_hour_of_week(numbers, page.scope)
    most = max(tally.negative for hours in week for tally in hours)
    columns = tuple(Column(f"{hour:02}", f"{hour}") for hour in range(24))
    rows = (
        Row(
            key=f"{day + 1}",
            label=str(WEEKDAYS_ABBR[day]),
            cells=tuple(_shade(tally, most, page, day, hour) for hour, tally in enumerate(hours)),
        )
        for day, hours in enumerate(week)
    )
    return Table("hours", gettext("Weekday"), columns, tuple(rows))


def _shade(tally: Tally, most: int, page: TrendsPage, day: int, hour: int) -> Shade:
    value = tally.negative
    level = -(-SHADES * value // most) if most else 0
    href = page.posts(sentiment="negative", weekday=str(day), hour=str(hour)) if value else ""
    return Shade(value, number(value) if value else "", href, level)


def _heads() -> Mapping[Step, str]:
    return {Step.HOUR: gettext("Hour"), Step.DAY: gettext("Day"), Step.WEEK: gettext("Week from")}


def _columns() -> tuple[Column, ...]:
    return (
        Column("negative", gettext("negative")),
        Column("neutral", gettext("neutral")),
        Column("positive", gettext("positive")),
        Column("total", gettext("all")),
        Column("urgent", gettext("urgent")),
    )


def _cells(tally: Tally) -> tuple[Cell, ...]:
    return tuple(
        counted(getattr(tally, name)) for name in ("negative", "neutral", "positive", "total", "urgent")
    )


def _row(bar: Bar, page: TrendsPage, key: str, label: str, tick: str, last: date, **more: str) -> Row:
    days = page.days(bar.begin.date(), last)
    return Row(
        key=key,
        label=label,
        cells=_cells(bar.tally),
        tick=tick,
        href=page.posts(**days, **more),
        days=(days["from"], days["until"]),
    )


def _hour(bar: Bar, page: TrendsPage) -> Row:
    day, clock = bar.begin.date(), date_format(bar.begin, "H:i")
    tick = clock if page.stretch.length == 1 else f"{words.tick(day)} {clock}"
    key = bar.begin.isoformat(timespec="minutes")
    return _row(
        bar, page, key, f"{words.day(day, page.stretch.today)}, {clock}", tick, day, hour=str(bar.begin.hour)
    )


def _day(bar: Bar, page: TrendsPage) -> Row:
    day = bar.begin.date()
    return _row(bar, page, day.isoformat(), words.day(day, page.stretch.today), words.tick(day), day)


def _week(bar: Bar, page: TrendsPage) -> Row:
    monday = bar.begin.date()
    sunday = monday + timedelta(days=6)
    return _row(
        bar, page, monday.isoformat(), words.day(monday, page.stretch.today), words.tick(monday), sunday
    )
