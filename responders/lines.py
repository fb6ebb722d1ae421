"""The campaigns of a list, each one line in place of its hidden cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Substr

from responders.models import Agent, Case, CaseMention, Wording
from responders.queue import EXCERPT, QueueFilter, View, fitting

MOST = 10
IN_VIEWS = (View.OPEN, View.UNASSIGNED, View.RISK)


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign in a list, and the beginning of the text, the level and the network of its gravest case."""

    wording: Wording
    excerpt: str
    level: int
    network: str


def campaigns_of(wanted: QueueFilter, *, agent: Agent, now: datetime) -> list[Campaign]:
    """Return the newest campaigns that hide cases of a list; a search hides none."""
    if wanted.text or wanted.view not in IN_VIEWS:
        return []
    hidden = fitting(wanted, agent=agent, now=now).filter(
        campaign=OuterRef("pk"), hidden=Case.Hidden.CAMPAIGN
    )
    gravest = hidden.order_by("-level", "rank_at")
    known = Wording.objects.filter(brand__in=wanted.brands, many_at__isnull=False, cleared_at=None)
    found = known.filter(Exists(hidden)).annotate(
        level=Subquery(gravest.values("level")[:1]),
        network=Subquery(gravest.values("network")[:1]),
        excerpt=Subquery(gravest.values(start=Substr("latest_mention__text", 1, EXCERPT))[:1]),
    )
    newest = found.defer("words").order_by("-many_at", "-pk")[:MOST]
    return [Campaign(one, one.excerpt or "", one.level, one.network) for one in newest]


def with_excerpt(wording_id: int) -> Wording | None:
    """Return a wording with its `excerpt`, None where there is none."""
    said = CaseMention.objects.filter(wording=OuterRef("pk"), mention__deleted_at=None).order_by("pk")
    excerpt = Subquery(said.values(start=Substr("mention__text", 1, EXCERPT))[:1])
    return Wording.objects.filter(pk=wording_id).annotate(excerpt=excerpt).defer("words").first()
