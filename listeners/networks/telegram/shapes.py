"""Telegram's documented JSON, checked update by update, as the contract's values."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop
from pydantic import Field, ValidationError

from listeners.contract import Person, Photo, Post, Reject
from listeners.exceptions import Malformed
from listeners.networks.shapes import Shape, Time, reason

NOBODY_TO_ANSWER = gettext_noop("A channel wrote this on Telegram; answer by hand there.")

FILE = "https://api.telegram.org/file/bot/"
"""What stands before a file's id in the address that is kept of it; the bot's token belongs behind it."""
FILE_ID = re.compile(r"[\w-]{1,300}", re.ASCII)


class User(Shape):
    """A person or a bot."""

    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language_code: str = ""


class Chat(Shape):
    """A conversation with one person, or a group."""

    id: int
    type: str
    title: str = ""
    username: str = ""


class Entity(Shape):
    """A marked part of a text; places count UTF-16 units."""

    type: str
    offset: int = Field(ge=0)
    length: int = Field(ge=0)
    user: User | None = None


class Answered(Shape):
    """The message that another one answers."""

    message_id: int
    sender: User | None = Field(default=None, alias="from")


class Sticker(Shape):
    """A picture that stands for an emoji."""

    emoji: str = ""


class Message(Shape):
    """A message, in its present words."""

    message_id: int
    sender: User | None = Field(default=None, alias="from")
    sender_chat: Chat | None = None
    chat: Chat
    date: Time
    edit_date: Time | None = None
    text: str = ""
    caption: str = ""
    entities: list[Entity] = []
    caption_entities: list[Entity] = []
    sticker: Sticker | None = None
    photo: list[Any] = []
    video: Any = None
    voice: Any = None
    document: Any = None
    reply_to_message: Answered | None = None

    @property
    def native_id(self) -> str:
        """Chat and number, since each chat counts its own messages."""
        return native_id(self.chat.id, self.message_id)

    @property
    def photos(self) -> tuple[Photo, ...]:
        """The picture in its largest size, under an address without the bot's token, which leads nowhere."""
        sizes = [size for size in self.photo if isinstance(size, dict) and FILE_ID.fullmatch(_file_id(size))]
        largest = max(sizes, key=_width, default=None)
        return (Photo(url=FILE + _file_id(largest)),) if largest else ()

    @property
    def words(self) -> str:
        """What it says; pictures say their caption, stickers their emoji, else what it is."""
        bare = {"📷": self.photo, "🎬": self.video, "🎤": self.voice, "📎": self.document}
        shown = self.sticker.emoji if self.sticker else next((sign for sign, it in bare.items() if it), "")
        return self.text or self.caption or shown

    def names(self, bot_id: int, username: str) -> bool:
        """Say whether it is meant for the bot: it names it, or answers one of its messages."""
        answered = self.reply_to_message.sender if self.reply_to_message else None
        if answered is not None and answered.id == bot_id:
            return True
        units = self.words.encode("utf-16-le")
        for entity in [*self.entities, *self.caption_entities]:
            told = units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode(
                "utf-16-le", "replace"
            )
            if entity.user is not None and entity.user.id == bot_id:
                return True
            is_handle = entity.type in ("mention", "bot_command")
            if is_handle and username and told.rpartition("@")[2].casefold() == username.casefold():
                return True
        return False


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads updates for one bot; `all_of_groups` takes also what in a group is not meant for it."""

    bot_id: int
    username: str
    all_of_groups: bool = False

    def page(self, updates: Sequence[Any]) -> tuple[list[Post], list[Reject]]:
        """Read what can be read and is wanted; the rest becomes rejects that say where they stood."""
        posts: list[Post] = []
        rejects: list[Reject] = []
        for number, update in enumerate(updates, 1):
            try:
                message = _message(update)
            except (ValidationError, TypeError, AttributeError) as error:
                told = reason(error) if isinstance(error, ValidationError) else "not an update"
                rejects.append(Reject(where=f"page, item {number}", reason=told, payload=json.dumps(update)))
            else:
                posts += [self.post(message)] if message is not None and self._is_wanted(message) else []
        return posts, rejects

    def item(self, payload: str) -> Post:
        """Read one update again, as it stands in a dead letter; raises Malformed."""
        try:
            message = _message(json.loads(payload))
        except (ValueError, TypeError, AttributeError) as error:
            raise Malformed("Telegram: the item cannot be read.") from error
        if message is None:
            raise Malformed("Telegram: the item holds no message.")
        return self.post(message)

    def post(self, message: Message) -> Post:
        """Make the contract's value of one message."""
        parent = message.reply_to_message
        parent_id = native_id(message.chat.id, parent.message_id) if parent else ""
        is_private = message.chat.type == "private"
        why_not = "" if message.sender and not message.sender_chat else NOBODY_TO_ANSWER
        return Post(
            native_id=message.native_id,
            photos=message.photos,
            author=_author(message),
            text=message.words,
            posted_at=message.date,
            kind="message" if is_private else "comment" if parent else "post",
            url=url_of(message.chat, message.message_id),
            parent_id=parent_id,
            thread_id=parent_id or message.native_id,
            edited_at=message.edit_date,
            can_reply=not why_not,
            cannot_reply_reason=why_not,
            is_own=message.sender is not None and message.sender.id == self.bot_id,
        )

    def _is_wanted(self, message: Message) -> bool:
        """Tell words to the brand from service messages and from what a group says to itself."""
        if message.chat.type == "channel" or not message.words:
            return False
        return (
            message.chat.type == "private" or self.all_of_groups or message.names(self.bot_id, self.username)
        )


def _file_id(size: dict[str, Any]) -> str:
    return str(size.get("file_id", ""))


def _width(size: dict[str, Any]) -> int:
    width = size.get("width")
    return width if isinstance(width, int) else 0


def native_id(chat_id: int, message_id: int) -> str:
    """Join a chat and a message of it."""
    return f"{chat_id}:{message_id}"


def url_of(chat: Chat, message_id: int) -> str:
    """Return where a message is seen; a private one only by opening the chat, if its person has a name."""
    if chat.type == "private":
        return f"https://t.me/{chat.username}" if chat.username else ""
    if chat.username:
        return f"https://t.me/{chat.username}/{message_id}"
    return f"https://t.me/c/{str(chat.id).removeprefix('-100')}/{message_id}"


def _message(update: Any) -> Message | None:
    """Return the message of an update, None for one of another kind."""
    raw = update.get("message") or update.get("edited_message")
    return Message.model_validate(raw) if raw is not None else None


def _author(message: Message) -> Person:
    sender, group = message.sender, message.sender_chat
    if group is not None or sender is None:
        shown = group or message.chat
        return Person(native_id=str(shown.id), handle=shown.username, name=shown.title)
    return Person(
        native_id=str(sender.id),
        handle=sender.username,
        name=" ".join(filter(None, [sender.first_name, sender.last_name])),
        profile_url=f"https://t.me/{sender.username}" if sender.username else "",
    )
