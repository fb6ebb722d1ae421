"""Cases on the desk, made the way they come about: a mention is assessed and routed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from listeners.models import Author, Mention, Source
from responders import claims
from responders.models import Agent, Case, Claim
from responders.route import route
from tests.factories import make_agent, make_assessment, make_author, make_mention, make_source


def make_post(
    text: str = "Die Öse reißt.",
    *,
    now: datetime,
    author: Author | None = None,
    source: Source | None = None,
    verdict: dict[str, Any] | None = None,
    **columns: Any,
) -> Mention:
    """A mention on a network that can be answered, assessed but not routed."""
    source = source or answerable_source(now=now)
    author = author or make_author(network=source.network)
    mention = make_mention(text, now=now, source=source, author=author, **columns)
    make_assessment(mention, now=now, **(verdict or {}))
    return mention


def make_case(*, now: datetime, **post: Any) -> Case:
    """A case that is waiting for us."""
    mention = make_post(now=now, **post)
    while route(now=now):
        pass
    return Case.objects.get(case_mentions__mention=mention)


def claimed_case(*, now: datetime, agent: Agent | None = None, **post: Any) -> tuple[Case, Agent]:
    """A case that an agent holds."""
    case, agent = make_case(now=now, **post), agent or make_agent()
    assert isinstance(claims.take(case.pk, agent=agent, now=now), Claim)
    return case, agent


def answerable_source(*, now: datetime) -> Source:
    """A source of the demo network's X."""
    return Source.objects.filter(slug="demo-x").first() or make_source(
        now=now, network="demo_x", slug="demo-x"
    )
