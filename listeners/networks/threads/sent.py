"""Finding a reply of ours among the account's own replies on Threads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from listeners.contract import OutgoingReply
from listeners.exceptions import Malformed, OutcomeUnknown
from listeners.networks import absence
from listeners.networks.meta.graph import Graph, listed
from listeners.networks.texts import same_text
from listeners.networks.threads.shapes import FIELDS, Reader, ThreadShape

COUNTED = timedelta(hours=24)
"""Over how long Threads counts the replies that an account published."""
DEEPEST_LOOK = 100


def find(graph: Graph, reply: OutgoingReply, *, now: datetime, page_size: int) -> ThreadShape | None:
    """Return our reply, or None when it is surely absent; raises OutcomeUnknown when nobody can tell.

    The proof is that the list was read back to before the first try, or that it holds as many replies as
    Threads counts for the last 24 hours.
    """
    since = absence.since(reply)
    seen: list[ThreadShape] = []
    after = ""
    for _ in range(DEEPEST_LOOK):
        body = graph.read("me/replies", **page_of(page_size, after))
        shapes = _all_of(body)
        for one in shapes:
            if _is_that(one, reply):
                return one
        seen += shapes
        if since and any(one.timestamp < since for one in shapes):
            return None
        if not (after := next_page(graph, body)):
            break
    recent = sum(one.timestamp >= now - COUNTED - absence.CLOCK_SKEW for one in seen)
    is_counted = reply.first_tried_at is not None and now < reply.first_tried_at + COUNTED
    if after or not is_counted or _published(graph) > recent:
        raise OutcomeUnknown(f"Threads shows {len(seen)} replies of the account, none before {since}.")
    return None


def page_of(size: int, after: str) -> dict[str, str | int]:
    """Return the parameters for a page of posts."""
    return {"fields": FIELDS, "limit": size, **({"after": after} if after else {})}


def next_page(graph: Graph, body: Mapping[str, Any]) -> str:
    """Return the cursor of the next page; Threads tells one without an address too, and behind the last."""
    if cursor := graph.next_cursor(body):
        return cursor
    paging = body.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) else None
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if body.get("data") and isinstance(after, str) and len(after) <= 1000 else ""


def _all_of(body: Mapping[str, Any]) -> list[ThreadShape]:
    reader = Reader("")
    shapes = reader.shapes(listed(body, "Threads"), "replies")
    if reader.rejects:
        raise Malformed(f"{reader.rejects[0].where}: {reader.rejects[0].reason}")
    return shapes


def _published(graph: Graph) -> int:
    body = graph.read("me/threads_publishing_limit", fields="reply_quota_usage")
    for entry in listed(body, "Threads"):
        used = entry.get("reply_quota_usage") if isinstance(entry, dict) else None
        if isinstance(used, int):
            return used
    raise Malformed("Threads did not count the replies of the account.")


def _is_that(shape: ThreadShape, reply: OutgoingReply) -> bool:
    parent_id = shape.replied_to.id if shape.replied_to else ""
    is_said = parent_id == reply.mention_id and same_text(shape.text, reply.text)
    return is_said and absence.may_be(reply, native_id=shape.id, at=shape.timestamp)
