"""How Threads counts the characters of a post: an emoji by its bytes."""

from __future__ import annotations

import regex

LONGEST = 500
_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Emoji}\p{M}*\uFE0F|\p{Regional_Indicator}{2}|\u20E3")


def counted_length(text: str) -> int:
    """Count one for each character, but the bytes in UTF-8 for each emoji, however it is composed."""
    return sum(
        len(cluster.encode()) if _EMOJI.search(cluster) else len(cluster)
        for cluster in regex.findall(r"\X", text)
    )
