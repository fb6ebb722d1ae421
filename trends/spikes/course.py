"""The course of an incident: posts by stretches of time, from a while before it to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from trends.models import Incident, Usual
from trends.spikes.measures import scope_of, usual_number

MOST = 60
"""Stretches that are shown at most."""
STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180))
_AROUND = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Piece:
    """Posts from `begin` on, as long as a piece is, and how many are usual; None where that is not known."""

    begin: datetime
    count: int
    usual: float | None


def course(incident: Incident, *, now: datetime) -> tuple[timedelta, list[Piece]]:
    """Return how long a piece is, and the pieces in their order."""
    end = min(now, (incident.ended_at or now) + _AROUND)
    length = end - incident.began_at
    begin = incident.began_at - max(_AROUND, length / 3)
    step = next((step for step in STEPS if (end - begin) / step <= MOST), STEPS[-1])
    begin -= timedelta(seconds=begin.timestamp() % step.total_seconds())
    number = max(1, -((begin - end) // step))
    posted = scope_of(incident, now=now).filter(posted_at__gte=begin, posted_at__lt=end)
    places = [int((at - begin) / step) for at in posted.values_list("posted_at", flat=True)]
    counts = np.bincount(places, minlength=number) if places else np.zeros(number, dtype=int)
    usual = Usual.objects.filter(brand=incident.brand).first()
    known = usual_number(incident, usual.profile if usual else {}, since=begin, step=step, until=end)
    return step, [
        Piece(begin + place * step, int(counts[place]), None if known is None else float(known[place]))
        for place in range(number)
    ]
