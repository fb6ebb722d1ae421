"""Facebook's documented JSON, checked item by item, as the contract's values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listeners.contract import Person, Photo, Post, Reject
from listeners.exceptions import Malformed
from listeners.networks.shapes import Time, reason

CLOSED = gettext_noop("Facebook takes no answer to this comment; answer by hand on the page.")
NO_STORY = gettext_noop("Facebook shows no post behind this review; answer by hand on the page.")
_ATTACHED = "media_type,media{image{src}},description"
COMMENT_FIELDS = (
    "id,message,created_time,from{id,name},permalink_url,can_comment,like_count,parent{id},"
    "attachment{type,media{image{src}},description}"
)
POST_FIELDS = (
    "id,message,created_time,updated_time,from{id,name},permalink_url,shares,"
    f"reactions.limit(0).summary(true),attachments{{{_ATTACHED},subattachments{{{_ATTACHED}}}}}"
)
REVIEW_FIELDS = (
    "created_time,has_rating,rating,recommendation_type,review_text,reviewer{id,name},open_graph_story{id}"
)
Kind = Literal["post", "comment", "review"]
Id = Annotated[str, Field(pattern=r"^[0-9]{1,40}(_[0-9]{1,40})?$")]
_M = TypeVar("_M", bound=BaseModel)


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore")


class By(_Shape):
    """Who wrote something; Facebook leaves it out for people who hide from the app."""

    id: str = ""
    name: str = ""


class Image(_Shape):
    """A picture's address."""

    src: str = ""


class Medium(_Shape):
    """What is attached, as a picture."""

    image: Image = Image()


class Attachment(_Shape):
    """A picture, film or link of a post or comment."""

    media_type: str = ""
    type: str = ""
    media: Medium = Medium()
    description: str = ""
    subattachments: dict[str, Any] = {}

    def photos(self) -> Iterator[Photo]:
        """Yield its pictures, those of an album one by one."""
        inner = list(_readable(Attachment, self.subattachments.get("data")))
        for part in inner or [self]:
            kind = part.media_type or part.type
            if part.media.image.src and kind in ("photo", "album", "sticker"):
                yield Photo(url=part.media.image.src, alt=part.description)


class Ref(_Shape):
    """Another object."""

    id: Id


class Item(_Shape):
    """A post or a comment."""

    id: Id
    created_time: Time
    message: str = ""
    by: By = Field(default=By(), alias="from")
    permalink_url: str = ""

    def person(self) -> Person:
        """Return who wrote it."""
        return person(self.by, self.id)


class PostShape(Item):
    """A post on the page, by the page or by a visitor, or one that tags the page."""

    updated_time: Time | None = None
    shares: dict[str, int] = {}
    reactions: dict[str, Any] = {}
    attachments: dict[str, Any] = {}
    comments: dict[str, Any] = {}

    @property
    def changed_at(self) -> datetime:
        """When it, or something below it, changed last."""
        return max(self.created_time, self.updated_time or self.created_time)

    def post(self, *, me: str, is_known: bool = False) -> Post:
        """Make the contract's value; of a known post, the last change may be an edit or a comment."""
        attached = _readable(Attachment, self.attachments.get("data"))
        is_edited = is_known and self.changed_at > self.created_time
        return Post(
            native_id=self.id,
            author=self.person(),
            text=self.message,
            posted_at=self.created_time,
            url=self.permalink_url,
            thread_id=self.id,
            edited_at=self.changed_at if is_edited else None,
            reactions=_count(self.reactions.get("summary"), "total_count"),
            shares=self.shares.get("count", 0),
            photos=tuple(photo for one in attached for photo in one.photos()),
            is_own=self.by.id == me,
        )


class CommentShape(Item):
    """A comment, or a reply to one."""

    parent: Ref | None = None
    can_comment: bool = True
    like_count: int = 0
    attachment: Any = None

    def post(self, *, me: str, thread_id: str, edited_at: datetime | None = None) -> Post:
        """Make the contract's value of a comment below a post."""
        is_own = self.by.id == me
        can_reply = self.can_comment or is_own
        attached = _readable(Attachment, [self.attachment])
        return Post(
            native_id=self.id,
            author=self.person(),
            text=self.message,
            posted_at=self.created_time,
            kind="comment",
            url=self.permalink_url,
            parent_id=self.parent.id if self.parent else thread_id,
            thread_id=thread_id,
            edited_at=edited_at,
            reactions=self.like_count,
            photos=tuple(photo for one in attached for photo in one.photos()),
            can_reply=can_reply,
            cannot_reply_reason="" if can_reply else CLOSED,
            is_own=is_own,
        )


