"""The public posts most like a case's newest one, each with where its own case stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from listeners.models import Mention
from responders.console.networks import Badge, badge
from responders.models import Case
from sentiment.models import Assessment, Sentiment
from trends.similar import similar

MOST = 5


@dataclass(frozen=True, slots=True)
class SimilarPost:
    """A post as the list shows it; `case` is None where nobody had to answer it."""

    mention: Mention
    network: Badge
    sentiment: str
    sentiment_word: str
    case: Case | None


def similar_posts(case: Case, *, now: datetime) -> list[SimilarPost]:
    """Return up to `MOST` posts, the most similar first."""
    found = similar(case.latest_mention, limit=MOST, now=now)
    mentions = {mention.pk: mention for mention in _mentions([post.mention for post in found])}
    return [_shown(mentions[post.mention]) for post in found if post.mention in mentions]


def _mentions(keys: Sequence[int]) -> QuerySet[Mention]:
    newest = Assessment.objects.filter(mention=OuterRef("pk")).order_by("-pk").values("sentiment")[:1]
    mentions = Mention.objects.filter(pk__in=keys, deleted_at=None).annotate(sentiment=Subquery(newest))
    return mentions.select_related("case_mention__case")


def _shown(mention: Mention) -> SimilarPost:
    sentiment: str = mention.sentiment or ""  # type: ignore[attr-defined]
    return SimilarPost(
        mention,
        badge(mention.network),
        sentiment,
        str(Sentiment(sentiment).label) if sentiment else "",
        mention.case_mention.case if hasattr(mention, "case_mention") else None,
    )
