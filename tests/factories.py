"""Rows for tests, made with as few words as possible."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from listeners.models import Author, Mention, Source
from responders.models import Agent
from sentiment.models import Assessment

_numbers = itertools.count(1)


def make_source(
    *, now: datetime, brand: str = "zehnschritt", network: str = "file", **columns: Any
) -> Source:
    """A source that nobody polls."""
    slug = columns.pop("slug", f"source-{next(_numbers)}")
    return Source.objects.create(
        slug=slug, brand=brand, network=network, query=columns.pop("query", slug), created_at=now, **columns
    )


def make_author(*, network: str = "file", **columns: Any) -> Author:
    """An account."""
    number = next(_numbers)
    columns.setdefault("native_id", f"author-{number}")
    columns.setdefault("handle", f"runner{number}")
    return Author.objects.create(network=network, **columns)


def make_mention(text: str = "Die Öse reißt.", *, now: datetime, **columns: Any) -> Mention:
    """A mention that no stage has seen yet."""
    source = columns.pop("source", None) or make_source(now=now)
    author = columns.pop("author", None) or make_author(network=source.network)
    columns.setdefault("native_id", f"mention-{next(_numbers)}")
    columns.setdefault("posted_at", now)
    return Mention.objects.create(
        brand=source.brand,
        network=source.network,
        source=source,
        author=author,
        text=text,
        seen_at=now,
        **columns,
    )


def make_assessment(mention: Mention, *, now: datetime, **columns: Any) -> Assessment:
    """A verdict as the model would have given it, and the mention marked as assessed."""
    verdict: dict[str, Any] = {
        "sentiment": "negative",
        "urgency": 2,
        "angry": True,
        "intent": "problem",
        "language": "de",
        "probabilities": {},
        "model_name": "test",
        "model_version": "1",
        "model_hash": "0" * 64,
    } | columns
    verdict["probabilities"] = verdict["probabilities"] or {
        "sentiment": {"negative": 0.9, "neutral": 0.08, "positive": 0.02},
        "urgency": {str(level): 0.91 if level == verdict["urgency"] else 0.03 for level in range(4)},
        "angry": {"1": 0.9 if verdict["angry"] else 0.1, "0": 0.1 if verdict["angry"] else 0.9},
        "intent": {
            intent: 0.92 if intent == verdict["intent"] else 0.02
            for intent in ("problem", "question", "thanks", "feedback", "other")
        },
    }
    mention.assessed_at = now
    mention.save(update_fields=["assessed_at"])
    return Assessment.objects.create(mention=mention, assessed_at=now, **verdict)


def make_agent(role: str = "care", **columns: Any) -> Agent:
    """A person of the team; the password is "pass"."""
    columns.setdefault("username", f"{role}{next(_numbers)}")
    return Agent.objects.create_user(password="pass", role=role, **columns)
