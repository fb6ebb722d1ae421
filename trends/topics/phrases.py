"""The words and pairs of words that tell what a post is about, in German and English."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import regex
from snowballstemmer import stemmer

from sentiment.normalise import HANDLE, LINK, SHOUT, normalise

_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]+(?:['-]\p{L}+)*|[^\s\p{L}]")
_STEMMERS = {"de": "german", "en": "english"}
LANGUAGES = frozenset(_STEMMERS)
"""Those whose empty words are known; of others any word might be one."""
_SHORTEST = 3

Stem = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """One post: its stems and pairs of stems, each once, and how its author wrote them."""

    language: str
    written: Mapping[Stem, str]


def read(text: str, language: str, *, brand_words: frozenset[str] = frozenset()) -> Read:
    """Read a post of a language; `brand_words` are small-lettered words that all posts of the brand share."""
    stop = _stop_words() | brand_words
    cut = stemmer(_STEMMERS[language]).stemWord if language in _STEMMERS else str
    plain = normalise(text).replace(HANDLE, ".").replace(SHOUT, " ").replace(f" {LINK}", " . ")
    written: dict[Stem, str] = {}
    before: tuple[str, str] | None = None
    for word in _WORD.findall(plain):
        small = word.lower()
        if not word[0].isalpha() or len(word) < _SHORTEST or small in stop or small.split("'")[0] in stop:
            before = None
            continue
        stem = cut(small)
        written.setdefault((stem,), word)
        if before is not None and before[0] != stem:
            written.setdefault((before[0], stem), f"{before[1]} {word}")
        before = (stem, word)
    return Read(language, written)


def spelt(group: Iterable[Read]) -> dict[Stem, str]:
    """Return how most of the posts write each stem."""
    ways: defaultdict[Stem, Counter[str]] = defaultdict(Counter)
    for post in group:
        for stem, written in post.written.items():
            ways[stem][written] += 1
    return {stem: max(counts, key=lambda way: (counts[way], way)) for stem, counts in ways.items()}


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    lists = tomllib.loads((Path(__file__).parent / "stop_words.toml").read_text(encoding="utf-8"))
    return frozenset(word for words in lists.values() for word in words.split())
