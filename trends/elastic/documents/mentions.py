"""The documents of mentions."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Prefetch, QuerySet
from django.utils.crypto import salted_hmac

from config.brand import Brand
from config.brand_files import brand
from listeners.models import Mention
from sentiment.models import Assessment
from trends.elastic.documents.draft import Body, Draft, clock_of, seconds, topic_of
from trends.elastic.mapping import VECTOR_DIMENSIONS
from trends.masking import MASKS, hide_handles, mask, region_of
from trends.topics.place import reads

LONGEST_ID = 512
"""Bytes that Elasticsearch takes as a document's id."""
MOST_PHRASES = 60


def mention_drafts(keys: Collection[str], *, now: datetime) -> dict[str, Draft | Exception]:
    """Read mentions; own posts, deleted ones and those without an assessment should not be there."""
    return {str(mention.pk): _draft(mention) for mention in _mentions(keys)}


def mention_rows(*, since: datetime) -> QuerySet[Mention]:
    """Return the mentions that have facts."""
    return Mention.objects.filter(fact__isnull=False, posted_at__gte=since, deleted_at=None).only("pk")


def document_id(mention: Mention) -> str:
    """Return the id of a mention's document: network and native id, or their hash where that is too long."""
    name = f"{mention.network}/{mention.native_id}"
    if len(name.encode()) <= LONGEST_ID:
        return name
    return f"{mention.network}/{hashlib.sha256(name.encode()).hexdigest()}"


def _mentions(keys: Collection[str]) -> QuerySet[Mention]:
    newest = Prefetch("assessments", Assessment.objects.order_by("-pk"), to_attr="newest_first")
    related = ("author", "source", "case_mention", "fact__topic__merged_into", "vector")
    return Mention.objects.filter(pk__in=keys).select_related(*related).prefetch_related(newest)


def _draft(mention: Mention) -> Draft | Exception:
    assessments: list[Assessment] = mention.newest_first  # type: ignore[attr-defined]
    at = min(mention.posted_at, mention.seen_at)
    body = None
    if assessments and mention.deleted_at is None:
        try:
            body = _body(mention, assessments[0])
        except Exception as fault:
            return fault
    return Draft(id=document_id(mention), at=at, body=body)


def _body(mention: Mention, verdict: Assessment) -> Body:
    policy = brand(mention.brand)
    found: dict[str, Any] = {
        "brand": mention.brand,
        "network": mention.network,
        "native_id": mention.native_id,
        "source": mention.source.slug,
        "kind": mention.kind,
        "is_private": mention.kind == Mention.Kind.MESSAGE,
        "is_backfill": mention.is_backfill,
        "stars": mention.rating,
        "reactions": mention.reactions,
        "shares": mention.shares,
        "reach": mention.author.followers or 0,
        "case": mention.case_mention.case_id if hasattr(mention, "case_mention") else None,
        **_words(mention, verdict.language, policy),
        **_times(mention, policy),
        **_matter(mention),
        **_verdict(verdict),
    }
    return {name: value for name, value in found.items() if value is not None}


def _words(mention: Mention, language: str, policy: Brand) -> Mapping[str, Any]:
    """Return text and keyphrases, author and address, without what the brand wants hidden.

    Of a private message nothing but a hash of its author: who may search the copy need not be care.
    """

    def alias(handle: str) -> str:
        name = f"{mention.network}/{handle.casefold()}"
        return salted_hmac("trends.handle", name, algorithm="sha256").hexdigest()[:16]

    if mention.kind == Mention.Kind.MESSAGE:
        return {"author": alias(mention.author.handle)}
    text = mask(mention.text, region=region_of(policy))
    (said,) = reads([MASKS.sub(". ", text)], [language], mention.brand)
    phrases = {"keyphrases": sorted({phrase.lower() for phrase in said.written.values()})[:MOST_PHRASES]}
    if not policy.hash_handles:
        return {"text": text, "author": mention.author.handle, "url": mention.url, **phrases}
    return {"text": hide_handles(text, alias=alias), "author": alias(mention.author.handle), **phrases}


def _times(mention: Mention, policy: Brand) -> Mapping[str, Any]:
    return {
        "posted_at": mention.posted_at,
        "seen_at": mention.seen_at,
        "assessed_at": mention.assessed_at,
        "queued_at": mention.queued_at,
        "first_reply_at": mention.first_reply_at,
        "delay_seconds": seconds(mention.posted_at, mention.seen_at),
        "first_response_seconds": seconds(mention.posted_at, mention.first_reply_at),
        **clock_of(mention.posted_at, policy.zone),
    }


def _matter(mention: Mention) -> Mapping[str, Any]:
    """Return what it is about: phase, topic and vector, as far as they are known."""
    about: dict[str, Any] = {}
    if hasattr(mention, "fact"):
        about |= {"phase": mention.fact.phase, **topic_of(mention.fact)}
    if hasattr(mention, "vector"):
        about["vector"] = _numbers(mention.vector.values)
    return about


def _numbers(values: bytes | memoryview) -> list[float] | None:
    """Return a vector's numbers; None for one that says nothing, or is of another model's length."""
    numbers = np.frombuffer(values, dtype=np.float16).astype(float).round(4)
    return numbers.tolist() if len(numbers) == VECTOR_DIMENSIONS and numbers.any() else None


def _verdict(verdict: Assessment) -> Mapping[str, Any]:
    return {
        "language": verdict.language,
        "sentiment": verdict.sentiment,
        "urgency": verdict.urgency,
        "angry": verdict.angry,
        "intent": verdict.intent,
        "supported": verdict.supported,
        "is_corrected": verdict.is_corrected,
        "model": f"{verdict.model_name} {verdict.model_version}",
        "probabilities": verdict.probabilities,
    }
