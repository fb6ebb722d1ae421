"""Posts in the form in which the demo network keeps and serves them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from listeners.networks.demo.book import Item, stamp
from listeners.networks.demo.script import BRAND_HANDLE, Author, Entry

PHOTO_ALTS = {
    "torn-eyelet": "Laufschuh von der Seite, die oberste Öse ist ausgerissen",
    "loose-sole": "Laufschuh, die Sohle löst sich an der Spitze",
    "damaged-parcel": "Eingedrückter Karton mit aufgerissener Ecke",
    "wrong-sizes": "Zwei Schuhe nebeneinander, einer deutlich größer",
    "broken-zipper": "Laufjacke mit ausgerissenem Reißverschluss",
    "cracked-watch": "Sportuhr mit gesprungenem Glas",
    "finish-line": "Läuferin mit erhobenen Armen unter einem Zielbogen",
    "worn-heel": "Laufschuh, die Ferse ist bis auf den Schaum abgelaufen",
    "faded-shirt": "Laufshirt, das Logo löst sich in Stücken ab",
}
"""What each picture in `photos/` shows."""


REVIEWS = frozenset({"appstore", "business", "play", "trustpilot"})
"""Networks whose posts are reviews."""


def native_id(network: str, name: str) -> str:
    """Make an id that looks like a network's: 18 digits, the same for the same name."""
    digest = hashlib.sha256(f"{network}/{name}".encode()).digest()
    return str(10**17 + int.from_bytes(digest[:8], "big") % (9 * 10**17))


def scripted(entry: Entry, person: Author, key: str) -> Item:
    """Make the item of a scripted post; ids and time are the caller's to add."""
    return {
        "kind": _kind(entry, person),
        "author": _author(person, key),
        "text": entry.text.strip(),
        "mentions_account": f"@{BRAND_HANDLE}" in entry.text.lower(),
        "photos": [entry.photo] if entry.photo else [],
        "rating": entry.rating,
        "likes": entry.likes,
        "shares": entry.shares,
        "edited_at": None,
        "deleted": False,
    }


def repost(of: Item, *, new_id: str, by: Item) -> Item:
    """Make the item in which somebody passes a post on without words; the time is the caller's to add."""
    return of | {"id": new_id, "thread_id": new_id, "author": by, "shares": 0, "repost_of": of["id"]}


def follow_up(of: Item, answer: dict[str, Any], *, new_id: str, parent_id: str) -> Item:
    """Make the item in which the author of `of` goes on writing; the time is the caller's to add."""
    return of | {
        "id": new_id,
        "parent_id": parent_id,
        "kind": "review" if of["kind"] == "review" else "comment",
        "text": answer["text"].strip(),
        "photos": [answer["photo"]] if answer["photo"] else [],
        "likes": 0,
        "shares": 0,
        "edited_at": None,
    }


def brand_reply(new_id: str, text: str, at: datetime, to: Item) -> Item:
    """Make the item of the brand's reply to a post."""
    brand = Author(network="x", name="Zehnschritt", followers=48_200, joined="2014-04")
    return to | {
        "id": new_id,
        "parent_id": to["id"],
        "kind": "comment",
        "author": _author(brand, BRAND_HANDLE),
        "text": text,
        "mentions_account": False,
        "photos": [],
        "rating": None,
        "likes": 0,
        "shares": 0,
        "posted_at": stamp(at),
        "edited_at": None,
    }


def talk_with(author_id: str) -> str:
    """Return the thread in which the brand and a person write to each other, for nobody else to read."""
    return f"talk/{author_id}"


def is_private(item: Item) -> bool:
    """Say whether only the brand and one person may read it."""
    return bool(item["kind"] == "message")


def _kind(entry: Entry, person: Author) -> str:
    if entry.message:
        return "message"
    return "review" if person.network in REVIEWS else "comment" if entry.to else "post"


def _author(person: Author, key: str) -> Item:
    handle = person.handle or key
    return {
        "id": native_id("people", handle),
        "handle": handle,
        "name": person.name,
        "followers": person.followers,
        "joined": f"{person.joined}-01T00:00:00+00:00" if person.joined else None,
    }
