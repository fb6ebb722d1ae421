"""Bluesky's chat, in which a message is answered, or a post for its author only."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from listeners.contract import OutgoingReply, Receipt
from listeners.exceptions import Malformed, OutcomeUnknown
from listeners.networks import absence
from listeners.networks.bluesky.shapes import next_token
from listeners.networks.shapes import Shape, Time, reason
from listeners.networks.texts import same_text

if TYPE_CHECKING:
    from listeners.networks.bluesky.api import Api

LONGEST = 1000
"""What a reader takes for characters."""
LARGEST = 10_000
"""Bytes."""
PAGE_SIZE = 100
MOST_PAGES = 10


class Member(Shape):
    """Somebody who takes part in a conversation."""

    did: str


class Conversation(Shape):
    """A conversation, and who reads it."""

    id: str = Field(min_length=1)
    members: list[Member]


class Message(Shape):
    """One message; it has no text when it was deleted, and no sender when the chat itself tells something."""

    id: str = Field(min_length=1)
    sent_at: Time = Field(alias="sentAt")
    sender: Member | None = None
    text: str | None = None


class Messages(Shape):
    """A page of a conversation."""

    messages: list[Message]


def write(api: Api, text: str, *, to: str) -> Receipt:
    """Write one message to a person.

    Bluesky takes no id of ours with a message, so that only `find` keeps it from standing there twice.
    Raises as `Network.send`.
    """
    conversation = _conversation(api, to)
    try:
        return _receipt(conversation, Message.model_validate(api.write_message(conversation, text)))
    except ValidationError as error:
        raise OutcomeUnknown(f"Bluesky took a message, but did not say which: {reason(error)}") from error


def find(api: Api, reply: OutgoingReply, *, to: str) -> Receipt | None:
    """Look for a reply among our messages to a person, back to its first try; None if it is not there.

    Raises OutcomeUnknown when they cannot be read back that far, or one of them was deleted.
    """
    since = absence.since(reply)
    conversation, me, token, deleted = _conversation(api, to), api.me().did, "", 0
    for _ in range(MOST_PAGES):
        messages, token = _page(api, conversation, token)
        ours = [message for message in messages if _is_ours(message, me, since)]
        for message in ours:
            receipt = _receipt(conversation, message)
            is_said = message.text is not None and same_text(message.text, reply.text)
            if is_said and absence.may_be(reply, native_id=receipt.native_id, at=receipt.posted_at):
                return receipt
        deleted += sum(message.text is None for message in ours)
        if not token or (since and any(message.sent_at < since for message in messages)):
            break
    else:
        raise OutcomeUnknown(f"Bluesky shows {MOST_PAGES * PAGE_SIZE} messages of a longer conversation.")
    if deleted:
        raise OutcomeUnknown(
            f"Bluesky: {deleted} of our messages were deleted; the reply may be one of them."
        )
    return None


def _conversation(api: Api, did: str) -> str:
    """Return the id of the conversation with a person, which is begun if there is none."""
    try:
        found = Conversation.model_validate(api.conversation(did))
    except ValidationError as error:
        raise Malformed(f"Bluesky's conversation cannot be read: {reason(error)}") from error
    if {member.did for member in found.members} != {did, api.me().did}:
        raise Malformed("Bluesky opened a conversation with others than the author.")
    return found.id


def _page(api: Api, conversation: str, token: str) -> tuple[list[Message], str]:
    """Read messages, newest first, and the token of the next page; raises Malformed."""
    body = api.messages(conversation, limit=PAGE_SIZE, **({"cursor": token} if token else {}))
    try:
        return Messages.model_validate(body).messages, next_token(body)
    except ValidationError as error:
        raise Malformed(f"Bluesky's messages cannot be read: {reason(error)}") from error


def _is_ours(message: Message, me: str, since: datetime | None) -> bool:
    is_by_us = message.sender is not None and message.sender.did == me
    return is_by_us and (since is None or message.sent_at >= since)


def _receipt(conversation: str, message: Message) -> Receipt:
    """Return the proof that a message stands there; its id is one within its conversation only."""
    return Receipt(
        native_id=f"{conversation}/{message.id}",
        posted_at=message.sent_at,
        url=f"https://bsky.app/messages/{conversation}",
    )
