"""What the parts of the stand-in of Bluesky share: errors, times and accounts as XRPC writes them."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

from listeners.networks.demo.book import Item
from listeners.networks.demo.items import native_id
from listeners.networks.demo.script import BRAND_HANDLE
from listeners.networks.demo.vendor import Answer

NETWORK = "bluesky"


def error(status: int, name: str, message: str) -> Answer:
    """Make the error body of XRPC."""
    return Answer(status, {"error": name, "message": message})


def stamp(at: datetime) -> str:
    """Write a time as Bluesky does, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def brand() -> Item:
    """Return the account that listens."""
    return {"did": did_of({"id": native_id("people", BRAND_HANDLE)}), "handle": f"{BRAND_HANDLE}.example"}


def did_of(author: Item) -> str:
    """Return the id of an account."""
    digest = hashlib.sha256(str(author["id"]).encode()).digest()
    return "did:plc:" + base64.b32encode(digest).decode().lower()[:24]
