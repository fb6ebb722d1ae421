"""What a text of ours says, whatever X adds to it."""

from __future__ import annotations

import re

from listeners.networks.texts import same_text

_ADDRESSEES = re.compile(r"^(?:@\w{1,15}\s+)+")
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)


def is_said(shown: str, sent: str) -> bool:
    """Say whether a text that X shows is the one that was sent."""
    return same_text(_bare(shown), _bare(sent))


def _bare(text: str) -> str:
    """Leave out what X adds: the accounts that are answered, and how it writes addresses."""
    return _SCHEME.sub("", _ADDRESSEES.sub("", text))
