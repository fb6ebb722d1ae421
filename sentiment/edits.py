"""Harmless edits of posts, as `data/edits.toml` lists them: none of them should change a verdict."""

from __future__ import annotations

import re
import tomllib
import unicodedata
import zlib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

_FILE = Path(__file__).parent / "data" / "edits.toml"
_LONG_WORD = re.compile(r"(?<![\w@#/.])[^\W\d_]{5,}(?!\w|@|:?/)")


def _mistype(text: str, *, wrong: Callable[[str, int], str]) -> str:
    """Return `text` with one longer word mistyped; the text itself tells which, so it is always the same."""
    words = list(_LONG_WORD.finditer(text))
    if not words:
        return text
    key = zlib.crc32(text.encode("utf-8", "replace"))
    word = words[key % len(words)]
    at = 1 + key % (len(word[0]) - 2)
    return text[: word.start()] + wrong(word[0], at) + text[word.end() :]


def _misread(text: str) -> str:
    """Return `text` as shown by a program that takes UTF-8 for Windows-1252, where all of it can be shown."""
    try:
        return text.encode().decode("cp1252")
    except UnicodeError:
        return text


_CHANGES: dict[str, Callable[[str], str]] = {
    "": str,
    "upper": str.upper,
    "lower": str.lower,
    "decompose": partial(unicodedata.normalize, "NFD"),
    "misread": _misread,
    "swap_letters": partial(
        _mistype, wrong=lambda word, at: word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    ),
    "drop_letter": partial(_mistype, wrong=lambda word, at: word[:at] + word[at + 1 :]),
    "double_letter": partial(_mistype, wrong=lambda word, at: word[:at] + word[at] + word[at:]),
}
"""Edits that take more than a pattern."""


def _known(change: str) -> str:
    if change not in _CHANGES:
        raise ValueError(f"{change!r} is none of {sorted(_CHANGES)}")
    return change


class Edit(BaseModel):
    """One edit. Called with a text it returns the edited one: the same where there is nothing to edit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    languages: tuple[str, ...] = ("de", "en")
    swap: dict[str, str] = {}
    find: re.Pattern[str] | None = None
    put: str = ""
    once: bool = False
    before: str = ""
    after: str = ""
    change: Annotated[str, AfterValidator(_known)] = ""

    def __call__(self, text: str) -> str:
        """Return `text` edited."""
        if self.swap:
            signs = re.compile("|".join(map(re.escape, self.swap)))
            text = signs.sub(lambda sign: self.swap[sign[0]], text)
        if self.find:
            text = self.find.sub(self.put, text, count=int(self.once))
        return self.before + _CHANGES[self.change](text) + self.after


@cache
def edits() -> tuple[Edit, ...]:
    """Return all edits, in the order of the file."""
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["edit"]
    return tuple(Edit.model_validate(row) for row in rows)
