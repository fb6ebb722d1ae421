"""What a document of the copy is before it is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from trends.models import Fact

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One document as the database says it should be."""

    id: str
    at: datetime
    """The time whose month says in which index it stands."""
    body: Body | None
    """None where it should not be there."""
    again_at: datetime | None = None
    """When it changes by itself, since a moment passes."""


class Builder(Protocol):
    """Reads what some documents of a kind say.

    `keys` are what the kind's documents are known by in the database; one that is unknown there is left out
    of the answer. A fault in one is its value in the answer and does not harm the others.
    """

    def __call__(self, keys: Collection[str], *, now: datetime) -> Mapping[str, Draft | Exception]:
        """Read them."""


class Lister(Protocol):
    """Lists the rows that documents of a kind are made of."""

    def __call__(self, *, since: datetime) -> QuerySet[Any]:
        """Return those that belong to a time from `since` on."""


def topic_of(fact: Fact) -> dict[str, str]:
    """Return the topic that a fact counts for, by number and name."""
    topic = fact.topic and (fact.topic.merged_into or fact.topic)
    return {"topic": str(topic.pk), "topic_name": topic.name} if topic else {}


def clock_of(at: datetime, zone: ZoneInfo) -> dict[str, int]:
    """Return the hour (0-23) and the day of the week (1 is Monday) of a time in the zone."""
    local = at.astimezone(zone)
    return {"hour_of_day": local.hour, "day_of_week": local.isoweekday()}


def seconds(since: datetime, until: datetime | None) -> int | None:
    """Return how long it took, 0 where it went backwards; None where it has not ended."""
    return None if until is None else max(0, round((until - since).total_seconds()))
