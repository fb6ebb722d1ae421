"""A chart with its words; trends.js draws it from the table behind it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from responders.console.table import Table

Legend = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: `kind` is how trends.js draws it, `legend` pairs classes of colour with words."""

    kind: str
    title: str
    note: str
    table: Table
    legend: Legend


def sentiments() -> Legend:
    """Return the legend of posts by sentiment."""
    return (
        ("positive", gettext("positive")),
        ("neutral", gettext("neutral")),
        ("negative", gettext("negative")),
    )
