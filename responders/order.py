"""In which order a list shows its cases, and where a page ends, so that the next one starts there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from responders.models import Case

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Key(NamedTuple):
    """What a list is sorted by, smaller first; written into addresses as the place where a page ended."""

    band: int
    """The level, negative; 0 in lists that do not go by level."""
    moment: int
    """The time that the list goes by in microseconds, negative where the newest comes first."""
    case_id: int
    """Negative where the newest comes first."""

    def __str__(self) -> str:
        return ".".join(map(str, self))


def read_key(text: str) -> Key | None:
    """Read a key as it stands in an address; None for anything else."""
    try:
        band, moment, case_id = (int(part) for part in text.split("."))
        EPOCH + abs(moment) * MICROSECOND
    except (ValueError, OverflowError):
        return None
    return Key(band, moment, case_id) if abs(case_id) < 2**63 and abs(band) < 4 else None


@dataclass(frozen=True, slots=True)
class Order:
    """By a time, oldest first unless `newest_first`; with `by_level`, the urgent ones above the others."""

    field: str
    by_level: bool = False
    newest_first: bool = False

    def first(self, cases: QuerySet[Case], *, size: int, after: Key | None) -> list[Key]:
        """Return the keys of the first `size` cases behind `after`, by one range of one index at a time."""
        found: list[Key] = []
        for part in self._parts(cases, after):
            wanted = part.order_by(*self._columns()).values_list("level", self.field, "pk")
            found += [self._key(*row) for row in wanted[: size - len(found)]]
            if len(found) == size:
                break
        return found

    def _columns(self) -> tuple[str, ...]:
        sign = "-" if self.newest_first else ""
        return (*(["-level"] if self.by_level else []), f"{sign}{self.field}", f"{sign}pk")

    def _key(self, level: int, moment: datetime, case_id: int) -> Key:
        sign = -1 if self.newest_first else 1
        return Key(-level if self.by_level else 0, sign * ((moment - EPOCH) // MICROSECOND), sign * case_id)

    def _parts(self, cases: QuerySet[Case], after: Key | None) -> Iterator[QuerySet[Case]]:
        if after is None:
            yield cases
            return
        sign = -1 if self.newest_first else 1
        moment, case_id = EPOCH + sign * after.moment * MICROSECOND, sign * after.case_id
        onwards, already = ("lte", "gte") if self.newest_first else ("gte", "lte")
        level = {"level": -after.band} if self.by_level else {}
        rest = cases.filter(**level, **{f"{self.field}__{onwards}": moment})
        yield rest.exclude(**{self.field: moment, f"pk__{already}": case_id})
        if self.by_level:
            yield cases.filter(level__lt=-after.band)
