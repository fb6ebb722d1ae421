"""HTML to the text a reader would see."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from html import unescape

LONGEST = 300_000
"""Characters of HTML that are read."""
_BLOCKS = frozenset({"address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption"})
_BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "table", "tr", "ul"}
_SILENT = frozenset({"script", "style", "template", "title"})
_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_NAME = re.compile(r"/?([a-z][a-z0-9]{0,20})", re.IGNORECASE)


def plain_text(html: str) -> str:
    """Return the text of a piece of HTML, its blocks on lines of their own, nothing of its markup."""
    html = html[:LONGEST]
    if "<" not in html and "&" not in html:
        return html.strip()
    text = "".join(_pieces(html))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _pieces(html: str) -> Iterator[str]:
    """Yield text and line ends.

    Every search goes on where the last one ended, because `html.parser` of Python 3.11 takes hours over
    a page of opening brackets.
    """
    folded, position = html.translate(_FOLDED), 0
    while (start := html.find("<", position)) >= 0:
        yield unescape(html[position:start])
        name = _NAME.match(html, start + 1)
        if html.startswith("<!--", start):
            position = _after(html, "-->", start)
        elif name is None and html[start + 1 : start + 2] not in ("!", "?", "/"):
            yield "<"
            position = start + 1
        else:
            tag = name[1].lower() if name else ""
            position = _after(html, ">", start)
            if tag in _BLOCKS:
                yield "\n"
            if tag in _SILENT and html[start + 1] != "/":
                position = _after(folded, f"</{tag}>", position)
    yield unescape(html[position:])


def _after(html: str, mark: str, start: int) -> int:
    """Return where the text goes on after a mark; the end if it never comes."""
    found = html.find(mark, start)
    return found + len(mark) if found >= 0 else len(html)
