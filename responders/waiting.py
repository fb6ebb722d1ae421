"""Whose turn it is in a case, since when, until when, and what that means for its place in the queue."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.brand import Brand
from config.brand_files import brand
from listeners.models import Mention
from responders.models import Case
from responders.sla import deadline

UNHEARD = timedelta(days=1)
"""How much of the time before we heard of a mention counts at most, so that no archive jumps the queue."""
AHEAD_OF_NETWORK = timedelta(hours=1)
"""How long before a network takes no answer any more ours is due at the latest."""
COLUMNS = (
    "state",
    "waiting_since",
    "rank_at",
    "due_at",
    "snoozed_until",
    "resolved_at",
    "hidden",
    "changed_at",
)
"""What the functions of this module change in a case."""


def counted_from(mention: Mention) -> datetime:
    """Return the moment from which waiting for an answer to the mention counts."""
    return max(mention.posted_at, mention.seen_at - UNHEARD)


def ours(case: Case, *, since: datetime, counted: datetime, now: datetime) -> None:
    """Make it our turn: the customer waits `since` then; rank and deadline count from `counted`."""
    policy = brand(case.brand)
    case.state, case.snoozed_until, case.resolved_at, case.changed_at = Case.State.OPEN, None, None, now
    case.waiting_since, case.hidden = since, Case.Hidden.NO
    case.rank_at = counted - weight(policy, case.base_points)
    case.due_at = due(case, counted)


def due(case: Case, counted: datetime) -> datetime:
    """Return when a case of this level must be answered if the customer's waiting counts from `counted`.

    That is what the brand promises, and ahead of the time after which the network takes no answer.
    """
    policy = brand(case.brand)
    due_at = deadline(policy, start=counted, minutes=promised(policy, case.level)).due_at
    closes_at = case.latest_mention.reply_until
    return due_at if closes_at is None else min(due_at, max(closes_at - AHEAD_OF_NETWORK, counted))


def theirs(case: Case, *, now: datetime) -> None:
    """Make it the customer's turn; a snoozed case stays so."""
    case.due_at, case.hidden, case.changed_at = None, Case.Hidden.NO, now
    if case.state != Case.State.SNOOZED:
        case.state = Case.State.WAITING


def over(case: Case, *, now: datetime) -> None:
    """Close the case."""
    case.state, case.resolved_at, case.due_at, case.snoozed_until = Case.State.RESOLVED, now, None, None
    case.hidden, case.changed_at = Case.Hidden.NO, now


def weight(policy: Brand, points: float) -> timedelta:
    """Return the time of waiting that weighs as much as `points`."""
    return timedelta(minutes=points * policy.routing.minutes_a_point)


def promised(policy: Brand, level: int) -> int:
    """Return the minutes of business time within which a case of a level is answered."""
    return int(getattr(policy.first_response, Case.Level(level).name.lower()))
