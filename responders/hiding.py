"""Which cases the lists need not show: copies of a campaign and what bots write. Nothing is deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from config.brand_files import brand
from listeners.models import Mention
from responders import audit, bots
from responders.access import refusal_for
from responders.campaigns import is_running
from responders.claims import locked_case
from responders.models import Agent, AuditEntry, Case, CaseMention, Customer, Wording
from responders.refusal import Refusal, refuse


def hide(case_ids: Collection[int], *, now: datetime) -> int:
    """Hide those of the cases that only repeat a campaign or look like a bot's; returns how many.

    Never hidden are critical cases, those that somebody owns or in which a person has done anything, those
    of customers to whom we ever replied or for whom a person vouched, and, as copies, those of customers who
    wrote anything else. It belongs into a transaction.
    """
    cases = _free(case_ids)
    wordings = _newest_wordings(cases)
    running = {pk for pk, one in wordings.items() if one is not None and is_running(one, now=now)}
    more_to_say = _with_more_to_say(cases, {w.pk for pk, w in wordings.items() if w and pk in running})
    copies = [case for case in cases if case.pk in running and case.customer_id not in more_to_say]
    for case in copies:
        case.hidden, case.campaign = Case.Hidden.CAMPAIGN, wordings[case.pk]
    others = [case for case in cases if case not in copies and _is_bot(case, wordings)]
    for case in others:
        case.hidden = Case.Hidden.BOT
    for case in (*copies, *others):
        case.changed_at = now
    Case.objects.bulk_update([*copies, *others], ["hidden", "campaign", "changed_at"], batch_size=500)
    return len(copies) + len(others)


def _free(case_ids: Collection[int]) -> list[Case]:
    """Lock the cases that may be hidden at all."""
    shown = Case.objects.filter(pk__in=case_ids, state=Case.State.OPEN, owner=None, hidden=Case.Hidden.NO)
    mild = shown.filter(level__lt=Case.Level.CRITICAL).select_related("latest_mention__author")
    cases = list(mild.order_by("pk").select_for_update(of=("self",), no_key=True))
    touched = AuditEntry.objects.filter(case__in=[case.pk for case in cases]).exclude(agent=None)
    ours = set(touched.values_list("case_id", flat=True))
    customers = Customer.objects.filter(pk__in=[case.customer_id for case in cases])
    known = customers.filter(Q(cases__replies__isnull=False) | Q(vouched_at__isnull=False))
    trusted = set(known.values_list("pk", flat=True))
    return [case for case in cases if case.pk not in ours and case.customer_id not in trusted]


def _newest_wordings(cases: Sequence[Case]) -> dict[int, Wording | None]:
    """Return the wording of each case's newest mention, by the case's id."""
    newest = {case.latest_mention_id: case.pk for case in cases}
    links = CaseMention.objects.filter(mention__in=newest).select_related("wording")
    return {newest[link.mention_id]: link.wording for link in links}


def _with_more_to_say(cases: Sequence[Case], campaigns: Collection[int]) -> set[int]:
    """Return the customers who wrote anything that is no copy of these campaigns."""
    customers = [case.customer_id for case in cases]
    said = Mention.objects.filter(author__identity__customer__in=customers, deleted_at=None)
    own = said.exclude(case_mention__wording__in=campaigns)
    return set(own.values_list("author__identity__customer", flat=True).distinct())


def _is_bot(case: Case, wordings: Mapping[int, Wording | None]) -> bool:
    found = bots.score(bots.signs_of(case.latest_mention, wording=wordings.get(case.pk)))
    return found.points >= brand(case.brand).routing.bot_points


def show_again(case_id: int, *, agent: Agent, now: datetime) -> Case | Refusal:
    """Bring a hidden case back for good; where it looked like a bot's, the person vouches for the customer.

    Raises Case.DoesNotExist.
    """
    with transaction.atomic():
        case = locked_case(case_id)
        if refusal := refusal_for(agent, case):
            return refusal
        if not case.hidden:
            return refuse("not_hidden")
        why, case.hidden, case.changed_at = case.hidden, Case.Hidden.NO, now
        case.save(update_fields=["hidden", "changed_at"])
        if why == Case.Hidden.BOT:
            Customer.objects.filter(pk=case.customer_id).update(vouched_at=now)
        audit.record("shown_again", agent=agent, case=case, now=now, hidden=why)
        return case
