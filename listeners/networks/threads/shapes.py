"""Threads' documented JSON, checked item by item, as the contract's values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listeners.contract import Person, Photo, Post, Reject
from listeners.exceptions import Malformed
from listeners.networks.shapes import Time, reason

HOME = "https://www.threads.com"
REPOST = "REPOST_FACADE"
FIELDS = (
    "id,text,timestamp,username,permalink,media_type,media_url,thumbnail_url,alt_text,has_replies,"
    "children{media_type,media_url,thumbnail_url,alt_text},root_post{id},replied_to{id}"
)
Id = Annotated[str, Field(pattern=r"^[0-9]{1,40}$")]


class Ref(BaseModel):
    """Another post."""

    model_config = ConfigDict(extra="ignore")
    id: Id


class Medium(BaseModel):
    """A picture or film."""

    model_config = ConfigDict(extra="ignore")
    media_type: str = ""
    media_url: str = ""
    thumbnail_url: str = ""
    alt_text: str = ""

    def photos(self) -> Iterator[Photo]:
        """Yield its picture, of a film the still."""
        if url := self.media_url if self.media_type == "IMAGE" else self.thumbnail_url:
            yield Photo(url=url, alt=self.alt_text)


class ThreadShape(Medium):
    """A post or a reply."""

    id: Id
    timestamp: Time
    text: str = ""
    username: str = ""
    permalink: str = ""
    has_replies: bool = False
    root_post: Ref | None = None
    replied_to: Ref | None = None
    children: dict[str, Any] = {}

    def post(self, username: str, *, edited_at: datetime | None = None) -> Post:
        """Make the contract's value for the account `username`."""
        parts = list(_readable(self.children.get("data"))) or [self]
        parent_id = self.replied_to.id if self.replied_to else ""
        root_id = self.root_post.id if self.root_post else parent_id
        return Post(
            native_id=self.id,
            author=Person(
                native_id=self.username or f"hidden/{self.id}",
                handle=self.username,
                profile_url=f"{HOME}/@{self.username}" if self.username else "",
            ),
            text=self.text,
            posted_at=self.timestamp,
            kind="comment" if parent_id else "post",
            url=self.permalink or HOME,
            parent_id=parent_id,
            thread_id=root_id or self.id,
            edited_at=edited_at,
            photos=tuple(photo for part in parts for photo in part.photos()),
            is_own=bool(username) and self.username.lower() == username.lower(),
        )


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads items for an account; `rejects` gathers what could not be read."""

    username: str
    rejects: list[Reject] = field(default_factory=list)

    def shapes(self, raw: list[Any], where: str) -> list[ThreadShape]:
        """Read posts; reposts without words of their own are reach of their original, not posts."""
        return [shape for shape in self._readable(raw, where) if shape.media_type != REPOST]

    def _readable(self, raw: list[Any], where: str) -> Iterator[ThreadShape]:
        for number, item in enumerate(raw, 1):
            try:
                yield ThreadShape.model_validate(item)
            except ValidationError as error:
                payload = json.dumps({"kind": "post", "username": self.username, "item": item})
                self.rejects.append(
                    Reject(where=f"{where}, item {number}", reason=reason(error), payload=payload)
                )


def read_again(payload: str) -> Post:
    """Read one item of a page again, as it stands in a dead letter; raises Malformed."""
    try:
        raw = json.loads(payload)
        return ThreadShape.model_validate(raw["item"]).post(str(raw["username"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(f"Threads: the item cannot be read ({error}).") from error


def deleted(native_id: str, now: datetime) -> Post:
    """Make the value that stands for something which is gone."""
    nobody = Person(native_id="deleted", handle="")
    return Post(native_id=native_id, author=nobody, text="", posted_at=now, deleted=True)


def _readable(raw: Any) -> Iterator[Medium]:
    for item in raw if isinstance(raw, list) else []:
        try:
            yield Medium.model_validate(item)
        except ValidationError:
            continue
