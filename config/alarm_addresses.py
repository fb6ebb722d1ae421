"""Addresses that alarms are told to; apprise knows some hundred kinds of chats, pagers and mailboxes."""

from __future__ import annotations

import logging
from collections.abc import Sequence

ADDRESSES = "see https://github.com/caronc/apprise/wiki for how each is written"
# Both log addresses, with the passwords in them: apprise those that fail, urllib3 all at its finest level.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
logging.getLogger("urllib3").setLevel(logging.INFO)


def unreadable(urls: Sequence[str]) -> list[int]:
    """Return the numbers, from 1, of the addresses that apprise cannot read."""
    # Only who tells alarms pays for the import.
    from apprise import Apprise

    return [number for number, url in enumerate(urls, 1) if Apprise.instantiate(url) is None]
