"""Reading vendors' documented JSON item by item: what cannot be read is set aside with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from listeners.contract import Post, Reject
from listeners.exceptions import Malformed


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies outside the calendar") from error


Time = Annotated[AwareDatetime, AfterValidator(_utc)]
Stars = Annotated[int, Field(ge=1, le=5)]


class Shape(BaseModel):
    """A part of an answer; fields that we do not know are left alone."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


def read_each(items: Iterable[Any], read: Callable[[Any], Post]) -> tuple[list[Post], list[Reject]]:
    """Read what can be read of a page; `read` raises pydantic's ValidationError for what cannot."""
    posts: list[Post] = []
    rejects: list[Reject] = []
    for number, item in enumerate(items, 1):
        try:
            posts.append(read(item))
        except ValidationError as error:
            rejects.append(Reject(where=f"item {number}", reason=reason(error), payload=json.dumps(item)))
    return posts, rejects


def read_raw(payload: str, read: Callable[[Any], Post], *, label: str) -> Post:
    """Read one item again, as it stands in a dead letter; raises Malformed."""
    try:
        return read(json.loads(payload))
    except ValueError as error:
        raise Malformed(f"{label}: the item cannot be read ({error}).") from error


def ids_of(items: Iterable[Any], name: str) -> set[str]:
    """Return the ids of items by their field `name`, also of those that cannot be read otherwise.

    Raises Malformed for an item without one: which of the posts that were asked for it is nobody knows.
    """
    ids: list[Any] = [item.get(name) if isinstance(item, dict) else None for item in items]
    if not all(isinstance(one, str) and one for one in ids):
        raise Malformed("The answer holds an item without its id.")
    return set(ids)


def reason(error: ValidationError) -> str:
    """Say what is wrong with an item, in one line."""
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:3])


def joined(*parts: str | None) -> str:
    """Put the parts of a text below one another, as title and body."""
    return "\n".join(part.strip() for part in parts if part and part.strip())
