"""Numbers as a table: what stands behind each chart, what a screen reader reads and what CSV holds."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import formats


@dataclass(frozen=True, slots=True)
class Column:
    """One series; `key` is its name for charts and programs."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One number, None where there is none, and how a person says it; `href` leads to what it counts."""

    value: int | float | None
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One bar or group; `key` is its name for programs, `tick` the brief one on an axis."""

    key: str
    label: str
    cells: tuple[Cell, ...]
    tick: str = ""
    href: str = ""
    days: tuple[str, str] | None = None
    """First and last day as ISO dates, where the row is a piece of the stretch."""
    is_marked: bool = False
    """Whether a chart marks it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table by the name under which it can be downloaded; `head` names what the rows are."""

    name: str
    head: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def counted(value: int) -> Cell:
    """Return a cell of a count, grouped as the reader's language does."""
    return Cell(value, number(value))


def number(value: float, digits: int = 0) -> str:
    """Say a number in the reader's language."""
    return str(formats.number_format(round(value, digits), digits, use_l10n=True, force_grouping=True))
