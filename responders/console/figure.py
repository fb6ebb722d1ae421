"""A chart with its words; trends.js draws it from the table behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext

from config.brand_files import brand
from responders.console.table import Table
from responders.console.trend_tables import over_time
from responders.console.trends_page import TrendsPage
from trends.numbers.tally import Numbers

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


def sentiment_figure(numbers: Numbers, page: TrendsPage, *, event: date | None = None) -> Figure:
    """Return posts by sentiment over time; the bar that holds the day of an event is marked."""
    return Figure(
        "area",
        gettext("Posts by sentiment"),
        gettext("Days as in %(zone)s. Draw over a piece to look closer; a click leads to its posts.")
        % {"zone": brand(page.brand).timezone},
        over_time(numbers, page, event=event),
        (*sentiments(), ("all", gettext("all posts"))),
    )
