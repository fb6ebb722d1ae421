"""What is left of a text when all that a copy may change is gone, and whether two such texts are alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from sentiment.normalise import clean

FEWEST_WORDS = 8
"""Texts of fewer different words are never alike: many people say "Danke!" or "Same here" by themselves."""
FEWEST_TO_VARY = 15
"""Shorter texts are alike only word by word, since customers of one outage use nearly the same few words."""
MOST_WORDS = 300
ALIKE = 0.9
"""The share of words that must stand in the same order."""
BANDS, ROWS = 8, 4
"""With these, two texts of 15 words of which one differs share a band in 999 of 1,000 cases."""

_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.-]+|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S*"
    r"|(?<!\w)@[\w.]+(?:@[\w.-]+)?|(?<!\w)/?u/[\w-]+",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in small letters, without handles, links, digits and signs."""
    words = unicodedata.normalize("NFKC", _ADDRESS.sub(" ", clean(text)).casefold())
    return tuple(_WORD.findall(words)[:MOST_WORDS])


def can_be_copied(words: Sequence[str]) -> bool:
    """Tell whether a text says enough that two people do not say it alike by chance."""
    return len(set(words)) >= FEWEST_WORDS


def digest(words: Sequence[str]) -> bytes:
    """Return four bytes a word, from which nobody reads the words."""
    return b"".join(blake2b(word.encode(), digest_size=4).digest() for word in words)


def key_of(digests: bytes) -> str:
    """Return the hash that equal texts share, 32 hexadecimal digits."""
    return blake2b(digests, digest_size=16).hexdigest()


def bands_of(digests: bytes, *, brand: str) -> list[int]:
    """Return the band keys (MinHash) of a text that may vary, signed 64-bit numbers; [] for shorter ones."""
    words = _numbers(digests)
    if len(words) < FEWEST_TO_VARY:
        return []
    least = ((_FACTORS * words.astype(np.uint64) + _SUMMANDS) >> np.uint64(32)).min(axis=1)
    return [
        _signed(f"{brand} {band} {least[band * ROWS : (band + 1) * ROWS].tolist()}") for band in range(BANDS)
    ]


def are_alike(one: bytes, other: bytes) -> bool:
    """Tell whether two texts, given as digests, say the same in nearly the same words."""
    words: list[int] = _numbers(one).tolist()
    others: list[int] = _numbers(other).tolist()
    if min(len(words), len(others)) < FEWEST_TO_VARY:
        return words == others
    return Levenshtein.normalized_similarity(words, others, score_cutoff=ALIKE) >= ALIKE


def _numbers(digests: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(digests, dtype="<u4")


def _signed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)


def _constants(name: str) -> NDArray[np.uint64]:
    numbers = [_signed(f"{name} {row}") % 2**64 | 1 for row in range(BANDS * ROWS)]
    return np.array(numbers, dtype=np.uint64)[:, np.newaxis]


_FACTORS, _SUMMANDS = _constants("factor"), _constants("summand")
