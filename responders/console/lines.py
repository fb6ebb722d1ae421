"""Campaigns as the list shows them: one line each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import ngettext

from responders.console.networks import Badge, badge
from responders.console.rows import SHORT
from responders.lines import campaigns_of
from responders.models import Agent, Case, Wording
from responders.queue import QueueFilter


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign; numbers are text already."""

    wording_id: str
    posts: str
    title: str
    text: str
    level: str
    level_word: str
    network: Badge


def lines_of(wanted: QueueFilter, *, agent: Agent, now: datetime) -> list[Line]:
    """Say the campaigns of a list in words."""
    return [
        Line(
            wording_id=str(one.wording.pk),
            posts=str(one.wording.posts),
            title=title_of(one.wording),
            text=one.excerpt[:SHORT],
            level=str(one.level),
            level_word=str(Case.Level(one.level).label),
            network=badge(one.network),
        )
        for one in campaigns_of(wanted, agent=agent, now=now)
    ]


def title_of(wording: Wording) -> str:
    """Say how many posts of how many accounts a wording has."""
    posts = ngettext("%(n)d similar post", "%(n)d similar posts", wording.posts) % {"n": wording.posts}
    from_accounts = ngettext("from %(n)d account", "from %(n)d accounts", wording.accounts)
    return f"{posts} {from_accounts % {'n': wording.accounts}}"
