from __future__ import annotations

import time

import pytest

from listeners.plain_text import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Only words, 3 > 2", "Only words, 3 > 2"),
        ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
        ("A &amp; B&nbsp;C &#128512;", "A & B C 😀"),
        ("<style>p{}</style>Seen<script>alert('<b>')</script>", "Seen"),
        ("<a href='javascript:x'>link</a>", "link"),
        ("<unclosed <b>text", "text"),
        ("", ""),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    "html", ["<" * 300_000, "<a " * 100_000, "<p>" * 100_000, "&" * 300_000, "<!--" * 75_000]
)
def test_hostile_html_takes_no_long_time(html: str) -> None:
    started = time.monotonic()
    plain_text(html)
    assert time.monotonic() - started < 3
