"""The keys under which replies are kept: made from ours, so that none can stand twice and each is found."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from listeners.contract import OutgoingReply

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_LENGTH = 13
_EARLY = datetime(2024, 1, 1, tzinfo=UTC)


def record_key(reply: OutgoingReply) -> str:
    """Return the key of a reply, the same for every try: of the form that Bluesky wants of a post's.

    That is a number of microseconds and ten bits more; ours holds the second of the first try, and for
    the rest a hash of the reply's own key.
    """
    mark = int.from_bytes(hashlib.sha256(reply.key.encode()).digest()[:8], "big")
    second = int((reply.first_tried_at or _EARLY).timestamp())
    number = (second * 1_000_000 + (mark >> 10) % 1_000_000) << 10 | mark & 1023
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))
