"""Trustpilot's documented JSON of reviews, as the contract's values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from listeners.contract import Person, Post
from listeners.networks.reviews import ANSWERED, Review
from listeners.networks.shapes import Shape, Stars, joined


def _utc(at: datetime) -> datetime:
    """Take a time without a zone, as older reviews have it, for UTC."""
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies outside the calendar") from error


Time = Annotated[datetime, AfterValidator(_utc)]
Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,64}$")]


class Consumer(Shape):
    """Who wrote a review."""

    id: str = Field(min_length=1)
    name: str | None = Field(default=None, alias="displayName")


class Reply(Shape):
    """What the company wrote."""

    text: str
    created_at: Time = Field(alias="createdAt")
    updated_at: Time | None = Field(default=None, alias="updatedAt")


class Item(Shape):
    """One review."""

    id: Id
    consumer: Consumer
    stars: Stars
    title: str | None = None
    text: str | None = None
    language: str | None = None
    likes: Annotated[int, Field(ge=0)] = Field(default=0, alias="numberOfLikes")
    created_at: Time = Field(alias="createdAt")
    updated_at: Time | None = Field(default=None, alias="updatedAt")
    reply: Reply | None = Field(default=None, alias="companyReply")


def read_review(raw: Any) -> Review:
    """Make the contract's values of one review and the company's reply; raises ValidationError."""
    item = Item.model_validate(raw)
    consumer = item.consumer
    post = Post(
        native_id=item.id,
        author=Person(
            native_id=consumer.id,
            handle=consumer.name or "",
            name=consumer.name or "",
            profile_url=f"https://www.trustpilot.com/users/{consumer.id}",
        ),
        text=joined(item.title, item.text),
        posted_at=item.created_at,
        edited_at=item.updated_at if item.updated_at and item.updated_at > item.created_at else None,
        kind="review",
        url=address(item.id),
        language=item.language or "",
        thread_id=item.id,
        reactions=item.likes,
        rating=item.stars,
        can_reply=item.reply is None,
        cannot_reply_reason=ANSWERED if item.reply else "",
    )
    reply = item.reply
    return Review(post, own(item.id, reply.text, reply.updated_at or reply.created_at) if reply else None)


class Written(Shape):
    """When a reply was taken."""

    created_at: Time = Field(alias="createdAt")


class Taken(Shape):
    """The answer to a reply."""

    reply: Written


def written_at(told: Any) -> datetime | None:
    """Return when a reply was taken, None where the answer does not say; many are empty."""
    try:
        return Taken.model_validate(told).reply.created_at
    except ValidationError:
        return None


def own(review_id: str, text: str, at: datetime) -> Post:
    """Make the contract's value of the company's reply, which has no id of its own."""
    return Post(
        native_id=f"{review_id}/reply",
        author=Person(native_id="company", handle=""),
        text=text,
        posted_at=at,
        kind="comment",
        url=address(review_id),
        parent_id=review_id,
        thread_id=review_id,
        is_own=True,
    )


def address(review_id: str) -> str:
    """Return where people read a review."""
    return f"https://www.trustpilot.com/reviews/{review_id}"
