"""The demo network's documented JSON, checked item by item, as the contract's values."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listeners.contract import Person, Photo, Post, Reject
from listeners.networks.shapes import Time, reason


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore")


class AuthorShape(_Shape):
    """Who wrote an item."""

    id: str = Field(min_length=1)
    handle: str
    name: str = ""
    followers: int | None = Field(default=None, ge=0)
    url: str = ""
    joined: Time | None = None


class PhotoShape(_Shape):
    """A picture of an item."""

    url: str
    alt: str = ""


class ItemShape(_Shape):
    """One post, comment, review or reply."""

    id: str = Field(min_length=1)
    kind: str = Field(pattern="^(post|comment|review)$")
    author: AuthorShape
    text: str
    posted_at: Time
    url: str = ""
    parent_id: str = ""
    thread_id: str = ""
    edited_at: Time | None = None
    likes: int = Field(default=0, ge=0)
    shares: int = Field(default=0, ge=0)
    rating: int | None = Field(default=None, ge=1, le=5)
    photos: list[PhotoShape] = []
    deleted: bool = False
    mentions_account: bool = False

    def post(self, *, cannot_reply_reason: str = "") -> Post:
        """Make the contract's value of it."""
        author = self.author
        return Post(
            native_id=self.id,
            author=Person(
                native_id=author.id,
                handle=author.handle,
                name=author.name,
                followers=author.followers,
                profile_url=author.url,
                joined_at=author.joined,
            ),
            text=self.text,
            posted_at=self.posted_at,
            kind=self.kind,
            url=self.url,
            parent_id=self.parent_id,
            thread_id=self.thread_id,
            edited_at=self.edited_at,
            reactions=self.likes,
            shares=self.shares,
            rating=self.rating,
            photos=tuple(Photo(url=photo.url, alt=photo.alt) for photo in self.photos),
            can_reply=not cannot_reply_reason,
            cannot_reply_reason=cannot_reply_reason,
            deleted=self.deleted,
        )


def read_items(items: list[Any], where: str) -> tuple[list[ItemShape], list[Reject]]:
    """Read what can be read; the rest becomes rejects that say where in the page they stood."""
    good: list[ItemShape] = []
    rejects: list[Reject] = []
    for number, item in enumerate(items, 1):
        try:
            good.append(ItemShape.model_validate(item))
        except ValidationError as error:
            payload = json.dumps(item)
            rejects.append(Reject(where=f"{where}, item {number}", reason=reason(error), payload=payload))
    return good, rejects
