"""What a case's goodwill panel shows: what may be offered, what is left of the limits, what was offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import get_language, gettext

from config.brand import Offer as Policy
from config.brand_files import brand
from listeners.models import Media
from responders import goodwill
from responders.allowances import Limit, Limits
from responders.models import Agent, Case, Offer
from responders.money import Money


@dataclass(frozen=True, slots=True)
class Bar:
    """One limit of the month: words, numbers, and the share that is used in percent."""

    label: str
    used: str
    cap: str
    left: str
    percent: int


@dataclass(frozen=True, slots=True)
class Possible:
    """One kind of offer that the brand makes."""

    kind: str
    label: str
    maximum: Decimal
    default: Decimal
    hint: str

    @property
    def is_free(self) -> bool:
        """Whether it never costs anything."""
        return not self.maximum


@dataclass(frozen=True, slots=True)
class Made:
    """An offer of the case, what may be done with it, and its sentence for the reply."""

    offer: Offer
    label: str
    amount: str
    sentence: str
    can_decide: bool
    can_withdraw: bool
    is_told: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """An offer that waits for the person's yes; `sentence` says what will happen."""

    kind: str
    value: Decimal
    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Panel:
    """The goodwill panel of one case."""

    currency: str
    bars: tuple[Bar, ...]
    possible: tuple[Possible, ...]
    made: tuple[Made, ...]
    photos: tuple[Media, ...]


def panel(case: Case, *, agent: Agent, now: datetime) -> Panel:
    """Read the panel of a case."""
    policy = brand(case.brand)
    left = goodwill.limits(case.brand, agent=agent, customer_id=case.customer_id, now=now)
    offers = case.offers.select_related("offered_by", "decided_by", "evidence").prefetch_related("replies")
    photos = Media.objects.filter(mention__case_mention__case=case).exclude(file="").order_by("pk")
    return Panel(
        currency=policy.currency,
        bars=bars(left),
        possible=tuple(_possible(terms, policy.currency) for terms in policy.goodwill.offers),
        made=tuple(made(offer, agent=agent) for offer in offers.order_by("-pk")),
        photos=tuple(photos),
    )


def bars(left: Limits) -> tuple[Bar, ...]:
    """Say the three limits of the month."""
    return (
        _bar(gettext("Customer"), left.customer, left.currency),
        _bar(gettext("You"), left.agent, left.currency),
        _bar(gettext("Brand"), left.brand, left.currency),
    )


def _bar(label: str, limit: Limit, currency: str) -> Bar:
    used, cap, left = (str(Money(value, currency)) for value in (limit.used, limit.cap, limit.left))
    percent = round(100 * limit.used / limit.cap) if limit.cap else 100
    return Bar(label, used, cap, left, min(percent, 100))


def _possible(terms: Policy, currency: str) -> Possible:
    hints = []
    if terms.maximum:
        hints.append(gettext("up to %(amount)s") % {"amount": Money(terms.maximum, currency)})
    if terms.maximum and not terms.agent_limit:
        hints.append(gettext("a lead approves"))
    elif terms.agent_limit < terms.maximum:
        alone = Money(terms.agent_limit, currency)
        hints.append(gettext("above %(amount)s a lead approves") % {"amount": alone})
    if terms.needs_evidence:
        hints.append(gettext("needs a photo"))
    label = terms.label.in_language(get_language() or "en")
    return Possible(terms.kind, label, terms.maximum, terms.default, " · ".join(hints))


def made(offer: Offer, *, agent: Agent) -> Made:
    """Say an offer in words."""
    terms = Policy.model_validate(
        {name: offer.terms[name] for name in Policy.model_fields if name in offer.terms}
    )
    amount = str(Money(offer.value, offer.currency))
    pending, told = offer.state in goodwill.PENDING, goodwill.is_told(offer)
    return Made(
        offer=offer,
        label=terms.label.in_language(get_language() or "en"),
        amount=amount if offer.value else "",
        sentence=_sentence(terms, amount, offer.case.language),
        can_decide=pending and agent.leads and offer.offered_by_id != agent.pk,
        can_withdraw=offer.state in goodwill.LIVE
        and not told
        and (agent.leads or offer.offered_by_id == agent.pk),
        is_told=told,
    )


def _sentence(terms: Policy, amount: str, language: str) -> str:
    return terms.text.in_language(language or "de").replace("{value}", amount) if terms.text else ""


def proposal(case: Case, terms: Policy, value: Decimal, reason: str, *, left: Limits) -> Proposal:
    """Say in sentences what an offer would do."""
    amount, who = Money(value, left.currency), f"@{case.latest_mention.author.handle}"
    label = terms.label.in_language(get_language() or "en")
    facts: Mapping[str, object] = {
        "who": who,
        "offer": label,
        "amount": amount,
        "left": Money(max(left.customer.left - value, Decimal(0)), left.currency),
    }
    sentences = [
        gettext("Offer %(who)s: %(offer)s for %(amount)s?") % facts
        if value
        else gettext("Offer %(who)s: %(offer)s?") % facts
    ]
    if value:
        sentences.append(gettext("This customer then has %(left)s left this month.") % facts)
    if terms.needs_evidence:
        sentences.append(gettext("It is granted once you confirm a photo."))
    if value > terms.agent_limit:
        sentences.append(gettext("A lead has to approve it."))
    return Proposal(terms.kind, value, reason, " ".join(sentences))
