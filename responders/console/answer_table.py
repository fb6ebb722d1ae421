"""How long customers waited for the first answer, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.utils.translation import gettext

from responders.console import words
from responders.console.table import Cell, Column, Row, Table, counted
from responders.console.trends_page import TrendsPage
from trends.numbers.answering import Wait, waits
from trends.numbers.fold import Step

NONE = Cell(None, "–")


def answer_table(page: TrendsPage) -> Table:
    """Return one row for each day, or each week of a long stretch, also those without answers."""
    step = Step.WEEK if page.stretch.step == Step.WEEK else Step.DAY
    found = waits(page.scope, step=step)
    head = gettext("Week from") if step == Step.WEEK else gettext("Day")
    columns = (
        Column("answered", gettext("answered posts")),
        Column("median", gettext("half of them within")),
        Column("slowest", gettext("95 of 100 within")),
    )
    return Table(
        "answers", head, columns, tuple(_row(day, found.get(day), page, step) for day in _days(page, step))
    )


def said(length: timedelta) -> Cell:
    """Return a cell of a length of time, in seconds for programs."""
    return Cell(round(length.total_seconds()), words.precisely(length))


def _days(page: TrendsPage, step: Step) -> Iterator[date]:
    length = timedelta(days=7 if step == Step.WEEK else 1)
    day = page.stretch.first
    day -= timedelta(days=day.weekday() if step == Step.WEEK else 0)
    while day <= page.stretch.last:
        yield day
        day += length


def _row(day: date, wait: Wait | None, page: TrendsPage, step: Step) -> Row:
    last = day + timedelta(days=6 if step == Step.WEEK else 0)
    days = page.days(day, last)
    cells = (
        (counted(wait.answered), said(wait.median), said(wait.slowest)) if wait else (counted(0), NONE, NONE)
    )
    return Row(
        key=day.isoformat(),
        label=words.day(day, page.stretch.today),
        tick=words.tick(day),
        cells=cells,
        href=page.posts(**days),
        days=(days["from"], days["until"]),
    )
