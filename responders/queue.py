"""The queries behind the lists of the console; each costs the same however many cases there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _

from responders.models import Agent, Case, Claim, Offer
from responders.order import Order, read_key
from sentiment.models import Assessment

AT_RISK = timedelta(minutes=30)
"""A case is at risk when its answer is due within this time, or late."""
MOST_COUNTED = 999
EXCERPT = 240
"""Characters of a mention that a row may show."""
OVERLAP = timedelta(seconds=20)
"""How long a change may take from reading the clock to being visible without being missed."""
MOST_CHANGES = 60


class View(models.TextChoices):
    """The lists of the rail."""

    MINE = "my", _("My cases")
    UNASSIGNED = "unassigned", _("Unassigned")
    RISK = "risk", _("At risk")
    OPEN = "open", _("Waiting for us")
    WAITING = "waiting", _("Waiting for customer")
    SNOOZED = "snoozed", _("Snoozed")
    RESOLVED = "resolved", _("Resolved")
    HIDDEN = "hidden", _("Hidden")


BY_LEVEL = Order("rank_at", by_level=True)
ORDERS: Mapping[str, Order] = {
    View.RISK: Order("due_at"),
    View.SNOOZED: Order("snoozed_until"),
    View.RESOLVED: Order("resolved_at", newest_first=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """Which list, of which brands, narrowed how; empty values narrow nothing."""

    brands: tuple[str, ...]
    view: str = View.OPEN
    network: str = ""
    level: int | None = None
    language: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `next` is the address of the following one, empty on the last."""

    cases: tuple[Case, ...]
    next: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to cases since a moment: `until` is the moment to ask from next time.

    `fingerprint` differs whenever there is something new to show; `listed` holds the ids of those changed
    cases that belong in the list, `near` those that belong on its first page as it was shown.
    """

    until: datetime
    fingerprint: str
    changed: tuple[int, ...]
    listed: frozenset[int]
    near: frozenset[int]


def page(wanted: QueueFilter, *, agent: Agent, now: datetime, size: int, after: str = "") -> Page:
    """Return one page of a list, from behind the place `after`; one that cannot be read counts as none."""
    order, start = ORDERS.get(wanted.view, BY_LEVEL), read_key(after)
    cases = fitting(wanted, agent=agent, now=now)
    # One range of an index for each brand and each reason to hide, so that hidden cases cost no time.
    keys = sorted(
        key
        for brand in wanted.brands
        for hidden in _shown(wanted.view, wanted.text)
        for key in order.first(cases.filter(brand=brand, hidden=hidden), size=size + 1, after=start)
    )
    following = str(keys[size - 1]) if len(keys) > size else ""
    return Page(rows([abs(key.case_id) for key in keys[:size]]), following)


def narrowed(wanted: QueueFilter, *, agent: Agent, now: datetime) -> QuerySet[Case]:
    """Return the cases of a list, of all brands and in no order."""
    return fitting(wanted, agent=agent, now=now).filter(hidden__in=_shown(wanted.view, wanted.text))


def fitting(wanted: QueueFilter, *, agent: Agent, now: datetime) -> QuerySet[Case]:
    """Return the cases of a list, hidden ones too."""
    cases = _listed(wanted.view, agent, now)
    if wanted.network:
        cases = cases.filter(network=wanted.network)
    if wanted.level is not None:
        cases = cases.filter(level=wanted.level)
    if wanted.language:
        cases = cases.filter(language=wanted.language)
    if wanted.text:
        cases = cases.filter(_about(wanted.text))
    return cases


def _listed(view: str, agent: Agent, now: datetime) -> QuerySet[Case]:
    cases, is_open = Case.objects.all(), Q(state=Case.State.OPEN)
    match view:
        case View.MINE:
            return cases.filter(is_open, owner=agent)
        case View.UNASSIGNED:
            return cases.filter(is_open, owner=None)
        case View.RISK:
            return cases.filter(is_open, due_at__lte=now + AT_RISK)
        case View.WAITING | View.SNOOZED | View.RESOLVED:
            return cases.filter(state=view)
        case _:
            return cases.filter(is_open)


def _shown(view: str, text: str) -> tuple[str, ...]:
    """Return the values of `Case.hidden` that a list shows; a search shows all."""
    if view == View.HIDDEN:
        return (Case.Hidden.CAMPAIGN, Case.Hidden.BOT)
    return tuple(Case.Hidden.values) if text else (Case.Hidden.NO,)


def _about(text: str) -> Q:
    if text.startswith("#") and text[1:].isdecimal():
        return Q(pk=int(text[1:][:18]))
    handle = Q(latest_mention__author__handle__istartswith=text.lstrip("@"))
    return handle | Q(latest_mention__text__icontains=text)


def rows(case_ids: Sequence[int]) -> tuple[Case, ...]:
    """Return cases with all that a row shows, in the order of their ids as given; unknown ids are left out.

    `case.excerpt` holds the beginning of the newest mention's text, `case.latest_mention.verdicts` its
    assessments, oldest first, and `case.live_claims` the claim that is not released.
    """
    cases = (
        Case.objects.filter(pk__in=case_ids)
        .select_related("latest_mention__author", "owner")
        .only(*_COLUMNS)
        .annotate(excerpt=Substr("latest_mention__text", 1, EXCERPT))
        .prefetch_related(
            Prefetch(
                "claims",
                Claim.objects.filter(released_at=None).select_related("agent"),
                to_attr="live_claims",
            ),
            Prefetch(
                "latest_mention__assessments",
                Assessment.objects.only("mention_id", "angry", "intent", "supported").order_by("pk"),
                to_attr="verdicts",
            ),
        )
    )
    by_id = {case.pk: case for case in cases}
    return tuple(by_id[case_id] for case_id in case_ids if case_id in by_id)


_COLUMNS = (
    *("brand", "network", "state", "level", "language", "rank_at", "waiting_since", "due_at"),
    *("snoozed_until", "resolved_at", "changed_at", "customer_id", "hidden", "owner__username"),
    *("owner__first_name", "owner__last_name", "latest_mention__author__handle"),
    *("latest_mention__author__name", "latest_mention__network"),
)


def counts(brands: Sequence[str], *, agent: Agent, now: datetime) -> dict[str, int]:
    """Count each list of the rail up to one more than `MOST_COUNTED`, and the offers to approve."""
    counted = {
        str(view): _most(_listed(view, agent, now).filter(brand__in=brands, hidden__in=_shown(view, "")))
        for view in View
        if view != View.RESOLVED
    }
    if agent.leads:
        counted["approvals"] = _most(to_approve(brands))
    return counted


def to_approve(brands: Sequence[str]) -> QuerySet[Offer]:
    """Return the offers that wait for a lead."""
    return Offer.objects.filter(state=Offer.State.AWAITING_APPROVAL, case__brand__in=brands)


def _most(found: QuerySet[Case] | QuerySet[Offer]) -> int:
    return found.values("pk")[: MOST_COUNTED + 1].count()


def changes(
    wanted: QueueFilter, *, agent: Agent, since: datetime, seen: str, upto: str = "", now: datetime
) -> Changes | None:
    """Return what changed since `since`, or None when that is what `seen` already is the fingerprint of.

    `upto` is where the shown page ends, as `Page.next` says it.
    """
    recent = (
        Case.objects.filter(changed_at__gt=since - OVERLAP, brand__in=wanted.brands)
        .order_by("-changed_at", "-pk")
        .values_list("pk", "changed_at")
    )
    found = list(recent[:MOST_CHANGES])
    fingerprint = fingerprint_of(found)
    if fingerprint == seen:
        return None
    ids = tuple(case_id for case_id, _ in found)
    cases, end = narrowed(wanted, agent=agent, now=now).filter(pk__in=ids), read_key(upto)
    keys = ORDERS.get(wanted.view, BY_LEVEL).first(cases, size=MOST_CHANGES, after=None)
    return Changes(
        until=max([since, *(changed_at for _, changed_at in found)]),
        fingerprint=fingerprint,
        changed=ids,
        listed=frozenset(abs(key.case_id) for key in keys),
        near=frozenset(abs(key.case_id) for key in keys if end is None or key <= end),
    )


def fingerprint_of(found: Sequence[tuple[int, datetime]]) -> str:
    """Return a short text that differs whenever a case or its time of change differs."""
    newest = max((changed_at for _, changed_at in found), default=None)
    return f"{len(found)}.{sum(case_id for case_id, _ in found)}.{newest.timestamp() if newest else 0:.6f}"
