"""Comparing what was sent with what a network shows, and what several networks say."""

from __future__ import annotations

import unicodedata


def same_text(one: str, other: str) -> bool:
    """Say whether two texts are the same to a reader, however a network stored them."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