class ReviewShape(_Shape):
    """A recommendation, or an older review with stars."""

    created_time: Time
    has_rating: bool = False
    rating: int | None = None
    recommendation_type: str = ""
    review_text: str = ""
    reviewer: By = By()
    open_graph_story: Ref | None = None

    def post(self) -> Post:
        """Make the contract's value; a recommendation counts as five stars, its opposite as one."""
        stars = {"positive": 5, "negative": 1}.get(self.recommendation_type.lower())
        at = f"{self.created_time:%Y%m%dT%H%M%SZ}"
        native_id = (
            self.open_graph_story.id if self.open_graph_story else f"review/{self.reviewer.id or '-'}/{at}"
        )
        return Post(
            native_id=native_id,
            author=person(self.reviewer, native_id),
            text=self.review_text,
            posted_at=self.created_time,
            kind="review",
            url=f"https://www.facebook.com/{native_id}" if self.open_graph_story else "",
            thread_id=native_id,
            rating=self.rating if self.has_rating else stars,
            can_reply=self.open_graph_story is not None,
            cannot_reply_reason="" if self.open_graph_story else NO_STORY,
        )


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads items for the page `me`; `rejects` gathers what could not be read."""

    me: str
    rejects: list[Reject]

    def posts(self, raw: list[Any], where: str) -> list[PostShape]:
        """Read posts."""
        return list(self._shapes(PostShape, "post", raw, where))

    def comments(self, raw: Any, post_id: str) -> list[CommentShape]:
        """Read the comments of a post."""
        items = raw if isinstance(raw, list) else []
        return list(self._shapes(CommentShape, "comment", items, f"comments of {post_id}", post_id))

    def reviews(self, raw: list[Any]) -> list[ReviewShape]:
        """Read reviews."""
        return list(self._shapes(ReviewShape, "review", raw, "reviews"))

    def _shapes(
        self, shape: type[_M], kind: Kind, raw: list[Any], where: str, thread_id: str = ""
    ) -> Iterator[_M]:
        for number, item in enumerate(raw, 1):
            try:
                yield shape.model_validate(item)
            except ValidationError as error:
                payload = {"kind": kind, "me": self.me, "thread_id": thread_id, "item": item}
                self.rejects.append(
                    Reject(where=f"{where}, item {number}", reason=reason(error), payload=json.dumps(payload))
                )


def read_again(payload: str) -> Post:
    """Read one item of a page again, as it stands in a dead letter; raises Malformed."""
    try:
        raw = json.loads(payload)
        kind, me, item = raw["kind"], str(raw["me"]), raw["item"]
        if kind == "comment":
            return CommentShape.model_validate(item).post(me=me, thread_id=str(raw["thread_id"]))
        if kind == "review":
            return ReviewShape.model_validate(item).post()
        return PostShape.model_validate(item).post(me=me)
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(f"Facebook: the item cannot be read ({error}).") from error


def person(by: By, item_id: str) -> Person:
    """Return who wrote an item; each of those who hide is somebody else.

    People have no handles here and call themselves as they like, also like the brand: a few digits of their
    id keep them apart.
    """
    handle = f"{by.name}#{by.id[-4:]}" if by.name and by.id else by.name
    return Person(native_id=by.id or f"hidden/{item_id}", handle=handle, name=by.name)


def root_of(native_id: str, me: str) -> str:
    """Return the id of the page's post below which a comment stands, as far as its id tells."""
    return f"{me}_{native_id.partition('_')[0]}"


def deleted(native_id: str, now: datetime) -> Post:
    """Make the value that stands for something which is gone."""
    nobody = Person(native_id="deleted", handle="")
    return Post(native_id=native_id, author=nobody, text="", posted_at=now, deleted=True)


def _readable(kind: type[_M], raw: Any) -> Iterator[_M]:
    for item in raw if isinstance(raw, list) else []:
        try:
            yield kind.model_validate(item)
        except ValidationError:
            continue


def _count(raw: Any, name: str) -> int:
    value = raw.get(name) if isinstance(raw, dict) else None
    return value if isinstance(value, int) and value >= 0 else 0
