"""One row of a list, in the words that the page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext

from responders.console import words
from responders.console.networks import Badge, badge
from responders.models import Agent, Case
from responders.queue import AT_RISK
from sentiment.models import Assessment, Intent

SHORT = 150
"""Characters of text that fill two lines."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The time left until an answer is due; `turned` is how much of it is used up, in percent.

    Numbers are text already, because templates would write them in the reader's form.
    """

    start: str
    due: str
    turned: str
    text: str
    mood: str
    """"late", "soon" or "" for plenty."""


@dataclass(frozen=True, slots=True)
class Row:
    """A case as the list shows it."""

    case_id: str
    who: str
    network: Badge
    text: str
    level: str
    level_word: str
    angry: str
    intent: str
    clock: Clock | None
    since: str
    """What stands in the clock's place where nothing is due."""
    holder: str
    is_mine: bool
    is_held: bool
    hidden: str
    """Why it is hidden, in a few words; empty for cases that are shown."""
    version: str


def row_of(case: Case, *, agent: Agent, now: datetime) -> Row:
    """Say a case of `responders.queue.rows` in words."""
    author = case.latest_mention.author
    verdict = _verdict(case)
    held = next((claim for claim in getattr(case, "live_claims", []) if claim.expires_at > now), None)
    who_holds = held.agent if held else case.owner
    return Row(
        case_id=str(case.pk),
        who=author.name or f"@{author.handle}",
        network=badge(case.network),
        text=getattr(case, "excerpt", "")[:SHORT],
        level=str(case.level),
        level_word=str(case.get_level_display()),
        angry=gettext("angry") if verdict and verdict.angry else "",
        intent=str(Intent(verdict.intent).label) if verdict else "",
        clock=clock_of(case, now),
        since=_since(case, now),
        holder=_holder(who_holds, agent),
        is_mine=who_holds == agent,
        is_held=held is not None,
        hidden=str(case.get_hidden_display()) if case.hidden else "",
        version=f"{case.changed_at.timestamp():.6f}",
    )


def _verdict(case: Case) -> Assessment | None:
    verdicts: list[Assessment] = getattr(case.latest_mention, "verdicts", [])
    return verdicts[-1] if verdicts and verdicts[-1].supported else None


def _holder(holder: Agent | None, agent: Agent) -> str:
    if holder is None:
        return ""
    return gettext("you") if holder == agent else str(holder)


def clock_of(case: Case, now: datetime) -> Clock | None:
    """Return the clock of an answer that is due, None where none is."""
    if case.due_at is None or case.state == Case.State.RESOLVED:
        return None
    whole = max(case.due_at - case.waiting_since, timedelta(seconds=1))
    left = case.due_at - now
    text = words.span(left)
    return Clock(
        start=str(int(case.waiting_since.timestamp())),
        due=str(int(case.due_at.timestamp())),
        turned=str(round(100 * min(max(1 - left / whole, 0), 1))),
        text=gettext("%(span)s late") % {"span": text} if left < timedelta(0) else text,
        mood="late" if left < timedelta(0) else "soon" if left < AT_RISK else "",
    )


def _since(case: Case, now: datetime) -> str:
    match case.state:
        case Case.State.SNOOZED if case.snoozed_until:
            return gettext("until %(time)s") % {"time": words.at(case.snoozed_until, now)}
        case Case.State.RESOLVED if case.resolved_at:
            return words.ago(case.resolved_at, now)
        case _:
            return words.ago(case.changed_at, now)
