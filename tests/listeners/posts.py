"""Posts for tests, made with as few words as possible."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from listeners.contract import Page, Person, Post
from tests.conftest import NOW


def make_post(
    native_id: str = "1", text: str = "Die Sohle löst sich.", *, author: str = "jana", **rest: Any
) -> Post:
    """A post by an author whose id is its handle."""
    who = rest.pop("who", None) or Person(native_id=author, handle=author)
    posted_at: datetime = rest.pop("posted_at", NOW)
    return Post(native_id=native_id, author=who, text=text, posted_at=posted_at, **rest)


def make_page(*posts: Post, cursor: str = "next", **rest: Any) -> Page:
    """A page of posts."""
    return Page(posts=posts, cursor=cursor, **rest)
