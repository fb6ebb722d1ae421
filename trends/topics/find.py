"""Finds the matters of a brand's posts: words that many posts share, joined where they say the same.

A cluster of short posts alone has no name that anybody could read, so topics begin with words. Each word that
occurs often enough stands where the posts that use it lie on average; words that lie near each other (bag,
luggage, baggage) are one topic, and its centre is the middle of all posts that use one of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage

from trends.topics.phrases import LANGUAGES, Read, Stem, spelt

Points = npt.NDArray[np.float32]

_FEWEST, _SHARE = 5, 0.006
"""A topic's words stand in so many posts, and in this share of them."""
_FEWEST_PEOPLE = 3
"""Who says the same again and again, or signs with a name, makes no topic."""
_TOO_COMMON = 0.35
_MOST_WORDS = 400
_APART = 0.6
"""Up to which cosine distance words are one topic, on average."""
_PAIR, _NOUN = 1.5, 1.5
"""How much better pairs of words and German nouns name a topic than other words that are as frequent."""


@dataclass(frozen=True, slots=True)
class Found:
    """One topic: its words, the most telling first, as they are written and as stems, and its centre."""

    phrases: tuple[str, ...]
    stems: tuple[Stem, ...]
    language: str
    centre: Points


def find(posts: Sequence[Read], points: Points, *, authors: Sequence[int], most: int) -> list[Found]:
    """Return up to `most` topics, the largest first; `points` has a row of length 1 (or 0) a post."""
    where = _where(posts, authors)
    if len(where) < 2:
        return []
    stems = list(where)
    contexts = unit(np.array([points[where[stem]].mean(axis=0) for stem in stems]))
    tree = linkage(contexts, "average", metric="cosine")
    groups: defaultdict[int, list[Stem]] = defaultdict(list)
    for stem, group in zip(stems, fcluster(tree, _APART, "distance"), strict=True):
        groups[int(group)].append(stem)
    found = [one for group in groups.values() if (one := _found(group, where, posts, points)) is not None]
    found.sort(key=lambda one: (-one[0], one[1].phrases))
    return [topic for _, topic in found[:most]]


def unit(rows: Points) -> Points:
    """Return the rows with length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    found: Points = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-6)
    return found


def _where(posts: Sequence[Read], authors: Sequence[int]) -> dict[Stem, list[int]]:
    """Return the posts of each word that is frequent enough and not everywhere, the most frequent first."""
    where: defaultdict[Stem, list[int]] = defaultdict(list)
    for row, post in enumerate(posts):
        for stem in post.written if post.language in LANGUAGES else ():
            where[stem].append(row)
    least, top = max(_FEWEST, _SHARE * len(posts)), max(_TOO_COMMON * len(posts), 2 * _FEWEST)
    kept = {
        stem: rows
        for stem, rows in where.items()
        if least <= len(rows) <= top and len({authors[row] for row in rows}) >= _FEWEST_PEOPLE
    }
    order = sorted(kept, key=lambda stem: (-len(kept[stem]), stem))[:_MOST_WORDS]
    return {stem: kept[stem] for stem in order}


def _found(
    group: Sequence[Stem], where: Mapping[Stem, Sequence[int]], posts: Sequence[Read], points: Points
) -> tuple[int, Found] | None:
    """Return a group's topic with its number of posts; None where no word of it could be its name."""
    rows = sorted({row for stem in group for row in where[stem]})
    language = Counter(posts[row].language for row in rows).most_common(1)[0][0]
    ways = spelt(posts[row] for row in rows if posts[row].language == language)
    scores = {stem: _score(stem, ways.get(stem, ""), len(where[stem]), len(posts)) for stem in group}
    order = sorted(group, key=lambda stem: (-scores[stem], stem))
    phrases = _phrases(order, ways)
    if not phrases or (language == "de" and not any(_has_noun(phrase) for phrase in phrases)):
        return None
    centre = unit(points[rows].mean(axis=0)[None])[0]
    return len(rows), Found(tuple(phrases), tuple(order), language, centre)


def _has_noun(phrase: str) -> bool:
    return any(word[0].isupper() for word in phrase.split())


def _score(stem: Stem, written: str, count: int, posts: int) -> float:
    noun = _NOUN if written[:1].isupper() else 1
    return count * log(1 + posts / count) * noun * (_PAIR if len(stem) > 1 else 1)


def _phrases(order: Sequence[Stem], ways: Mapping[Stem, str]) -> list[str]:
    chosen: list[Stem] = []
    for stem in order:
        if stem in ways and not any(set(stem) & set(other) for other in chosen):
            chosen.append(stem)
    return [ways[stem] for stem in chosen]
