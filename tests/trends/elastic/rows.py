"""Mentions as the stages before leave them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from listeners.models import Mention
from tests.factories import make_assessment, make_author, make_mention, make_source
from trends.index import index


def make_routed(text: str = "Die Öse reißt.", *, now: datetime, **verdict: Any) -> Mention:
    """A mention that waits for its fact."""
    columns = {name: verdict.pop(name) for name in ("native_id", "posted_at", "kind") if name in verdict}
    source = Mention.objects.count() and Mention.objects.earliest("pk").source
    mention = make_mention(
        text,
        now=now,
        source=source or make_source(now=now, slug="wall"),
        author=make_author(handle="lea", followers=1_240),
        **columns,
    )
    make_assessment(mention, now=now, **verdict)
    mention.routed_at = now
    mention.save(update_fields=["routed_at"])
    return mention


def make_indexed(text: str = "Die Öse reißt.", *, now: datetime, **verdict: Any) -> Mention:
    """A mention whose fact is written and whose document is wanted."""
    mention = make_routed(text, now=now, **verdict)
    index(now=now)
    return mention
