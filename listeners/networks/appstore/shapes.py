"""Apple's documented JSON of reviews and responses, as the contract's values."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from listeners.contract import Person, Post
from listeners.networks.reviews import ANSWERED, reviewer
from listeners.networks.shapes import Shape, Stars, Time, joined

Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,64}$")]


class Written(Shape):
    """What a customer wrote; `created_at` moves when the review is edited."""

    rating: Stars
    title: str | None = None
    body: str | None = None
    nickname: str | None = Field(default=None, alias="reviewerNickname")
    created_at: Time = Field(alias="createdDate")


class Linked(Shape):
    """The id of another thing."""

    id: Id


class Relationship(Shape):
    """A link to another thing, or to none."""

    data: Linked | None = None


class Relationships(Shape):
    """What a review belongs together with."""

    response: Relationship = Relationship()


class Review(Shape):
    """One review."""

    id: Id
    attributes: Written
    relationships: Relationships = Relationships()

    @property
    def response_id(self) -> str:
        """The id of the brand's response, "" for none."""
        return self.relationships.response.data.id if self.relationships.response.data else ""


class Answered(Shape):
    """The words of a response; a state "PENDING_PUBLISH" is that of one which stands soon."""

    text: str = Field(alias="responseBody")
    modified_at: Time = Field(alias="lastModifiedDate")
    state: str = ""


class Response(Shape):
    """The brand's response to a review."""

    id: Id
    attributes: Answered


def review_post(item: Any, *, app: str) -> Post:
    """Make the contract's value of one review; raises ValidationError.

    A customer has one review of an app.
    """
    review = Review.model_validate(item)
    written = review.attributes
    return Post(
        native_id=review.id,
        author=reviewer(review.id, written.nickname),
        text=joined(written.title, written.body),
        posted_at=written.created_at,
        edited_at=written.created_at,
        kind="review",
        url=address(app),
        thread_id=review.id,
        rating=written.rating,
        can_reply=not review.response_id,
        cannot_reply_reason=ANSWERED if review.response_id else "",
    )


def answer_post(item: Any, *, review_id: str, app: str) -> Post:
    """Make the contract's value of the brand's response; raises ValidationError."""
    response = Response.model_validate(item)
    return Post(
        native_id=response.id,
        author=Person(native_id=f"app-{app}", handle=""),
        text=response.attributes.text,
        posted_at=response.attributes.modified_at,
        kind="comment",
        url=address(app),
        parent_id=review_id,
        thread_id=review_id,
        is_own=True,
    )


def address(app: str) -> str:
    """Return where people read an app's reviews; single ones have no address."""
    return f"https://apps.apple.com/app/id{app}?see-all=reviews"
