"""What a case's page says of copies and bots."""

from __future__ import annotations

from dataclasses import dataclass

from responders.bots import Score, score, signs_of
from responders.campaigns import is_campaign
from responders.console.lines import title_of
from responders.models import Case, CaseMention, Wording


@dataclass(frozen=True, slots=True)
class Hiding:
    """The bot score of who wrote last, and the campaign that the newest post belongs to, if any."""

    bot: Score
    campaign: Wording | None
    title: str


def hiding(case: Case) -> Hiding:
    """Look at the newest mention of a case."""
    link = CaseMention.objects.filter(mention=case.latest_mention_id).select_related("wording").first()
    wording = link.wording if link else None
    campaign = wording if wording is not None and is_campaign(wording) else None
    bot = score(signs_of(case.latest_mention, wording=wording))
    return Hiding(bot, campaign, title_of(campaign) if campaign else "")
