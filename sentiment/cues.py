"""Alarming word groups that a post names, for explanations to people; they never change a verdict."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_LEXICON = Path(__file__).parent / "cues.toml"


def cues(text: str) -> tuple[str, ...]:
    """Return the names of the groups whose words stand in `text`, in the lexicon's order."""
    plain = text.casefold()
    return tuple(name for name, pattern in _patterns().items() if pattern.search(plain))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    groups: dict[str, list[str]] = tomllib.loads(_LEXICON.read_text(encoding="utf-8"))
    return {name: re.compile(_either(words)) for name, words in groups.items()}


def _either(words: Sequence[str]) -> str:
    """Return a pattern for words or phrases; `*` at either end stands for any letters.

    Words that begin where a word begins share one look behind, without which a text takes ten times as long.
    """
    starts = "|".join(_inner(word) for word in words if not word.startswith("*"))
    anywhere = "|".join(_inner(word) for word in words if word.startswith("*"))
    return "|".join(filter(None, (starts and rf"(?<!\w)(?:{starts})", anywhere)))


def _inner(word: str) -> str:
    inner = re.escape(word.strip("*").casefold()).replace(r"\ ", r"\s+")
    return inner + ("" if word.endswith("*") else r"(?!\w)")
