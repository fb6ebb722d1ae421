"""What the house will not do, and why, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

logger = structlog.get_logger(__name__)

SENTENCES = {
    # who may
    "not_care": _("Only the care team works on cases."),
    "not_lead": _("Only a lead may do this."),
    "other_brand": _("You do not work for the brand %(brand)s."),
    # claims
    "held": _("%(holder)s holds this case until %(until)s."),
    "not_held": _("Claim the case first; you do not hold it now."),
    # cases
    "case_resolved": _("The case is resolved; reopen it first."),
    "case_not_resolved": _("The case is not resolved."),
    "another_case": _("The customer already has an open case: case %(case)s."),
    "not_hidden": _("The case is not hidden."),
    "past": _("The time must lie ahead; %(until)s is over."),
    "empty": _("There is no text."),
    "note_too_long": _("A note may have %(limit)s characters; this one has %(length)s."),
    "cannot_work": _("%(agent)s cannot work on cases of the brand %(brand)s."),
    "offer_open": _("An offer of %(value)s is not decided yet; decide or withdraw it first."),
    # goodwill
    "offer_unknown": _("The brand %(brand)s does not offer this (%(kind)s)."),
    "value_wrong": _("Give an amount of 0 or more with at most two decimals."),
    "above_maximum": _("above the maximum: %(value)s, and nobody may give more than %(maximum)s"),
    "limit_brand": _("budget: %(used)s of %(cap)s are spent this month, %(value)s would exceed it"),
    "limit_agent": _("your limit: %(used)s of %(cap)s this month, %(value)s would exceed it"),
    "limit_customer": _("customer limit: %(used)s of %(cap)s this month, %(value)s would exceed it"),
    "offer_state": _("The offer is already decided: %(state)s."),
    "evidence_missing": _("The photo that proves the damage is not confirmed yet."),
    "own_offer": _("Nobody decides their own offer; another lead must."),
    "not_own_offer": _("Only who made the offer, or a lead, may withdraw it."),
    "offer_told": _("The customer has been told of this offer; it stands."),
    "evidence_foreign": _("The photo does not belong to this case."),
    "evidence_not_fetched": _("The photo has not been fetched yet, so nobody can have seen it."),
    "evidence_used": _("The photo already proves another offer."),
    # incidents
    "incident_over": _("The incident is over already."),
    # topics
    "topic_itself": _("A topic cannot be merged into itself."),
    "topic_other": _("Both topics must be of one brand, and neither merged already."),
    # replies
    "newer_mention": _("The customer wrote again since you opened the case; read it before you answer."),
    "too_long": _("The text has %(length)s characters; %(network)s takes %(limit)s."),
    "cannot_reply": _("It cannot be answered from here: %(reason)s"),
    "cannot_send": _("%(network)s cannot be answered from here; answer by hand."),
    "window_over": _("%(network)s took an answer until %(until)s."),
    "private_over": _("%(network)s took a private reply until %(until)s."),
    "message_private": _("A message is answered where only its author reads it."),
    "not_privately": _("%(network)s: %(reason)s"),
    "private_once": _("%(network)s takes one private reply to a comment, and it has been given."),
    "came_late": _("It was posted %(posted)s and came only %(seen)s; a person answers what came late."),
    "reply_under_way": _("Another reply of this case is still under way (%(state)s)."),
    "reply_repeated": _("This customer has already been sent the same text."),
    "offer_foreign": _("The offer does not belong to this case."),
    "offer_not_granted": _("The offer is not granted yet: %(state)s."),
    "form_used": _("This form was already used for another case."),
    "too_late": _("It is too late to take the reply back: %(state)s."),
    "not_failed": _("Only a reply that was not sent can be tried again; this one: %(state)s."),
    "not_undecided": _("Nothing is to be decided; the reply: %(state)s."),
    "address_wrong": _("Give the address of your answer; it begins with https://"),
}
"""Code to sentence; each `%(name)s` is a key of the refusal's detail."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One "no"; `code` is a key of SENTENCES, `detail` holds the rule's numbers, its text is for people."""

    code: str
    detail: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(SENTENCES[self.code]) % {name: _shown(value) for name, value in self.detail.items()}


def refuse(code: str, **detail: object) -> Refusal:
    """Make a refusal and log it."""
    logger.info("refused", code=code, **{name: str(value) for name, value in detail.items()})
    return Refusal(code, detail)


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        local = localtime(value)
        return f"{date_format(local, 'SHORT_DATE_FORMAT')}, {local:%H:%M}"
    if isinstance(value, int):
        return number_format(value, force_grouping=True)
    return str(value)
