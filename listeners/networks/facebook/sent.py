"""Finding a reply of ours among the comments of a Facebook post."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from listeners.contract import OutgoingReply, Reject
from listeners.exceptions import Gone, Malformed, OutcomeUnknown
from listeners.networks import absence
from listeners.networks.facebook.shapes import COMMENT_FIELDS, CommentShape, Reader
from listeners.networks.meta.graph import Graph, listed
from listeners.networks.texts import same_text

NEWEST_FIRST: Mapping[str, str] = {"filter": "stream", "order": "reverse_chronological"}
DEEPEST_LOOK = 100


def comments_of(graph: Graph, post_id: str, *, limit: int, after: str = "", **rest: str) -> dict[str, Any]:
    """Read a page of all comments of a post, newest first, answers to comments included."""
    more = {"after": after} if after else {}
    return graph.read(
        f"{post_id}/comments", fields=COMMENT_FIELDS, limit=limit, **NEWEST_FIRST, **more, **rest
    )


def find(graph: Graph, reply: OutgoingReply, *, me: str, page_size: int) -> CommentShape | None:
    """Return our reply, or None when it is surely absent; raises OutcomeUnknown when nobody can tell.

    The proof is that all was read that is newer than the mention or than the first try, or all there is.
    """
    since = absence.since(reply)
    root_id = reply.thread_id or reply.mention_id
    parents = _parents(graph, reply.mention_id, root_id)
    seen, after, is_doubtful = 0, "", False
    for _ in range(DEEPEST_LOOK):
        body = comments_of(graph, root_id, limit=page_size, after=after, summary="total_count")
        comments = _all_of(body, me, root_id)
        recent = [one for one in comments if since is None or one.created_time >= since]
        for one in recent:
            is_below = one.by.id in (me, "") and _parent(one, root_id) in parents
            is_said = is_below and same_text(one.message, reply.text)
            if is_said and absence.may_be(reply, native_id=one.id, at=one.created_time):
                if one.by.id:
                    return one
                is_doubtful = True
        seen += len(comments)
        if len(recent) < len(comments) or any(one.id == reply.mention_id for one in comments):
            _refuse_doubt(is_doubtful)
            return None
        after = graph.next_cursor(body)
        if not after and seen >= _total(body):
            _refuse_doubt(is_doubtful)
            return None
        if not after:
            break
    raise OutcomeUnknown(f"Facebook shows {seen} of more comments, none before {since}.")


def _refuse_doubt(is_doubtful: bool) -> None:
    if is_doubtful:
        raise OutcomeUnknown("Facebook shows these words there, but not who wrote them.")


def _all_of(body: dict[str, Any], me: str, root_id: str) -> list[CommentShape]:
    rejects: list[Reject] = []
    comments = Reader(me, rejects).comments(listed(body, "Facebook"), root_id)
    if rejects:
        raise Malformed(f"{rejects[0].where}: {rejects[0].reason}")
    return comments


def _parents(graph: Graph, mention_id: str, root_id: str) -> set[str]:
    """Return below what our reply may stand: Facebook puts answers to an answer below its comment."""
    if mention_id == root_id:
        return {root_id}
    try:
        parent = graph.read(mention_id, fields="parent{id}").get("parent")
    except Gone:
        return {mention_id}
    return {mention_id, str(parent["id"])} if isinstance(parent, dict) and "id" in parent else {mention_id}


def _parent(comment: CommentShape, root_id: str) -> str:
    return comment.parent.id if comment.parent else root_id


def _total(body: dict[str, Any]) -> float:
    """Return how many comments Facebook counts, those that it hides included; infinite when it is silent."""
    summary = body.get("summary")
    total = summary.get("total_count") if isinstance(summary, dict) else None
    return total if isinstance(total, int) else float("inf")
