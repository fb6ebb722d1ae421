"""Google Play's documented JSON of reviews, as the contract's values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from listeners.contract import Person, Post
from listeners.exceptions import Malformed
from listeners.networks.reviews import ANSWERED, Review, reviewer
from listeners.networks.shapes import Shape, Stars, reason

Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_:.=-]{1,200}$")]
Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]


class Moment(Shape):
    """A time; Google writes the long number as text."""

    seconds: Seconds
    nanos: Annotated[int, Field(ge=0, lt=1_000_000_000)] = 0

    @property
    def at(self) -> datetime:
        """The time in UTC."""
        return datetime.fromtimestamp(self.seconds, UTC).replace(microsecond=self.nanos // 1000)


class Written(Shape):
    """What a customer wrote; the title, where there is one, ends with a tab."""

    text: str = ""
    modified: Moment = Field(alias="lastModified")
    rating: Stars = Field(alias="starRating")
    language: str = Field(default="", alias="reviewerLanguage")
    thumbs_up: Annotated[int, Field(ge=0)] = Field(default=0, alias="thumbsUpCount")


class Answered(Shape):
    """What the developer wrote."""

    text: str
    modified: Moment = Field(alias="lastModified")


class Comment(Shape):
    """The customer's words or the developer's."""

    written: Written | None = Field(default=None, alias="userComment")
    answered: Answered | None = Field(default=None, alias="developerComment")

    @model_validator(mode="after")
    def _is_of_somebody(self) -> Self:
        if not (self.written or self.answered):
            raise ValueError("neither the customer's words nor the developer's")
        return self


class Item(Shape):
    """One review with its answer."""

    id: Id = Field(alias="reviewId")
    author: str = Field(default="", alias="authorName")
    comments: list[Comment]

    @field_validator("comments")
    @classmethod
    def _has_words(cls, comments: list[Comment]) -> list[Comment]:
        if not any(one.written for one in comments):
            raise ValueError("no words of the author")
        return comments


def read_review(raw: Any, *, package: str) -> Review:
    """Make the contract's values of one review and its answer; raises ValidationError.

    A customer has one review of an app.
    """
    item = Item.model_validate(raw)
    written = max((one.written for one in item.comments if one.written), key=lambda one: one.modified.at)
    answered = next((one.answered for one in item.comments if one.answered), None)
    post = Post(
        native_id=item.id,
        author=reviewer(item.id, item.author),
        text=written.text.replace("\t", "\n").strip(),
        posted_at=written.modified.at,
        edited_at=written.modified.at,
        kind="review",
        url=address(item.id, package),
        language=written.language.partition("-")[0].partition("_")[0],
        thread_id=item.id,
        reactions=written.thumbs_up,
        rating=written.rating,
        can_reply=answered is None,
        cannot_reply_reason=ANSWERED if answered else "",
    )
    answer = own(item.id, answered.text, answered.modified.at, package) if answered else None
    return Review(post, answer)


def own(review_id: str, text: str, at: datetime, package: str) -> Post:
    """Make the contract's value of the developer's answer, which has no id of its own."""
    return Post(
        native_id=f"{review_id}/reply",
        author=Person(native_id=package, handle=""),
        text=text,
        posted_at=at,
        kind="comment",
        url=address(review_id, package),
        parent_id=review_id,
        thread_id=review_id,
        is_own=True,
    )


def read_edited(raw: Any) -> datetime:
    """Read when an answer was taken; raises Malformed."""
    try:
        return Moment.model_validate(raw).at
    except ValidationError as error:
        raise Malformed(f"Google Play did not say when: {reason(error)}") from error


def address(review_id: str, package: str) -> str:
    """Return where people read a review."""
    return f"https://play.google.com/store/apps/details?id={package}&reviewId={review_id}"
