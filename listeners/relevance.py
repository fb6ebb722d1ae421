"""Whether a post is about the brand, by the words of the brand file."""

from __future__ import annotations

import re
from functools import cache

from config.brand import Brand


def is_about(brand: Brand, text: str, *, found_by_search: bool) -> bool:
    """Tell whether a text is about the brand.

    An excluded word always says no. What a search found must also hold a keyword or a handle; words count
    from their beginning, so that "Zehnschritts" and "#zehnschritt" hold "zehnschritt".
    """
    excluded = _pattern(tuple(brand.excluded), r"(?!\w)")
    if excluded and excluded.search(text):
        return False
    if not found_by_search or not brand.keywords:
        return True
    wanted = _pattern((*brand.keywords, *brand.handles), "")
    return wanted is None or wanted.search(text) is not None


@cache
def _pattern(words: tuple[str, ...], end: str) -> re.Pattern[str] | None:
    if not words:
        return None
    either = "|".join(re.escape(word.lstrip("@#")) for word in words)
    return re.compile(rf"(?<!\w)(?:{either}){end}", re.IGNORECASE)
