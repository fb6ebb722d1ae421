"""Finding a reply of ours among the comments on Instagram."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from listeners.contract import OutgoingReply
from listeners.exceptions import Malformed, OutcomeUnknown
from listeners.networks import absence
from listeners.networks.instagram.ids import Place
from listeners.networks.instagram.shapes import COMMENT_FIELDS, CommentShape, Me, Reader
from listeners.networks.meta.graph import Graph
from listeners.networks.texts import same_text

DEEPEST_LOOK = 100


def find(graph: Graph, reply: OutgoingReply, place: Place, *, me: Me, page_size: int) -> CommentShape | None:
    """Return our reply, or None when it is surely absent; raises OutcomeUnknown when nobody can tell."""
    if place.comment_id:
        raise OutcomeUnknown("Instagram does not show what stands below other people's comments.")
    seen = total = 0
    for body, counted in _pages(graph, place, me, page_size):
        total = counted
        comments = _all_of(body, me, place)
        for one in comments:
            is_ours = one.name == me.username and same_text(one.text, reply.text)
            if is_ours and absence.may_be(reply, native_id=place.below(one.id), at=one.timestamp):
                return one
        seen += len(comments)
    if total > seen:
        raise OutcomeUnknown(f"Instagram shows {seen} of {total} comments.")
    return None


def mentioned(graph: Graph, me: Me, which: str, fields: str) -> dict[str, Any]:
    """Read something of somebody else that mentions the account; raises as `Graph.read`."""
    body = graph.read(me.id, fields=f"{which}{{{fields}}}").get(which.partition(".")[0])
    if not isinstance(body, dict):
        raise Malformed("Instagram did not show what mentions the account.")
    return body


def mentioned_media(graph: Graph, me: Me, media_id: str, fields: str) -> dict[str, Any]:
    """Read a photo of somebody else whose caption mentions the account."""
    return mentioned(graph, me, f"mentioned_media.media_id({media_id})", fields)


def _pages(graph: Graph, place: Place, me: Me, page_size: int) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield each page of what stands below a place, with how much Instagram counts there.

    It counts the comments of a photo, not the replies to a comment. Raises OutcomeUnknown for a list without
    end.
    """
    root_id = _root(graph, place.own_id) if place.own_id else ""
    after = ""
    for _ in range(DEEPEST_LOOK):
        if root_id:
            more = {"after": after} if after else {}
            body, counted = (
                graph.read(f"{root_id}/replies", fields=COMMENT_FIELDS, limit=page_size, **more),
                0,
            )
        else:
            then = f".after({after})" if after else ""
            fields = f"comments_count,comments.limit({page_size}){then}{{{COMMENT_FIELDS}}}"
            media = mentioned_media(graph, me, place.media_id, fields)
            listed, total = media.get("comments"), media.get("comments_count")
            body = listed if isinstance(listed, dict) else {"data": []}
            counted = total if isinstance(total, int) else 10**9
        yield body, counted
        after = graph.next_cursor(body)
        if not after:
            return
    raise OutcomeUnknown("Instagram shows more comments than can be looked through.")


def _root(graph: Graph, comment_id: str) -> str:
    """Return the comment below which replies stand: a reply to a reply stands below the same comment."""
    parent = graph.read(comment_id, fields="parent_id").get("parent_id")
    return parent if isinstance(parent, str) and parent.isdecimal() else comment_id


def _all_of(body: dict[str, Any], me: Me, place: Place) -> list[CommentShape]:
    if not isinstance(body.get("data"), list):
        raise Malformed("Instagram sent a page without its list.")
    reader = Reader(me)
    comments = reader.comments(body["data"], place.media_id or place.own_id, own_media=not place.media_id)
    if reader.rejects:
        raise Malformed(f"{reader.rejects[0].where}: {reader.rejects[0].reason}")
    return comments
