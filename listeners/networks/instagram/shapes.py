"""Instagram's documented JSON, checked item by item, as the contract's values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar

from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listeners.contract import Person, Photo, Post, Reject
from listeners.exceptions import Malformed
from listeners.networks.instagram.ids import elsewhere
from listeners.networks.shapes import Time, reason

ONLY_TAGGED = gettext_noop(
    "Instagram takes no comment on a photo that only tags you; answer by hand on Instagram."
)
HOME = "https://www.instagram.com"
COMMENT_FIELDS = "id,text,timestamp,username,from{id,username},like_count,parent_id"
MEDIA_FIELDS = (
    "id,caption,timestamp,username,permalink,media_type,media_url,thumbnail_url,like_count,comments_count,"
    "children{media_type,media_url,thumbnail_url}"
)
Id = Annotated[str, Field(pattern=r"^[0-9]{1,40}$")]
_S = TypeVar("_S", bound="Shape")


class Shape(BaseModel):
    """Something with an id."""

    model_config = ConfigDict(extra="ignore")
    id: Id


class Medium(BaseModel):
    """A picture or film."""

    model_config = ConfigDict(extra="ignore")
    media_type: str = ""
    media_url: str = ""
    thumbnail_url: str = ""

    def photos(self) -> Iterator[Photo]:
        """Yield its picture, of a film the still."""
        if url := self.media_url if self.media_type == "IMAGE" else self.thumbnail_url:
            yield Photo(url=url)


class By(BaseModel):
    """Who wrote a comment."""

    model_config = ConfigDict(extra="ignore")
    id: str = ""
    username: str = ""


class MediaShape(Shape, Medium):
    """A photo, album or film with its caption."""

    timestamp: Time
    caption: str = ""
    username: str = ""
    permalink: str = ""
    like_count: int = 0
    comments_count: int = 0
    children: dict[str, Any] = {}
    comments: dict[str, Any] = {}

    def post(self, me: Me, *, edited_at: datetime | None = None) -> Post:
        """Make the contract's value; a photo that only tags the account cannot be answered."""
        is_own = self.username == me.username
        native_id = self.id if is_own else elsewhere(self.id)
        can_reply = is_own or me.is_named(self.caption)
        parts = list(_readable(self.children.get("data"))) or [self]
        return Post(
            native_id=native_id,
            author=_person(By(username=self.username), self.id),
            text=self.caption,
            posted_at=self.timestamp,
            url=self.permalink or HOME,
            thread_id=native_id,
            edited_at=edited_at,
            reactions=self.like_count,
            photos=tuple(photo for part in parts for photo in part.photos()),
            can_reply=can_reply,
            cannot_reply_reason="" if can_reply else ONLY_TAGGED,
            is_own=is_own,
        )


class CommentShape(Shape):
    """A comment, or a reply to one."""

    timestamp: Time
    text: str = ""
    username: str = ""
    by: By = Field(default=By(), alias="from")
    like_count: int = 0
    parent_id: Id | None = None
    replies: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The author's user name."""
        return self.by.username or self.username

    def post(self, me: Me, *, media_id: str, own_media: bool, edited_at: datetime | None = None) -> Post:
        """Make the contract's value of a comment below a photo."""
        thread_id = media_id if own_media else elsewhere(media_id)
        parent_id = self.parent_id or ""
        if not own_media and parent_id:
            parent_id = elsewhere(media_id, parent_id)
        return Post(
            native_id=self.id if own_media else elsewhere(media_id, self.id),
            author=_person(By(id=self.by.id, username=self.name), self.id),
            text=self.text,
            posted_at=self.timestamp,
            kind="comment",
            url=HOME,
            parent_id=parent_id or thread_id,
            thread_id=thread_id,
            edited_at=edited_at,
            reactions=self.like_count,
            is_own=self.name == me.username,
        )


class MediaRef(BaseModel):
    """The photo that a comment stands below."""

    model_config = ConfigDict(extra="ignore")
    media: Shape


@dataclass(frozen=True, slots=True)
class Me:
    """The account."""

    id: str
    username: str

    def is_named(self, text: str) -> bool:
        """Say whether a text names the account."""
        return bool(re.search(rf"(?<![\w@.])@{re.escape(self.username)}(?![\w.]*\w)", text, re.IGNORECASE))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads items for an account; `rejects` gathers what could not be read."""

    me: Me
    rejects: list[Reject] = field(default_factory=list)

    def media(self, raw: list[Any], where: str) -> list[MediaShape]:
        """Read photos."""
        return list(self._shapes(MediaShape, raw, where, {}))

    def comments(self, raw: Any, media_id: str, *, own_media: bool) -> list[CommentShape]:
        """Read comments, each followed by the replies that come with it."""
        items = raw if isinstance(raw, list) else []
        context = {"media_id": media_id, "own_media": own_media}
        found: list[CommentShape] = []
        for shape in self._shapes(CommentShape, items, f"comments of {media_id}", context):
            replies = shape.replies.get("data")
            below = self._shapes(
                CommentShape, replies if isinstance(replies, list) else [], f"replies to {shape.id}", context
            )
            found += [shape, *(one.model_copy(update={"parent_id": shape.id}) for one in below)]
        return found

    def _shapes(self, kind: type[_S], raw: list[Any], where: str, context: dict[str, Any]) -> Iterator[_S]:
        for number, item in enumerate(raw, 1):
            try:
                yield kind.model_validate(item)
            except ValidationError as error:
                me = {"id": self.me.id, "username": self.me.username}
                payload = json.dumps({"kind": kind.__name__, "me": me, "item": item, **context})
                self.rejects.append(
                    Reject(where=f"{where}, item {number}", reason=reason(error), payload=payload)
                )


def read_again(payload: str) -> Post:
    """Read one item of a page again, as it stands in a dead letter; raises Malformed."""
    try:
        raw = json.loads(payload)
        me = Me(str(raw["me"]["id"]), str(raw["me"]["username"]))
        if raw["kind"] == "CommentShape":
            shape = CommentShape.model_validate(raw["item"])
            return shape.post(me, media_id=str(raw["media_id"]), own_media=raw["own_media"] is True)
        return MediaShape.model_validate(raw["item"]).post(me)
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(f"Instagram: the item cannot be read ({error}).") from error


def deleted(native_id: str, now: datetime) -> Post:
    """Make the value that stands for something which is gone."""
    nobody = Person(native_id="deleted", handle="")
    return Post(native_id=native_id, author=nobody, text="", posted_at=now, deleted=True)


def _person(by: By, item_id: str) -> Person:
    return Person(
        native_id=by.id or by.username or f"hidden/{item_id}",
        handle=by.username,
        profile_url=f"{HOME}/{by.username}/" if by.username else "",
    )


def _readable(raw: Any) -> Iterator[Medium]:
    for item in raw if isinstance(raw, list) else []:
        try:
            yield Medium.model_validate(item)
        except ValidationError:
            continue
