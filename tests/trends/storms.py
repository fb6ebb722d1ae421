"""A brand whose hours are known, and storms that break over it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime, timedelta

from listeners.models import Author, Mention, Source
from tests.factories import make_author, make_source
from trends.models import Fact

BRAND = "zehnschritt"
MINUTE, HOUR, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(weeks=1)
_numbers = itertools.count(1)


def heard_since(now: datetime, *, weeks: int = 9, network: str = "demo_x") -> Source:
    """A source that has been listened to for so many weeks."""
    return make_source(now=now - weeks * WEEK, network=network)


def ordinary_weeks(source: Source, *, now: datetime, a_day: int = 48, weeks: int = 8) -> None:
    """Give a network the same number of negative posts in each hour of the weeks before."""
    every = timedelta(days=1) / a_day
    count = int(weeks * WEEK / every)
    Fact.objects.bulk_create(
        [_fact(source, now - (number + 0.5) * every) for number in range(count)], batch_size=2000
    )


def _fact(source: Source, at: datetime, **columns: object) -> Fact:
    verdict = {"sentiment": "negative", "urgency": 1, "angry": True, "intent": "problem", "language": "de"}
    return Fact(brand=source.brand, network=source.network, posted_at=at, **(verdict | columns))


def storm(
    source: Source,
    at: Iterable[datetime],
    *,
    seen_at: datetime | None = None,
    author: Author | None = None,
    text: str = "Schon wieder gerissen, Beitrag {}.",
    **columns: object,
) -> list[Mention]:
    """Post negative posts at these moments, each by another account unless one is given."""
    mentions = []
    for moment in at:
        number = next(_numbers)
        writer = author or make_author(network=source.network, followers=100)
        mentions.append(
            Mention(
                brand=source.brand,
                network=source.network,
                source=source,
                author=writer,
                native_id=f"storm-{number}",
                text=text.format(number),
                posted_at=moment,
                seen_at=seen_at or moment,
            )
        )
    stored = Mention.objects.bulk_create(mentions)
    Fact.objects.bulk_create(
        [
            _fact(source, one.posted_at, mention=one, reach=one.author.followers or 0, **columns)
            for one in stored
        ]
    )
    return stored


def moments(begin: datetime, count: int, *, every: timedelta) -> list[datetime]:
    """So many moments from `begin` on."""
    return [begin + number * every for number in range(count)]
