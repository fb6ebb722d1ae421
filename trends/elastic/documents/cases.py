"""The documents of cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from config.brand_files import brand
from responders.models import Case, CaseMention, Offer
from responders.waiting import counted_from, due
from sentiment.models import Assessment
from trends.elastic.documents.draft import Body, Draft, clock_of, seconds, topic_of


@dataclass(frozen=True, slots=True)
class Said:
    """What a case's posts said: how many they are, whether one was angry, and how the newest one feels."""

    count: int
    was_angry: bool
    newest: str


def case_drafts(keys: Collection[str], *, now: datetime) -> dict[str, Draft | Exception]:
    """Read cases."""
    related = ("latest_mention__author", "latest_mention__fact__topic__merged_into")
    granted = Prefetch("offers", Offer.objects.filter(state=Offer.State.GRANTED), to_attr="granted")
    cases = Case.objects.filter(pk__in=keys).select_related(*related).prefetch_related(granted)
    links = defaultdict(list)
    for link in _links(list(map(int, keys))):
        links[link.case_id].append(link)
    return {str(case.pk): _draft(case, links[case.pk], now) for case in cases}


def case_rows(*, since: datetime) -> QuerySet[Case]:
    """Return all cases."""
    return Case.objects.filter(opened_at__gte=since).only("pk")


def _links(keys: Collection[int]) -> Iterable[CaseMention]:
    newest = Prefetch("mention__assessments", Assessment.objects.order_by("-pk"), to_attr="newest_first")
    links = CaseMention.objects.filter(case__in=keys).select_related("mention").defer("mention__text")
    return links.order_by("mention__posted_at", "mention").prefetch_related(newest)


def _draft(case: Case, links: Sequence[CaseMention], now: datetime) -> Draft | Exception:
    try:
        first_due_at = due(case, counted_from(links[0].mention)) if links else None
        body = _body(case, links, first_due_at, now)
    except Exception as fault:
        return fault
    is_open = case.first_replied_at is None and case.resolved_at is None
    again_at = first_due_at if is_open and first_due_at is not None and first_due_at > now else None
    return Draft(id=str(case.pk), at=case.opened_at, body=body, again_at=again_at)


def _body(case: Case, links: Sequence[CaseMention], first_due_at: datetime | None, now: datetime) -> Body:
    said = _said(links)
    since = links[0].mention.posted_at if links else case.opened_at
    answered_at = case.first_replied_at or case.resolved_at or now
    found: dict[str, Any] = {
        "brand": case.brand,
        "network": case.network,
        "case": case.pk,
        "state": case.state,
        "priority": case.level,
        "language": case.language,
        "agent": case.owner_id,
        "opened_at": case.opened_at,
        "first_reply_at": case.first_replied_at,
        "closed_at": case.resolved_at,
        "due_at": case.due_at,
        "first_due_at": first_due_at,
        "first_response_seconds": seconds(since, case.first_replied_at),
        "breached": not case.hidden and first_due_at is not None and answered_at > first_due_at,
        "mentions": said.count,
        "angry": said.was_angry,
        "recovered": said.was_angry and case.resolved_at is not None and said.newest == "positive",
        **(topic_of(case.latest_mention.fact) if hasattr(case.latest_mention, "fact") else {}),
        **_goodwill(case.granted),  # type: ignore[attr-defined]
        **clock_of(case.opened_at, brand(case.brand).zone),
    }
    return {name: value for name, value in found.items() if value is not None}


def _said(links: Sequence[CaseMention]) -> Said:
    verdicts = [found[0] for link in links if (found := link.mention.newest_first)]  # type: ignore[attr-defined]
    was_angry = any(verdict.angry for verdict in verdicts)
    return Said(len(links), was_angry, verdicts[-1].sentiment if verdicts else "")


def _goodwill(granted: Sequence[Offer]) -> Mapping[str, Any]:
    if not granted:
        return {}
    return {
        "goodwill": sorted({offer.kind for offer in granted}),
        "spend": float(sum(offer.value for offer in granted)),
        "currency": granted[0].currency,
    }
