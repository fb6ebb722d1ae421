"""The reasons behind a case's priority and deadline, in place and in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.brand_files import brand
from responders import priority, waiting
from responders.console import words
from responders.models import Case
from responders.priority import ExplainedPart
from responders.sla import Deadline, deadline


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a case stands where it stands: the parts of its points, and the hours that count."""

    parts: tuple[ExplainedPart, ...]
    points: float
    promised: str
    counted: Deadline | None
    closes_at: datetime | None
    """When the network takes no answer any more, where that and not the promise makes it due so early."""


def reasons(case: Case, *, now: datetime) -> Reasons:
    """Explain a case as it stands now."""
    parts = tuple(priority.explain(case, now=now))
    policy = brand(case.brand)
    minutes = waiting.promised(policy, case.level)
    start = case.rank_at + waiting.weight(policy, case.base_points)
    counted = deadline(policy, start=start, minutes=minutes) if case.due_at else None
    is_earlier = counted and case.due_at and case.due_at < counted.due_at
    return Reasons(
        parts,
        points=sum(part.points for part in parts),
        promised=words.span(timedelta(minutes=minutes)),
        counted=counted,
        closes_at=case.latest_mention.reply_until if is_earlier else None,
    )
