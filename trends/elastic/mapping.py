"""What the copy in Elasticsearch holds: the fields of each kind of document, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

VECTOR_DIMENSIONS = 384
"""Length of the vectors by which similar posts are found."""


class Kind(StrEnum):
    """A kind of document; its value is also the name of the alias behind which its months stand."""

    MENTION = "kulanz-mentions"
    CASE = "kulanz-cases"
    SOURCE = "kulanz-sources"
    INCIDENT = "kulanz-incidents"


Fields = Mapping[str, Mapping[str, Any]]

KEYWORD = {"type": "keyword", "ignore_above": 1000}
DATE = {"type": "date"}
FLAG = {"type": "boolean"}
BYTE = {"type": "byte"}
LONG = {"type": "long"}
SHARE = {"type": "half_float"}
MONEY = {"type": "double"}
TEXT = {"type": "text"}


def _shares(*classes: str) -> dict[str, Any]:
    """Probabilities of a head's classes."""
    return {"type": "object", "properties": dict.fromkeys(classes, SHARE)}


_MENTION: Fields = {
    "brand": KEYWORD,
    "network": KEYWORD,
    "native_id": KEYWORD,
    "source": KEYWORD,
    "kind": KEYWORD,
    "url": KEYWORD,
    "language": KEYWORD,
    "text": TEXT,
    "author": KEYWORD,
    "reach": LONG,
    "reactions": LONG,
    "shares": LONG,
    "stars": BYTE,
    "is_private": FLAG,
    "is_backfill": FLAG,
    "posted_at": DATE,
    "seen_at": DATE,
    "assessed_at": DATE,
    "queued_at": DATE,
    "first_reply_at": DATE,
    "delay_seconds": LONG,
    "first_response_seconds": LONG,
    "hour_of_day": BYTE,
    "day_of_week": BYTE,
    "sentiment": KEYWORD,
    "urgency": BYTE,
    "angry": FLAG,
    "intent": KEYWORD,
    "supported": FLAG,
    "is_corrected": FLAG,
    "model": KEYWORD,
    "probabilities": {
        "type": "object",
        "properties": {
            "sentiment": _shares("negative", "neutral", "positive"),
            "urgency": _shares("0", "1", "2", "3"),
            "angry": _shares("0", "1"),
            "intent": _shares("problem", "question", "thanks", "feedback", "other"),
        },
    },
    "topic": KEYWORD,
    "topic_name": KEYWORD,
    "phase": KEYWORD,
    "keyphrases": KEYWORD,
    "vector": {
        "type": "dense_vector",
        "dims": VECTOR_DIMENSIONS,
        "index": True,
        "similarity": "cosine",
    },
    "case": LONG,
    "version": LONG,
}
"""`hour_of_day` (0-23) and `day_of_week` (1 is Monday) are the brand's clock; `author` is the handle, or its
hash where the brand wants that; `delay_seconds` is the way from the network to here, `first_response_seconds`
from the post to the first answer; `keyphrases` are its words and pairs of words that say something."""

_CASE: Fields = {
    "brand": KEYWORD,
    "network": KEYWORD,
    "case": LONG,
    "state": KEYWORD,
    "priority": BYTE,
    "language": KEYWORD,
    "topic": KEYWORD,
    "topic_name": KEYWORD,
    "agent": LONG,
    "opened_at": DATE,
    "first_reply_at": DATE,
    "closed_at": DATE,
    "due_at": DATE,
    "first_due_at": DATE,
    "first_response_seconds": LONG,
    "breached": FLAG,
    "mentions": LONG,
    "angry": FLAG,
    "recovered": FLAG,
    "goodwill": KEYWORD,
    "spend": MONEY,
    "currency": KEYWORD,
    "hour_of_day": BYTE,
    "day_of_week": BYTE,
    "version": LONG,
}
"""`priority` is 0 (none) to 3 (critical); `breached`: the first answer came, or is due, after `first_due_at`;
`recovered`: somebody was angry and the newest mention of the closed case is positive; `agent` is the owner's
number; `goodwill` and `spend`: kinds and sum of what was granted, in `currency`."""

_SOURCE: Fields = {
    "brand": KEYWORD,
    "network": KEYWORD,
    "source": KEYWORD,
    "state": KEYWORD,
    "hour": DATE,
    "lag_seconds": LONG,
    "lag_seconds_p95": LONG,
    "fetches": LONG,
    "faults": LONG,
    "error_rate": SHARE,
    "volume": LONG,
    "silent": FLAG,
    "unheard": FLAG,
    "letters": LONG,
    "version": LONG,
}
"""How a source was in the hour that began at `hour`; `volume` is the number of its posts written in it."""

_INCIDENT: Fields = {
    "brand": KEYWORD,
    "network": KEYWORD,
    "incident": LONG,
    "kind": KEYWORD,
    "topic": KEYWORD,
    "topic_name": KEYWORD,
    "state": KEYWORD,
    "began_at": DATE,
    "ended_at": DATE,
    "mentions": LONG,
    "usual": {"type": "float"},
    "growth": {"type": "float"},
    "reach": LONG,
    "version": LONG,
}

FIELDS: Mapping[Kind, Fields] = {
    Kind.MENTION: _MENTION,
    Kind.CASE: _CASE,
    Kind.SOURCE: _SOURCE,
    Kind.INCIDENT: _INCIDENT,
}
TIME_FIELD: Mapping[Kind, str] = {
    Kind.MENTION: "posted_at",
    Kind.CASE: "opened_at",
    Kind.SOURCE: "hour",
    Kind.INCIDENT: "began_at",
}
"""The field whose month says in which index a document stands."""


def mapping(kind: Kind, *, analyzer: str) -> dict[str, Any]:
    """Return the strict mapping of a kind; texts are cut into words by `analyzer`."""
    fields = {
        name: {**field, "analyzer": analyzer} if field["type"] == "text" else dict(field)
        for name, field in FIELDS[kind].items()
    }
    return {"dynamic": "strict", "properties": fields}
