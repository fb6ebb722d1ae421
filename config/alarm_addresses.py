"""Addresses that alarms are told to; apprise knows some hundred kinds of chats, pagers and mailboxes."""

from __future__ import annotations

import logging
from collections.abc import Sequence

ADDRESSES = "see https://github.com/caronc/apprise/wiki for how each is written"


def unreadable(urls: Sequence[str]) -> list[int]:
    """Return the numbers, from 1, of the addresses that apprise cannot read."""
    # Only who tells alarms pays for the import.
    from apprise import Apprise

    # Apprise would log an address that it cannot read, with the password in it.
    logging.getLogger("apprise").disabled = True
    return [number for number, url in enumerate(urls, 1) if Apprise.instantiate(url) is None]
