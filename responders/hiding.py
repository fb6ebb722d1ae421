"""Which cases the lists need not show: copies of a campaign and what bots write. Nothing is deleted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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


def held(case_ids: Collection[int]) -> dict[int, Case]:
    """Lock the cases and return them by id, without those that somebody else has locked."""
    cases = Case.objects.filter(pk__in=case_ids).select_related("latest_mention__author").order_by("pk")
    return {case.pk: case for case in cases.select_for_update(of=("self",), no_key=True, skip_locked=True)}


def hide(cases: Sequence[Case], *, now: datetime) -> int:
    """Hide those of the locked cases that only repeat a campaign or look like a bot's; returns how many.

    Never hidden are critical cases, those that somebody owns or in which a person has done anything, those
    of customers to whom we ever replied or for whom a person vouched, and, as copies, those of customers who
    wrote anything else.
    """
    free = _free(cases)
    wordings = _newest_wordings(free)
    campaigns = {pk: one for pk, one in wordings.items() if one and is_running(one, now=now)}
    more_to_say = _with_more_to_say(free, {one.pk for one in campaigns.values()})
    for case in free:
        if case.pk in campaigns and case.customer_id not in more_to_say:
            case.hidden, case.campaign = Case.Hidden.CAMPAIGN, campaigns[case.pk]
        elif _is_bot(case, wordings.get(case.pk)):
            case.hidden = Case.Hidden.BOT
    hidden = [case for case in free if case.hidden]
    for case in hidden:
        case.changed_at = now
    Case.objects.bulk_update(hidden, ["hidden", "campaign", "changed_at"])
    return len(hidden)


def _free(cases: Sequence[Case]) -> list[Case]:
    """Return the cases that may be hidden at all."""
    mild = [case for case in cases if case.level < Case.Level.CRITICAL and not case.hidden]
    open_ones = [case for case in mild if case.state == Case.State.OPEN and case.owner_id is None]
    touched = AuditEntry.objects.filter(case__in=[case.pk for case in open_ones]).exclude(agent=None)
    ours = set(touched.values_list("case_id", flat=True))
    customers = Customer.objects.filter(pk__in=[case.customer_id for case in open_ones])
    known = customers.filter(Q(cases__replies__isnull=False) | Q(vouched_at__isnull=False))
    trusted = set(known.values_list("pk", flat=True))
    return [case for case in open_ones if case.pk not in ours and case.customer_id not in trusted]


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


def _is_bot(case: Case, wording: Wording | None) -> bool:
    found = bots.score(bots.signs_of(case.latest_mention, wording=wording))
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
