"""What people write into the inboxes of Meta's networks, polled and pushed, as the contract's values."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listeners.contract import Person, Photo, Post, Reject
from listeners.exceptions import Malformed
from listeners.networks.messages import PREFIX, WORDLESS
from listeners.networks.meta.graph import Graph, listed
from listeners.networks.meta.messages import MESSAGES, Message, Sender
from listeners.networks.meta.push import Change
from listeners.networks.nested import Window
from listeners.networks.shapes import Time, reason

STANDARD_WINDOW, PERSON_WINDOW = timedelta(hours=24), timedelta(days=7)
"""How long after a message an app may answer it, and one whose answers people write."""
_FIELDS = f"id,updated_time,participants,{MESSAGES}"


def window_of(settings: Mapping[str, Any]) -> timedelta:
    """Return how long a message may be answered."""
    return PERSON_WINDOW if settings.get("human_agent") is True else STANDARD_WINDOW


class _Conversation(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str
    updated_time: Time
    participants: dict[str, Any] = {}
    messages: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Talks:
    """The conversations of an account; `me` is it by id and user name, `rejects` gathers what is unreadable.

    `window` is how long a message may be answered, `url` where people see the conversations.
    """

    me: Collection[str]
    window: timedelta
    url: str
    rejects: list[Reject] = field(default_factory=list)

    def page(
        self, graph: Graph, at: Window, *, platform: str, size: int, oldest: datetime
    ) -> tuple[list[Post], Window]:
        """Read a page of conversations, those with the newest messages first, back to `oldest`.

        Raises as `Graph.read`.
        """
        after = {"after": at.after} if at.after else {}
        body = graph.read("me/conversations", platform=platform, fields=_FIELDS, limit=size, **after)
        read = list(self._conversations(listed(body, graph.label)))
        times = [one.updated_time for one in read]
        since = max(at.wanted, oldest)
        talked = [post for one in read if one.updated_time >= since for post in self._posts(one)]
        posts = [post for post in talked if post.posted_at >= max(at.wanted_of_talks, oldest)]
        goes_on = graph.next_cursor(body) if all(time >= since for time in times) else ""
        return posts, replace(at.seeing(times), after=goes_on)

    def post(self, message: Message, person: Sender) -> Post:
        """Make the contract's value of a message in the conversation with a person."""
        photos, is_own = tuple(_photos(message)), message.by.id in self.me or message.by.username in self.me
        native_id = f"{PREFIX}{message.id}"
        return Post(
            native_id=native_id,
            author=_person(message.by if is_own else person),
            text=message.message or ("" if photos else WORDLESS),
            posted_at=message.created_time,
            kind="message",
            url=self.url,
            thread_id=native_id,
            photos=photos,
            reply_until=None if is_own else message.created_time + self.window,
            is_own=is_own,
        )

    def read(self, payload: str) -> Post | None:
        """Read a message again that stands in a dead letter, None for another item; raises Malformed."""
        try:
            raw = json.loads(payload)
            if raw["kind"] != "message":
                return None
            return self.post(Message.model_validate(raw["item"]), Sender.model_validate(raw["person"]))
        except (ValueError, KeyError, TypeError) as error:
            raise Malformed(f"The message cannot be read ({error}).") from error

    def _conversations(self, raw: list[Any]) -> Iterator[_Conversation]:
        for number, item in enumerate(raw, 1):
            try:
                yield _Conversation.model_validate(item)
            except ValidationError as error:
                self._reject(f"conversation {number}", error, {"kind": "conversation", "item": item})

    def _posts(self, conversation: _Conversation) -> Iterator[Post]:
        person = self._person_in(conversation)
        messages = conversation.messages.get("data")
        for item in messages if isinstance(messages, list) else []:
            try:
                yield self.post(Message.model_validate(item), person)
            except ValidationError as error:
                payload = {"kind": "message", "person": person.model_dump(), "item": item}
                self._reject(f"messages of {conversation.id}", error, payload)

    def _person_in(self, conversation: _Conversation) -> Sender:
        people = conversation.participants.get("data")
        for item in people if isinstance(people, list) else []:
            person = Sender.model_validate(item)
            if person.id not in self.me and person.username not in self.me:
                return person
        return Sender(id=conversation.id)

    def _reject(self, where: str, error: ValidationError, payload: dict[str, Any]) -> None:
        self.rejects.append(Reject(where=where, reason=reason(error), payload=json.dumps(payload)))


class _Pushed(BaseModel):
    model_config = ConfigDict(extra="ignore")
    mid: str = Field(min_length=1)
    text: str = ""
    is_echo: bool = False
    is_deleted: bool = False
    attachments: list[dict[str, Any]] = []


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore")
    sender: Sender
    recipient: Sender
    message: _Pushed | None = None


def pushed(change: Change, *, window: timedelta, url: str) -> Post | None:
    """Make a post of a pushed event; None for one that is no message. Raises ValueError."""
    event = _Event.model_validate(change.value)
    told = event.message
    if told is None:
        return None
    at = datetime.fromtimestamp(change.time, UTC)
    if told.is_deleted:
        nobody = Person(native_id="deleted", handle="")
        return Post(native_id=f"{PREFIX}{told.mid}", author=nobody, text="", posted_at=at, deleted=True)
    ours, person = (event.sender, event.recipient) if told.is_echo else (event.recipient, event.sender)
    pictures = [{"image_data": one.get("payload")} for one in told.attachments if one.get("type") == "image"]
    message = Message.model_validate(
        {
            "id": told.mid,
            "created_time": at,
            "message": told.text,
            "from": event.sender.model_dump(),
            "attachments": {"data": pictures},
        }
    )
    return Talks({ours.id}, window, url).post(message, person)


def _photos(message: Message) -> Iterator[Photo]:
    attached = message.attachments.get("data")
    for one in attached if isinstance(attached, list) else []:
        image = one.get("image_data") if isinstance(one, dict) else None
        if isinstance(image, dict) and isinstance(url := image.get("url"), str):
            yield Photo(url=url)


def _person(by: Sender) -> Person:
    """Return who writes; a few digits of the id keep people apart who have a name and no handle."""
    handle = by.username or (f"{by.name}#{by.id[-4:]}" if by.name else "")
    return Person(native_id=by.id, handle=handle, name=by.name)
