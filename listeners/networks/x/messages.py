"""Direct messages on X: to one person, and found again in the conversation with them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from listeners.contract import OutgoingReply, PrivateAnswers, Receipt
from listeners.exceptions import Gone, Malformed, OutcomeUnknown, Refused, Unavailable
from listeners.networks import absence
from listeners.networks.messages import is_message
from listeners.networks.x.cursor import time_of
from listeners.networks.x.pages import missing, window_of
from listeners.networks.x.said import is_said
from listeners.networks.x.shapes import Message

if TYPE_CHECKING:
    from listeners.networks.x.api import Api

LONGEST = 10_000
PRIVATELY = PrivateAnswers(max_length=LONGEST, asked_only=True)
SHOWN_FOR = timedelta(days=30)
"""How far back X promises to show direct messages."""
DEEPEST_LOOK = 15
"""Pages, as many as X gives within 15 minutes."""


def write(api: Api, reply: OutgoingReply) -> Receipt:
    """Write to the author of a message, or of a post that still stands; raises as `Network.send`."""
    if not reply.text.strip():
        raise Refused("X: a direct message needs a text.")
    if len(reply.text) > LONGEST:
        raise Refused(f"X: the text has {len(reply.text)} of {LONGEST} characters.")
    if not api.is_user:
        raise Refused("X: this source may only read; direct messages need the log-in of the account.")
    if not reply.author_id.isdecimal():
        raise Gone("X has no such account.")
    if not is_message(reply.mention_id):
        _check_post(api, reply)
    told = api.write_to(reply.author_id, reply.text).get("data")
    data = told if isinstance(told, dict) else {}
    sent = {"id": data.get("dm_event_id"), "dm_conversation_id": data.get("dm_conversation_id")}
    try:
        return _receipt(Message.model_validate(sent | {"sender_id": "0", "text": reply.text}))
    except ValidationError as error:
        raise OutcomeUnknown("X took a message, but did not say its id.") from error


def find(api: Api, reply: OutgoingReply, *, since: datetime, now: datetime, size: int) -> Receipt | None:
    """Look for our message in the conversation, newest first, back to `since`.

    Raises OutcomeUnknown when it cannot be read back that far.
    """
    me = str(api.me().get("id", ""))
    page: dict[str, Any] = {"max_results": size}
    for _ in range(DEEPEST_LOOK):
        body = api.messages_with(reply.author_id, **page)
        messages = _read(body)
        for one in messages:
            is_ours = one.sender_id == me and is_said(one.words(), reply.text)
            if is_ours and absence.may_be(reply, native_id=one.id, at=time_of(int(one.id))):
                return _receipt(one)
        if any(time_of(int(one.id)) < since for one in messages):
            return None
        if not (token := window_of(body)[1]):
            if since >= now - SHOWN_FOR:
                return None
            break
        page |= {"next_token": token}
    raise OutcomeUnknown("X does not show the direct messages back to the first try.")


def _check_post(api: Api, reply: OutgoingReply) -> None:
    """Raise Gone for a post that was deleted: X takes messages about it all the same."""
    if not reply.mention_id.isdecimal():
        raise Gone("X has no such post.")
    try:
        shown = api.posts([reply.mention_id])
    except Malformed as error:
        raise Unavailable(f"X: nothing was written, since the post cannot be read: {error}") from error
    if reply.mention_id in missing(shown):
        raise Gone("The post is no longer on X, or its author hides it from this account.")


def _read(body: dict[str, Any]) -> list[Message]:
    raw = body.get("data", [])
    if not isinstance(raw, list) or "meta" not in body or body.get("errors"):
        raise Malformed("X sent a page of direct messages that is not whole.")
    try:
        return [Message.model_validate(one) for one in raw]
    except ValidationError as error:
        raise Malformed(f"X: a direct message cannot be read ({error.error_count()} fields).") from error


def _receipt(message: Message) -> Receipt:
    url = f"https://x.com/messages/{message.dm_conversation_id}"
    return Receipt(native_id=message.id, posted_at=time_of(int(message.id)), url=url)
