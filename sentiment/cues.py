"""Alarming word groups that a post names, for explanations to people; they never change a verdict."""

from __future__ import annotations

import re
import tomllib
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
    return {name: re.compile("|".join(map(_pattern, words))) for name, words in groups.items()}


def _pattern(word: str) -> str:
    """Return a pattern for a word or phrase; `*` at either end stands for any letters."""
    inner = re.escape(word.strip("*").casefold()).replace(r"\ ", r"\s+")
    return ("" if word.startswith("*") else r"(?<!\w)") + inner + ("" if word.endswith("*") else r"(?!\w)")
