"""The weekly agreement between team and model, as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sentiment.labels import HEADS
from sentiment.models import Correction
from trends.agreement import Share, Week


@dataclass(frozen=True, slots=True)
class Row:
    """One week, or all of them together (`monday` is None), with a share a head."""

    monday: date | None
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The table: names of the heads, all weeks together, then each week that has any, the newest first."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]


def agreement(weeks: Sequence[Week]) -> Agreement | None:
    """Return the table, None where nobody has handled or corrected anything."""
    told = [Row(week.monday, tuple(week.heads.values())) for week in weeks if _count(week)]
    if not told:
        return None
    everything = Row(None, tuple(_sum([week.heads[head] for week in weeks]) for head in HEADS))
    names = tuple(str(Correction.Head(head).label) for head in HEADS)
    return Agreement(names, (everything, *reversed(told)))


def _count(week: Week) -> int:
    return sum(share.n for share in week.heads.values())


def _sum(shares: Sequence[Share]) -> Share:
    return Share(sum(share.agreed for share in shares), sum(share.n for share in shares))
