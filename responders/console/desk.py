"""What every page of the desk shows around its work: the lists with their counts, and the reply to undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from config.brand_files import all_brands, brand
from listeners.models import Source
from responders.console.filters import as_query, in_view, served
from responders.models import Agent, Reply
from responders.queue import QueueFilter, View, counts


@dataclass(frozen=True, slots=True)
class Entry:
    """One list of the rail."""

    view: str
    label: str
    href: str
    count: int | None
    is_here: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """The rail, and the state that addresses carry."""

    entries: tuple[Entry, ...]
    approvals: int
    query: str


def desk(wanted: QueueFilter, *, agent: Agent, now: datetime, here: str = "") -> Desk:
    """Count the lists and link them; filters other than the brand stay with the list they were set on."""
    counted = counts(wanted.brands, agent=agent, now=now)
    plain = QueueFilter(brands=wanted.brands)
    entries = tuple(
        Entry(
            view=view.value,
            label=str(view.label),
            href=f"/?{as_query(in_view(plain, view.value), agent)}",
            count=counted.get(view.value),
            is_here=here == "queue" and view == wanted.view,
        )
        for view in View
    )
    return Desk(entries, counted.get("approvals", 0), as_query(wanted, agent))


def brands_of(agent: Agent, wanted: QueueFilter) -> list[Choice]:
    """Return the brands to choose from."""
    chosen = wanted.brands[0] if len(wanted.brands) == 1 else ""
    return [Choice(slug, brand(slug).name, slug == chosen) for slug in served(agent)]


def networks_of(brands: Sequence[str], chosen: str) -> list[Choice]:
    """Return the networks that the brands listen to."""
    from responders.console.networks import badge

    names = Source.objects.filter(brand__in=brands).order_by("network").values_list("network", flat=True)
    return [Choice(name, badge(name).label, name == chosen) for name in names.distinct()]


def languages_of(brands: Sequence[str], chosen: str) -> list[Choice]:
    """Return the languages that the brands answer in."""
    languages = sorted({language for slug in brands for language in all_brands()[slug].languages})
    return [Choice(language, language, language == chosen) for language in languages]


def undoable(agent: Agent, now: datetime) -> Reply | None:
    """Return the person's newest reply that can still be taken back."""
    queued = Reply.objects.filter(
        agent=agent,
        state=Reply.State.QUEUED,
        next_attempt_at__gt=now,
        attempts=0,
        waits_until__isnull=True,
    )
    return queued.order_by("-next_attempt_at").first()
