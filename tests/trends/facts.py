"""Facts for tests, made with as few words as possible."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from trends.models import Fact


def make_fact(posted_at: datetime, sentiment: str = "neutral", **columns: Any) -> Fact:
    """A fact without its mention."""
    usual = {"brand": "zehnschritt", "network": "file", "language": "de", "urgency": 0, "intent": "other"}
    return Fact.objects.create(posted_at=posted_at, sentiment=sentiment, angry=False, **(usual | columns))
