"""Messages in the inboxes of Meta's networks: written once, and found again in their conversation."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listeners.contract import OutgoingReply, PrivateAnswers, Receipt
from listeners.exceptions import Malformed, OutcomeUnknown, Refused
from listeners.networks import absence
from listeners.networks.meta.graph import Graph, listed
from listeners.networks.shapes import Time
from listeners.networks.texts import same_text

COMMENT_WINDOW = timedelta(days=7)
"""How long after a comment its one private reply is taken."""
SHOWN = 20
"""How many messages of a conversation Meta tells the words of."""
MESSAGES = f"messages.limit({SHOWN}){{id,message,created_time,from,attachments{{image_data}}}}"
BY_A_PERSON = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
"""How an app that Meta allows it answers messages for seven days instead of one."""


class Sender(BaseModel):
    """Who wrote a message: a name where Facebook tells it, a user name on Instagram."""

    model_config = ConfigDict(extra="ignore")
    id: str = ""
    name: str = ""
    username: str = ""


class Message(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(extra="ignore")
    id: Annotated[str, Field(min_length=1, max_length=200)]
    created_time: Time
    message: str = ""
    attachments: dict[str, Any] = {}
    by: Sender = Field(default=Sender(), alias="from")


@dataclass(frozen=True, slots=True)
class Inbox:
    """One inbox; `me` is the account by id and user name, `url` where people see its conversations."""

    graph: Graph
    me: Collection[str]
    rules: PrivateAnswers
    url: str

    def write(
        self, recipient: Mapping[str, str], reply: OutgoingReply, *, now: datetime, by_a_person: bool = False
    ) -> Receipt:
        """Write one message; raises as `Graph.write`, and OutcomeUnknown where its id is missing."""
        label = self.graph.label
        if not reply.text.strip():
            raise Refused(f"{label}: a message needs a text.")
        used, limit = self.rules.length(reply.text), self.rules.max_length
        if limit is not None and used > limit:
            raise Refused(f"{label}: the text has {used} of the {limit} characters of a message.")
        body = self.graph.write(
            "me/messages",
            recipient=json.dumps(recipient),
            message=json.dumps({"text": reply.text}),
            **(BY_A_PERSON if by_a_person else {"messaging_type": "RESPONSE"}),
        )
        native_id = body.get("message_id")
        if not isinstance(native_id, str) or not native_id:
            raise OutcomeUnknown(f"{label} took a message, but did not say its id.")
        return Receipt(native_id=native_id, posted_at=now, url=self.url)

    def find(self, conversation: Mapping[str, Any], reply: OutgoingReply) -> Receipt | None:
        """Look for our message among the newest of a conversation; None proves that it is not there.

        The proof is that they reach back to before the first try, or to the beginning. Raises Malformed, and
        OutcomeUnknown where they do not reach so far.
        """
        body = conversation.get("messages")
        if not isinstance(body, dict):
            raise Malformed(f"{self.graph.label} sent a conversation without its messages.")
        messages = [self._message(item) for item in listed(body, self.graph.label)]
        since = absence.since(reply)
        recent = [one for one in messages if since is None or one.created_time >= since]
        for one in recent:
            is_ours = self._is_ours(one) and same_text(one.message, reply.text)
            if is_ours and absence.may_be(reply, native_id=one.id, at=one.created_time):
                return Receipt(native_id=one.id, posted_at=one.created_time, url=self.url)
        if len(recent) == len(messages) and self.graph.next_cursor(body):
            raise OutcomeUnknown(f"{self.graph.label} shows the last {len(messages)} messages only.")
        return None

    def find_with(self, reply: OutgoingReply, *, platform: str) -> Receipt | None:
        """Look into the conversation with who is answered; without one nothing was ever written to them."""
        if not reply.author_id.isdecimal():
            raise OutcomeUnknown(f"{self.graph.label} does not show the conversation with this person.")
        fields = f"id,{MESSAGES}"
        body = self.graph.read("me/conversations", platform=platform, user_id=reply.author_id, fields=fields)
        found = listed(body, self.graph.label)
        if not found:
            return None
        if not isinstance(found[0], dict):
            raise Malformed(f"{self.graph.label} sent a conversation that cannot be read.")
        return self.find(found[0], reply)

    def _is_ours(self, message: Message) -> bool:
        return message.by.id in self.me or message.by.username in self.me

    def _message(self, item: Any) -> Message:
        try:
            return Message.model_validate(item)
        except ValidationError as error:
            raise Malformed(f"{self.graph.label}: a message cannot be read.") from error


def in_bytes(text: str) -> int:
    """Count as Instagram counts messages."""
    return len(text.encode())
