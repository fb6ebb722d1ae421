"""Says which of a brand's topics a post is about, if any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from config.brand_files import all_brands
from sentiment.vectors import DIMS
from trends.topics.find import Points, unit
from trends.topics.models import Topic, TopicMap
from trends.topics.phrases import Read, read

_NEAR = 0.4
_ITS_WORD = 0.2
"""How much nearer a post is to a topic whose word it uses."""
_SHRINK = 20
"""A language's middle counts as many posts of all languages besides its own."""
OTHER = "other"

Middles = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Plan:
    """A brand's topics as posts are placed on them; a merged one stands for the other."""

    middles: Middles
    stands_for: tuple[int, ...]
    centres: Points
    words: tuple[frozenset[tuple[str, ...]], ...]


def plan_of(chart: TopicMap, topics: Sequence[Topic]) -> Plan:
    """Return the plan of a brand's topics that have not faded."""
    centres = np.array([unpacked(topic.centre) for topic in topics], dtype=np.float32).reshape(-1, DIMS)
    return Plan(
        chart.middles,
        tuple(topic.merged_into_id or topic.pk for topic in topics),
        centres,
        tuple(frozenset(tuple(stem) for stem in topic.stems) for topic in topics),
    )


def place(posts: Sequence[Read], points: Points, plan: Plan) -> list[int | None]:
    """Return the id of each post's topic, None for no topic; `points` are about the plan's middles."""
    if not plan.stands_for:
        return [None] * len(posts)
    near = points @ plan.centres.T
    for row, post in zip(near, posts, strict=True):
        row += [_ITS_WORD * (not words.isdisjoint(post.written)) for words in plan.words]
    best = near.argmax(axis=1)
    return [plan.stands_for[at] if row[at] >= _NEAR else None for row, at in zip(near, best, strict=True)]


def reads(texts: Sequence[str], languages: Sequence[str], brand: str) -> list[Read]:
    """Read posts of a brand without its own name."""
    own = _own_words(brand)
    return [read(text, tongue(code), brand_words=own) for text, code in zip(texts, languages, strict=True)]


def about_middles(vectors: Points, languages: Sequence[str], middles: Middles) -> Points:
    """Return vectors less the mean of their language, with length 1, so that languages lie on each other."""
    none = np.zeros(DIMS, dtype=np.float32)
    known = {code: np.array(middle, dtype=np.float32) for code, middle in middles.items()}
    rest = known.get(OTHER, none)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    moved = np.array([known.get(tongue(code), rest) for code in languages], dtype=np.float32).reshape(
        -1, DIMS
    )
    return unit((vectors - moved) * (lengths > 0))


def middles_of(vectors: Points, languages: Sequence[str]) -> dict[str, list[float]]:
    """Return the mean by language, drawn towards the mean of all where there are few posts."""
    codes = np.array([tongue(code) for code in languages])
    whole = vectors.mean(axis=0)
    found = {OTHER: whole}
    for code in set(codes.tolist()):
        mine = vectors[codes == code]
        found[code] = (mine.sum(axis=0) + _SHRINK * whole) / (len(mine) + _SHRINK)
    return {code: [round(float(value), 5) for value in middle] for code, middle in found.items()}


def tongue(code: str) -> str:
    """Return the language as which a post is read."""
    return code if code in ("de", "en") else OTHER


def packed(point: Points) -> bytes:
    """Return a vector as the database keeps it."""
    return point.astype(np.float16).tobytes()


def unpacked(values: bytes | memoryview) -> npt.NDArray[np.float16]:
    """Return a vector that the database kept."""
    return np.frombuffer(values, dtype=np.float16)


def _own_words(slug: str) -> frozenset[str]:
    brand = all_brands().get(slug)
    names = (slug, brand.name, *brand.handles, *brand.keywords) if brand else (slug,)
    return frozenset(word for name in names for word in name.lower().replace("-", " ").strip("@#").split())
