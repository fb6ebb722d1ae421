"""What every counting returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce


@dataclass(frozen=True, slots=True)
class Tally:
    """Posts by sentiment, and how many of them needed a person soon (urgency 2 or 3)."""

    negative: int = 0
    neutral: int = 0
    positive: int = 0
    urgent: int = 0

    @property
    def total(self) -> int:
        """All posts."""
        return self.negative + self.neutral + self.positive

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.negative + other.negative,
            self.neutral + other.neutral,
            self.positive + other.positive,
            self.urgent + other.urgent,
        )

    def percent(self, name: str) -> int:
        """Return the share of one of the fields in whole percent; 0 of none."""
        return round(100 * int(getattr(self, name)) / self.total) if self.total else 0


NOTHING = Tally()


def together(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up."""
    return reduce(Tally.__add__, tallies, NOTHING)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The posts of a scope by the UTC moment at which their slot begins, and by network; nothing empty."""

    slots: Mapping[datetime, Tally]
    networks: Mapping[str, Tally]

    @property
    def total(self) -> Tally:
        """All of them."""
        return together(self.slots.values())
