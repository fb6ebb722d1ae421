"""What happened in a case, newest first: acts of people and of the system, and what the customer wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from listeners.models import Mention
from responders.models import Agent, AuditEntry, Case
from responders.money import Money
from sentiment.models import Correction

MOST = 60
"""Events that are shown."""
ACTS = {
    "reopened": _("opened it again"),
    "claimed": _("claimed it"),
    "taken_over": _("took it over"),
    "released": _("released it"),
    "assigned": _("handed it over"),
    "resolved": _("resolved it"),
    "snoozed": _("put it aside"),
    "woken": _("brought it back: the time was over"),
    "noted": _("wrote a note"),
    "shown_again": _("brought it back to the queue"),
    "offered": _("made an offer"),
    "evidence_confirmed": _("confirmed the photo"),
    "offer_approved": _("approved the offer"),
    "offer_declined": _("declined the offer"),
    "offer_withdrawn": _("withdrew the offer"),
    "reply_queued": _("wrote a reply"),
    "reply_cancelled": _("took the reply back"),
    "reply_retried": _("sent the reply again"),
    "reply_settled": _("decided what became of the reply"),
    "answered_by_hand": _("answered by hand"),
    "reply_sent": _("delivered the reply"),
    "reply_failed": _("could not deliver the reply"),
    "reply_unknown": _("lost the network's answer and is looking"),
    "reply_undecided": _("could not find out what became of the reply"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `who` is empty for the system."""

    at: datetime
    who: str
    what: str
    more: str = ""


def timeline(case: Case, *, most: int = MOST) -> tuple[Event, ...]:
    """Return the newest events of a case, newest first."""
    opened = Event(case.opened_at, "", gettext("opened the case"))
    events = [opened, *_acts(case, most), *_posts(case, most), *_corrections(case, most)]
    return tuple(sorted(events, key=lambda event: event.at, reverse=True)[:most])


def _acts(case: Case, most: int) -> Iterator[Event]:
    entries = AuditEntry.objects.filter(case_id=case.pk).select_related("agent").order_by("-pk")
    newest = list(entries[:most])
    names = _names({entry.detail["to"] for entry in newest if entry.detail.get("to")})
    for entry in newest:
        what = str(ACTS.get(entry.action, entry.action.replace("_", " ")))
        yield Event(entry.at, str(entry.agent or ""), what, _more(entry, names))


def _posts(case: Case, most: int) -> Iterator[Event]:
    mentions = Mention.objects.filter(case_mention__case=case).select_related("author").defer("text")
    for mention in mentions.order_by("-posted_at")[:most]:
        yield Event(mention.posted_at, f"@{mention.author.handle}", gettext("wrote"))


def _corrections(case: Case, most: int) -> Iterator[Event]:
    corrections = Correction.objects.filter(assessment__mention__case_mention__case=case)
    for correction in corrections.select_related("agent").order_by("-pk")[:most]:
        head = str(Correction.Head(correction.head).label)
        yield Event(correction.at, str(correction.agent), gettext("corrected the verdict"), head)


def _names(agent_ids: set[int]) -> dict[int, str]:
    return {agent.pk: str(agent) for agent in Agent.objects.filter(pk__in=agent_ids)}


def _more(entry: AuditEntry, names: dict[int, str]) -> str:
    detail = entry.detail
    if entry.action == "assigned":
        return names.get(detail.get("to"), gettext("nobody"))
    if detail.get("is_private"):
        return gettext("for the customer only")
    if "value" in detail and "kind" in detail:
        return _amount(detail)
    return ""


def _amount(detail: dict[str, str]) -> str:
    try:
        value = Decimal(str(detail["value"]))
    except InvalidOperation:
        return ""
    return str(Money(value, detail.get("currency", "EUR"))) if value else ""
