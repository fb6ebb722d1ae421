"""Words that mean something else in a brand's world, swapped before the model reads them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from sentiment.normalise import spell_out_umlauts

STAND_IN = "Velora"
"""What the model reads in a term's place.

The most neutral of 33 tried (`bench/stand_in.py`): its answers lie nearest to the mean over invented names,
0.07 apart in log-probability; "XY" 0.18, nothing at all 0.19, "@user" 0.27.
"""

_LETTERS = {"ae": "(?:ae|ä|a\u0308)", "oe": "(?:oe|ö|o\u0308)", "ue": "(?:ue|ü|u\u0308)", "ss": "(?:ss|ß)"}
_GAP = r"[\s_\-\u2010-\u2015]*"
_PART = re.compile(r"ae|oe|ue|ss|[\s_\-\u2010-\u2015]+|.", re.DOTALL)
_ENDS = re.compile(rf"^{_GAP}|{_GAP}$")
_HUMP = "(?-i:(?<=[a-zäöüß0-9])(?=[A-ZÄÖÜ]))"
_BEGIN = rf"(?:(?<!@)(?<![^\W_])|{_HUMP})"
_END = rf"(?:(?![^\W_])|{_HUMP})"


def swap(text: str, terms: Sequence[str]) -> str:
    """Return `text` with each of the `terms` replaced by a name without meaning.

    Case, umlaut spellings (ö, oe), and how the words of a phrase are joined (space, hyphen, hashtag) make no
    difference; parts of longer words and handles stay.
    """
    return occurrences(tuple(terms)).sub(STAND_IN, text) if terms else text


@lru_cache(maxsize=256)
def occurrences(terms: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that finds the terms, the longest first; without terms it finds nothing."""
    words = sorted(map(_inner, {_folded(term) for term in terms}), key=len, reverse=True)
    return re.compile(f"{_BEGIN}(?:{'|'.join(words)}){_END}" if words else r"(?!)", re.IGNORECASE)


def _folded(term: str) -> str:
    """Return the form in which two spellings of one term are equal."""
    return _ENDS.sub("", spell_out_umlauts(unicodedata.normalize("NFC", term).casefold()))


def _inner(term: str) -> str:
    return "".join(_LETTERS.get(part) or _letter_or_gap(part) for part in _PART.findall(term))


def _letter_or_gap(part: str) -> str:
    return _GAP if re.fullmatch(_GAP, part) else re.escape(part)
