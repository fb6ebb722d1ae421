"""Finds public posts of other people about the same matter as one post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import structlog
from django.db.models import QuerySet

from listeners.models import Mention
from trends.elastic.state import is_resting, state
from trends.elastic.switch import is_on
from trends.exceptions import ElasticFault
from trends.models import Vector

logger = structlog.get_logger(__name__)

NEWEST = 20_000
"""How many of a brand's newest posts are looked through where Elasticsearch does not know enough."""
LEAST = 0.3
"""The cosine below which two posts are not about the same."""
SAME_WORDS = 0.95
"""The cosine from which on one post is a copy of another, but for a word, handles or links."""

Points = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Similar:
    """A post about the same: its key, the cosine of both vectors from `LEAST` up, and when it was written."""

    mention: int
    cosine: float
    posted_at: datetime


def similar(mention: Mention, *, limit: int, now: datetime) -> list[Similar]:
    """Return up to `limit` posts of a brand that are most like one of its mentions, the nearest first.

    Private messages, deleted posts, those of the same author and copies in the same words are left out; of
    several copies the newest stands for all. Elasticsearch is asked first, and the database where that does
    not answer or names too few. A mention without a vector, or whose vector says nothing, is like none.
    """
    own = Vector.objects.filter(mention=mention).first()
    if own is None:
        return []
    others = _others(mention, own.version)
    point = _points([own.values])[0]
    found = _nearest(_searched(others, own, point, now), point, limit)
    if len(found) < limit:
        found = _nearest(others[:NEWEST], point, limit)
    times = dict(Mention.objects.filter(pk__in=[key for key, _ in found]).values_list("pk", "posted_at"))
    return [Similar(key, cosine, times[key]) for key, cosine in found if key in times]


def _others(mention: Mention, version: str) -> QuerySet[Vector]:
    """Return the vectors that may be named, the newest first."""
    vectors = Vector.objects.filter(brand=mention.brand, version=version, mention__deleted_at=None)
    private = {"mention__kind": Mention.Kind.MESSAGE}
    return vectors.exclude(**private).exclude(mention__author=mention.author_id).order_by("-mention")


def _searched(others: QuerySet[Vector], own: Vector, point: Points, now: datetime) -> QuerySet[Vector]:
    """Return those among `others` that Elasticsearch finds nearest; none where it is not there."""
    if not is_on() or not point.any() or is_resting(state(), now=now):
        return others.none()
    # Imported here since the client is an extra that only those have who have Elasticsearch.
    from trends.elastic.nearest import nearest

    try:
        names = nearest(own.brand, point.tolist(), least=LEAST)
    except ElasticFault as fault:
        logger.warning("similar_without_elasticsearch", error=str(fault), what_to_do=fault.what_to_do)
        return others.none()
    ids = {native_id for _, native_id in names}
    keys = Mention.objects.filter(network__in={network for network, _ in names}, native_id__in=ids)
    known = keys.values_list("pk", "network", "native_id")
    return others.filter(mention__in=[key for key, *name in known if tuple(name) in names])


def _nearest(vectors: QuerySet[Vector], point: Points, limit: int) -> list[tuple[int, float]]:
    """Return the keys nearest to `point` and their cosines, each unlike the point and those before it."""
    rows = list(vectors.values_list("mention_id", "values"))
    if not rows:
        return []
    points = _points([values for _, values in rows])
    cosines = points @ point
    near = np.flatnonzero((cosines >= LEAST) & (cosines < SAME_WORDS))
    points, left, found = points[near], cosines[near], list[tuple[int, float]]()
    while len(found) < limit and left.size and left.max() > 0:
        best = int(left.argmax())
        found.append((rows[near[best]][0], round(float(left[best]), 3)))
        left[points @ points[best] >= SAME_WORDS] = 0
    return found


def _points(values: Sequence[bytes | memoryview]) -> Points:
    """Return vectors as rows of length 1, which is how they are kept."""
    return np.frombuffer(b"".join(values), dtype=np.float16).reshape(len(values), -1).astype(np.float32)
