"""Reddit's Markdown: what people read in a post, and how a plain text is written so that they read it."""

from __future__ import annotations

import html
import re

_EMBEDDED = re.compile(r"!\[(?:img|gif)\]\([^()\s]*\)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_KEPT_OR_SPECIAL = re.compile(r"(https?://\S+|(?<!\w)/?[ru]/[\w-]+)|([\\*_`~^\[\]<>|])")
_LINE_START = re.compile(r"^[ \t]*(?:([#+-])|(\d+)(?=[.)]))?", re.MULTILINE)


def words(markdown: str) -> str:
    """Return the text of a post without escapes, entities and marks of embedded pictures."""
    text = html.unescape(_EMBEDDED.sub("", markdown)).replace("\u200b", "")
    lines = (line.rstrip() for line in text.split("\n"))
    return _ESCAPED.sub(r"\1", "\n".join(lines)).strip()


def to_markdown(text: str) -> str:
    """Write a plain text so that Reddit shows it as it is: its lines, its stars, its "1."."""
    plain = _KEPT_OR_SPECIAL.sub(lambda found: found[1] or f"\\{found[2]}", text.strip())
    plain = _LINE_START.sub(_harmless_start, plain)
    return re.sub(r"(?<!\n)\n(?!\n)", "  \n", plain)


def _harmless_start(found: re.Match[str]) -> str:
    """Leave out indentation, which would make code, and escape what would make a heading or a list."""
    if found[1]:
        return f"\\{found[1]}"
    return f"{found[2]}\\" if found[2] else ""
