from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from trends.charts import sentiment_by_day
from trends.models import Fact

BERLIN = ZoneInfo("Europe/Berlin")
pytestmark = pytest.mark.django_db


def fact(posted_at: datetime, sentiment: str, *, urgency: int = 0, brand: str = "zehnschritt") -> None:
    Fact.objects.create(
        brand=brand,
        network="file",
        language="de",
        posted_at=posted_at,
        sentiment=sentiment,
        urgency=urgency,
        angry=False,
        intent="other",
    )


def test_a_post_shortly_before_midnight_in_london_counts_for_the_next_day_in_berlin() -> None:
    fact(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "negative", urgency=2)
    days = sentiment_by_day(
        "zehnschritt",
        since=datetime(2026, 7, 1, tzinfo=BERLIN),
        until=datetime(2026, 7, 4, tzinfo=BERLIN),
        zone=BERLIN,
    )
    assert [(day.date, day.negative, day.urgent) for day in days] == [
        (date(2026, 7, 1), 0, 0),
        (date(2026, 7, 2), 1, 1),
        (date(2026, 7, 3), 0, 0),
    ]


def test_days_add_up_by_sentiment_and_leave_out_other_brands() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    for sentiment in ("negative", "neutral", "positive", "positive"):
        fact(noon, sentiment)
    fact(noon, "negative", brand="another")
    (day,) = sentiment_by_day(
        "zehnschritt",
        since=datetime(2026, 7, 1, tzinfo=BERLIN),
        until=datetime(2026, 7, 2, tzinfo=BERLIN),
        zone=BERLIN,
    )
    assert (day.negative, day.neutral, day.positive, day.total) == (1, 1, 2, 4)
