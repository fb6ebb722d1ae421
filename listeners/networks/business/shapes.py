"""Google's documented JSON of a place's reviews, as the contract's values."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field

from listeners.contract import Person, Post
from listeners.networks.reviews import ANSWERED, Review, reviewer
from listeners.networks.shapes import Shape, Time

ADDRESS = "https://business.google.com/reviews"
"""Where people answer; single reviews have no address."""
STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_=-]{1,200}$")]
_TRANSLATED = re.compile(r"\(Translated by Google\).*?\n\s*\(Original\)\s*", re.DOTALL)
_TRANSLATION = re.compile(r"\s*\(Translated by Google\).*", re.DOTALL)


class Reviewer(Shape):
    """Who wrote a review; there is no id."""

    name: str = Field(default="", alias="displayName")
    anonymous: bool = Field(default=False, alias="isAnonymous")


class Reply(Shape):
    """The owner's reply."""

    comment: str
    updated_at: Time = Field(alias="updateTime")


class Item(Shape):
    """One review; many have stars and no words."""

    id: Id = Field(alias="reviewId")
    reviewer: Reviewer = Reviewer()
    stars: Literal["ONE", "TWO", "THREE", "FOUR", "FIVE"] = Field(alias="starRating")
    comment: str = ""
    created_at: Time = Field(alias="createTime")
    updated_at: Time = Field(alias="updateTime")
    reply: Reply | None = Field(default=None, alias="reviewReply")


def read_review(raw: Any) -> Review:
    """Make the contract's values of one review and its reply; raises ValidationError.

    A customer has one review of a place.
    """
    item = Item.model_validate(raw)
    post = Post(
        native_id=item.id,
        author=reviewer(item.id, "" if item.reviewer.anonymous else item.reviewer.name),
        text=original(item.comment),
        posted_at=item.created_at,
        edited_at=item.updated_at if item.updated_at > item.created_at else None,
        kind="review",
        url=ADDRESS,
        thread_id=item.id,
        rating=STARS[item.stars],
        can_reply=item.reply is None,
        cannot_reply_reason=ANSWERED if item.reply else "",
    )
    return Review(post, own(item.id, item.reply) if item.reply else None)


def own(review_id: str, reply: Reply) -> Post:
    """Make the contract's value of the owner's reply, which has no id of its own."""
    return Post(
        native_id=f"{review_id}/reply",
        author=Person(native_id="owner", handle=""),
        text=reply.comment,
        posted_at=reply.updated_at,
        kind="comment",
        url=ADDRESS,
        parent_id=review_id,
        thread_id=review_id,
        is_own=True,
    )


def original(comment: str) -> str:
    """Leave out the translation that Google puts before or after the author's own words."""
    return _TRANSLATION.sub("", _TRANSLATED.sub("", comment, count=1)).strip()
