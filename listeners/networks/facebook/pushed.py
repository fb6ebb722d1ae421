"""What Facebook pushes when a page's feed or reviews change, as the contract's values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from listeners.contract import Photo, Post
from listeners.networks.facebook.shapes import By, Id, deleted, person
from listeners.networks.meta.push import Change

_WRITTEN = frozenset({"album", "comment", "link", "photo", "post", "share", "status", "video"})
"""Items that people wrote; reactions and the like are none."""
_GONE = frozenset({"remove", "delete"})
_EDITED = frozenset({"edit", "edited"})


class _Value(BaseModel):
    model_config = ConfigDict(extra="ignore")
    item: str = ""
    verb: str = ""


class _Written(_Value):
    post_id: Id
    comment_id: Id | None = None
    parent_id: Id | None = None
    by: By = Field(default=By(), alias="from")
    message: str = ""
    created_time: int
    photo: str = ""
    link: str = ""
    photos: list[str] = []
    post: dict[str, Any] = {}


class _Review(_Value):
    reviewer_id: str = ""
    reviewer_name: str = ""
    review_text: str = ""
    recommendation_type: str = ""
    rating: int | None = None
    open_graph_story_id: Id
    created_time: int


def read(change: Change) -> Post | None:
    """Make a post of a change; None for one that is of no interest. Raises ValueError."""
    kind = _Value.model_validate(change.value)
    if change.field == "ratings" and kind.item == "rating" and kind.verb not in _GONE:
        return _review(_Review.model_validate(change.value))
    if change.field == "feed" and kind.item in _WRITTEN:
        return _written(_Written.model_validate(change.value), change)
    return None


def _written(value: _Written, change: Change) -> Post | None:
    native_id = (value.comment_id or "") if value.item == "comment" else value.post_id
    if not native_id:
        raise ValueError(f"A {value.item} came without its id.")
    if value.verb in _GONE:
        return deleted(native_id, _time(value.created_time))
    if value.verb != "add" and value.verb not in _EDITED:
        return None
    is_comment = value.item == "comment"
    link = f"https://www.facebook.com/{native_id}"
    return Post(
        native_id=native_id,
        author=person(value.by, native_id),
        text=value.message,
        posted_at=_time(value.created_time),
        kind="comment" if is_comment else "post",
        url=link if is_comment else str(value.post.get("permalink_url") or link),
        parent_id=(value.parent_id or value.post_id) if is_comment else "",
        thread_id=value.post_id,
        edited_at=_time(change.time) if value.verb in _EDITED else None,
        photos=tuple(Photo(url=url) for url in _pictures(value)),
        is_own=value.by.id == change.account_id,
    )


def _pictures(value: _Written) -> list[str]:
    if value.item == "comment":
        return [value.photo] if value.photo else []
    return value.photos or ([value.link] if value.item == "photo" and value.link else [])


def _review(value: _Review) -> Post:
    stars = {"positive": 5, "negative": 1}.get(value.recommendation_type.lower())
    native_id = value.open_graph_story_id
    return Post(
        native_id=native_id,
        author=person(By(id=value.reviewer_id, name=value.reviewer_name), native_id),
        text=value.review_text,
        posted_at=_time(value.created_time),
        kind="review",
        url=f"https://www.facebook.com/{native_id}",
        thread_id=native_id,
        rating=value.rating or stars,
    )


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
