"""What people write to an account in Bluesky's chat, as the contract's values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from listeners.contract import Page, Person, Post, Reject
from listeners.exceptions import Gone, Malformed
from listeners.networks.bluesky.chat import Message
from listeners.networks.bluesky.chat_refusals import Closed
from listeners.networks.bluesky.shapes import Author, next_token
from listeners.networks.messages import PREFIX, WORDLESS
from listeners.networks.nested import Window
from listeners.networks.rest import BadRequest
from listeners.networks.shapes import Shape, Time, reason

if TYPE_CHECKING:
    from listeners.networks.bluesky.api import Api

MOST_LISTED = 50
"""Conversations of one page, all of which may wait to be read."""


class Last(Shape):
    """The newest message of a conversation."""

    sent_at: Time = Field(alias="sentAt")


class Talk(Shape):
    """A conversation as the list shows it; one in which nobody wrote yet has no last message."""

    id: str = Field(pattern=r"^[\w.:~-]{1,100}$")
    members: list[Author]
    last: Last | None = Field(default=None, alias="lastMessage")
    kind: dict[str, Any] = {}

    @property
    def is_between_two(self) -> bool:
        """Whether it is no group."""
        return len(self.members) == 2 and "group" not in str(self.kind.get("$type", ""))


@dataclass(frozen=True, slots=True)
class Inbox:
    """The chat of an account: its list of conversations, and the messages of those with something new."""

    api: Api
    rejects: list[Reject] = field(default_factory=list)

    def fetch(self, cursor: str, *, size: int, beginning: datetime) -> Page:
        """Read a page of the list if nothing waits, and of the messages of the first one that does.

        Raises as `Network.fetch`.
        """
        at = Window.read(cursor)
        if not at.deep:
            at = self._list(at, size, beginning)
        posts, at = self._messages(at, size, beginning) if at.deep else ([], at)
        return Page(
            posts=tuple(sorted(posts, key=lambda post: post.posted_at)),
            cursor=at.moved().write(),
            more=not at.is_between,
            rejects=tuple(self.rejects),
            allowance=self.api.allowance,
        )

    def _list(self, at: Window, size: int, beginning: datetime) -> Window:
        """Note the conversations that hold something new; a reaction moves others to the top, too."""
        since = at.wanted if at.since else beginning
        token = {"cursor": at.after} if at.after else {}
        body = self.api.conversations(limit=min(size, MOST_LISTED), **token)
        talks = list(self._talks(_listed(body, "convos")))
        times = [talk.last.sent_at for talk in talks if talk.last]
        fresh = [
            talk.id for talk in talks if talk.is_between_two and talk.last and talk.last.sent_at >= since
        ]
        goes_on = not times or max(times) >= since
        deep = tuple((one, "") for one in dict.fromkeys(fresh))
        return replace(at.seeing(times), after=next_token(body) if goes_on else "", deep=deep)

    def _messages(self, at: Window, size: int, beginning: datetime) -> tuple[list[Post], Window]:
        """Read messages of the first conversation that waits, and note whether more of it does."""
        (talk_id, token), *others = at.deep
        rest = replace(at, deep=tuple(others))
        try:
            talk = Talk.model_validate(self.api.known_conversation(talk_id))
            body = self.api.messages(talk_id, limit=size, **({"cursor": token} if token else {}))
        except (BadRequest, Gone, Closed) as fault:
            self._reject(f"conversation {talk_id}", str(fault), {"id": talk_id})
            return [], rest
        except ValidationError as error:
            raise Malformed(f"Bluesky's conversation cannot be read: {reason(error)}") from error
        messages = list(self._read(talk, _listed(body, "messages")))
        wanted = [message for message in messages if message.sent_at >= _since(at, beginning)]
        more = next_token(body) if len(wanted) == len(messages) else ""
        if more and more == token:
            raise Malformed("Bluesky: a page of messages names itself as the next one.")
        me = self.api.me().did
        posts = [
            _post(message, talk, me) for message in wanted if message.sender and message.text is not None
        ]
        return posts, replace(at, deep=((talk_id, more), *others)) if more else rest

    def _talks(self, items: Iterable[Any]) -> Iterator[Talk]:
        for number, item in enumerate(items, 1):
            try:
                yield Talk.model_validate(item)
            except ValidationError as error:
                self._reject(f"item {number}", reason(error), {"conversation": item})

    def _read(self, talk: Talk, items: Iterable[Any]) -> Iterator[Message]:
        for number, item in enumerate(items, 1):
            try:
                yield Message.model_validate(item)
            except ValidationError as error:
                members = [member.model_dump(by_alias=True, mode="json") for member in talk.members]
                payload = {"conversation": {"id": talk.id, "members": members}, "message": item}
                self._reject(f"item {number} of {talk.id}", reason(error), payload)

    def _reject(self, where: str, why: str, payload: dict[str, Any]) -> None:
        self.rejects.append(Reject(where=where, reason=why, payload=json.dumps(payload)))


def item(payload: str, me: str) -> Post:
    """Read one message again, as it stands in a dead letter; raises Malformed."""
    try:
        raw = json.loads(payload)
        talk, message = Talk.model_validate(raw["conversation"]), Message.model_validate(raw["message"])
        if message.sender is None or message.text is None:
            raise ValueError("it has no words or no author")
        return _post(message, talk, me)
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(f"Bluesky: the message cannot be read ({error}).") from error


def _since(at: Window, beginning: datetime) -> datetime:
    """Return from when on messages of a conversation are wanted, which may have been passed over before."""
    if at.before:
        return at.wanted_of_talks
    return min(at.wanted, beginning) if at.since else beginning


def _listed(body: dict[str, Any], name: str) -> list[Any]:
    if not isinstance(items := body.get(name), list):
        raise Malformed(f"Bluesky's answer came without its list {name}.")
    return items


def _post(message: Message, talk: Talk, me: str) -> Post:
    """Make the contract's value of a message, whose id is one within its conversation only."""
    by = message.sender.did if message.sender else ""
    known = next((member.person() for member in talk.members if member.did == by), None)
    native_id = f"{PREFIX}{talk.id}/{message.id}"
    return Post(
        native_id=native_id,
        author=known or Person(native_id=by, handle=""),
        text=message.text or WORDLESS,
        posted_at=message.sent_at,
        kind="message",
        url=f"https://bsky.app/messages/{talk.id}",
        thread_id=native_id,
        is_own=by == me,
    )
