"""How Mastodon counts the characters of a post, and how it names those who are answered."""

from __future__ import annotations

import regex

WHOLE = 500
"""What a server takes unless its owner chose otherwise."""
LONGEST = WHOLE - 32
"""A reply begins with the name of the account that it answers, of which 30 letters and `@` count."""
URL_LENGTH = 23
_URL = regex.compile(r"https?://[^\s<>\"]+", regex.IGNORECASE)
_FAR_ACCOUNT = regex.compile(r"(?<![\w/@])@(\w[\w.-]*)@[\w-]+(?:[.:][\w-]+)*")
_ADDRESSEES = regex.compile(r"^(?:@\w[\w.-]*\s+)+")


def counted_length(text: str) -> int:
    """Count a text as Mastodon does: addresses 23, accounts without their server, an emoji 1."""
    rest, addresses = _URL.subn("", text)
    return URL_LENGTH * addresses + len(regex.findall(r"\X", near(rest)))


def near(text: str) -> str:
    """Return a text in which accounts stand without their server, as Mastodon shows them."""
    return _FAR_ACCOUNT.sub(r"@\1", text)


def said(text: str) -> str:
    """Return the words of a reply without the accounts that it is addressed to."""
    return _ADDRESSEES.sub("", near(text))
