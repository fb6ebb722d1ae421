"""How much may still be given away in a month: by the brand, by one agent, to one customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from config.brand import Brand
from responders.models import Agent, Allowance, Offer
from responders.money import Money
from responders.refusal import Refusal, refuse

Scope = Allowance.Scope


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of the month, in the brand's currency; `left` is never negative."""

    cap: Decimal
    used: Decimal

    @property
    def left(self) -> Decimal:
        """What may still be given."""
        return max(self.cap - self.used, Decimal(0))


@dataclass(frozen=True, slots=True)
class Limits:
    """What the three limits of a month leave; `month` is its first day."""

    month: date
    currency: str
    brand: Limit
    agent: Limit
    customer: Limit


def month_of(policy: Brand, now: datetime) -> date:
    """Return the first day of the month that the brand's calendar shows."""
    return now.astimezone(policy.zone).date().replace(day=1)


def limits(policy: Brand, *, agent: Agent, customer_id: int, now: datetime) -> Limits:
    """Read what is used and left this month, without locking anything."""
    month = month_of(policy, now)
    subjects = list(_subjects(agent.pk, customer_id))
    wanted = Q()
    for scope, subject_id in subjects:
        wanted |= Q(scope=scope, subject_id=subject_id)
    rows = Allowance.objects.filter(wanted, brand=policy.slug, month=month)
    used = dict(rows.values_list("scope", "used"))
    each = {scope: Limit(_cap(policy, scope), used.get(scope, Decimal(0))) for scope, _ in subjects}
    return Limits(month, policy.currency, each[Scope.BRAND], each[Scope.AGENT], each[Scope.CUSTOMER])


def reserve(policy: Brand, value: Decimal, *, month: date, agent_id: int, customer_id: int) -> Refusal | None:
    """Count `value` against all three limits; on a refusal the caller must roll back.

    The rows are locked in one order (brand, agent, customer), so that transactions cannot block each other
    for ever, and the database itself refuses a row above its cap.
    """
    for scope, subject_id in _subjects(agent_id, customer_id):
        row, cap = _locked(policy, scope, subject_id, month), _cap(policy, scope)
        rows = Allowance.objects.filter(pk=row.pk, used__lte=cap - value)
        if not rows.update(used=row.used + value, cap=cap):
            amounts = {"used": row.used, "cap": cap, "value": value}
            return refuse(f"limit_{scope}", **{k: Money(v, policy.currency) for k, v in amounts.items()})
    return None


def give_back(offer: Offer, *, brand: str) -> None:
    """Take an offer's value off the limits that it was counted against."""
    for scope, subject_id in _subjects(offer.offered_by_id, offer.terms["customer"]):
        row = Allowance.objects.select_for_update().get(
            brand=brand, scope=scope, subject_id=subject_id, month=offer.month
        )
        Allowance.objects.filter(pk=row.pk).update(used=row.used - offer.value)


def _subjects(agent_id: int, customer_id: int) -> Iterator[tuple[Allowance.Scope, int]]:
    yield Scope.BRAND, 0
    yield Scope.AGENT, agent_id
    yield Scope.CUSTOMER, customer_id


def _cap(policy: Brand, scope: str) -> Decimal:
    goodwill = policy.goodwill
    caps = {Scope.BRAND: goodwill.budget, Scope.AGENT: goodwill.per_agent}
    return caps.get(Scope(scope), goodwill.per_customer)


def _locked(policy: Brand, scope: str, subject_id: int, month: date) -> Allowance:
    key = {"brand": policy.slug, "scope": scope, "subject_id": subject_id, "month": month}
    rows = Allowance.objects.select_for_update().filter(**key)
    row = rows.first()
    if row is None:
        Allowance.objects.bulk_create([Allowance(**key, cap=_cap(policy, scope))], ignore_conflicts=True)
        row = rows.get()
    return row
