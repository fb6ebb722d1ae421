"""Asks Elasticsearch where it is there and complete, else the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog

from trends.elastic.state import is_resting, state
from trends.elastic.switch import is_on
from trends.exceptions import ElasticFault
from trends.numbers import database
from trends.numbers.scope import Scope
from trends.numbers.tally import Numbers

logger = structlog.get_logger(__name__)

TOLERANCE = 1000
"""One post of so many may be on its way to Elasticsearch."""


class Lack(StrEnum):
    """Why the database counted although there is an Elasticsearch."""

    DOWN = "down"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Answer:
    """The numbers, and why they are not Elasticsearch's; None where they are or where there is none."""

    numbers: Numbers
    lack: Lack | None = None


def ask(scope: Scope, *, now: datetime) -> Answer:
    """Count a scope; either place gives the same numbers."""
    if not is_on():
        return Answer(database.count(scope))
    found = _searched(scope, now)
    return Answer(database.count(scope), found) if isinstance(found, Lack) else Answer(found)


def _searched(scope: Scope, now: datetime) -> Numbers | Lack:
    from trends.numbers import search

    if is_resting(state(), now=now):
        return Lack.DOWN
    try:
        found = search.count(scope)
    except ElasticFault as fault:
        logger.warning("chart_without_elasticsearch", error=str(fault), what_to_do=fault.what_to_do)
        return Lack.DOWN
    stored = database.facts_of(scope).count()
    return found if abs(stored - found.total.total) <= stored // TOLERANCE else Lack.BEHIND
