"""Mastodon's documented JSON, checked post by post, as the contract's values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listeners.contract import Person, Photo, Post, Reject
from listeners.exceptions import Malformed
from listeners.networks.shapes import Time, reason
from listeners.plain_text import plain_text

HEARD = ("mention", "quote")
"""Notifications that stand for a post to the account."""
PRIVATE = ("direct", "private")
"""Posts that not everybody may read."""
_QUOTED_LINK = re.compile(r'<p class="quote-inline">.*?</p>', re.DOTALL)


Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Account(_Shape):
    """An account; `acct` names its server too unless that is the one asked."""

    id: Id
    acct: str = Field(min_length=1)
    url: str = ""
    display_name: str = ""
    followers_count: int | None = None
    created_at: Time | None = None

    def person(self) -> Person:
        """Make the contract's value; its id is the same on whichever server it is seen."""
        host = urlsplit(self.url).netloc
        return Person(
            native_id=self.acct if "@" in self.acct or not host else f"{self.acct}@{host}",
            handle=self.acct,
            name=self.display_name,
            followers=self.followers_count,
            profile_url=self.url,
            joined_at=self.created_at,
        )


class Medium(_Shape):
    """A picture, or a film with its still."""

    type: str
    url: str | None = None
    remote_url: str | None = None
    preview_url: str | None = None
    description: str | None = None

    def photo(self) -> Photo | None:
        """Make the contract's value; None for sounds and what is not ready yet."""
        shown = {"image": self.url or self.remote_url, "gifv": self.preview_url, "video": self.preview_url}
        url = shown.get(self.type)
        return Photo(url=url, alt=self.description or "") if url else None


class Status(_Shape):
    """One post; `reblog` is the original where it only passes one on."""

    id: Id
    account: Account
    content: str
    created_at: Time
    edited_at: Time | None = None
    in_reply_to_id: Id | None = None
    visibility: str = "public"
    spoiler_text: str | None = None
    language: str | None = None
    url: str | None = None
    uri: str = ""
    favourites_count: int = 0
    reblogs_count: int = 0
    quotes_count: int = 0
    media_attachments: list[Any] = []
    quote: Any = None
    reblog: Status | None = None

    def words(self) -> str:
        """Return the text as people see it, what it warns of first."""
        content = plain_text(_QUOTED_LINK.sub("", self.content))
        return f"{(self.spoiler_text or '').strip()}\n\n{content}".strip()


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes the contract's values for the account `me`."""

    me: str

    def page(self, items: Sequence[Any]) -> tuple[list[Post], list[Reject]]:
        """Read posts or notifications; of a boost only the original counts, with the reach it has now."""
        posts: list[Post] = []
        rejects: list[Reject] = []
        for number, item in enumerate(items, 1):
            status = _status_of(item)
            if status is None:
                continue
            try:
                posts.append(self.post(Status.model_validate(status)))
            except ValidationError as error:
                rejects.append(Reject(where=f"item {number}", reason=reason(error), payload=json.dumps(item)))
        return posts, rejects

    def item(self, payload: str) -> Post:
        """Read one item of a page again, as it stands in a dead letter; raises Malformed."""
        try:
            return self.post(Status.model_validate(_status_of(json.loads(payload))))
        except ValueError as error:
            raise Malformed(f"Mastodon: the item cannot be read ({error}).") from error

    def post(self, status: Status) -> Post:
        """Make the contract's value of one post; only that of a first post says what its thread is."""
        status = status.reblog or status
        is_answer = bool(status.in_reply_to_id)
        open_kind = "comment" if is_answer else "post"
        return Post(
            native_id=status.id,
            author=status.account.person(),
            text=status.words(),
            posted_at=status.created_at,
            kind="message" if status.visibility in PRIVATE else open_kind,
            url=status.url or status.uri,
            language=status.language or "",
            parent_id=status.in_reply_to_id or "",
            thread_id="" if is_answer else status.id,
            quoted_id=_quoted_id(status.quote),
            edited_at=status.edited_at,
            reactions=status.favourites_count,
            shares=status.reblogs_count + status.quotes_count,
            photos=_photos(status.media_attachments),
            is_own=status.account.id == self.me,
        )


def deleted(native_id: str) -> Post:
    """Make the value that stands for a post which is gone."""
    nobody = Person(native_id="deleted", handle="")
    return Post(
        native_id=native_id, author=nobody, text="", posted_at=datetime.fromtimestamp(0, UTC), deleted=True
    )


def quoted(item: Any) -> list[Any]:
    """Return the post that one quotes, if it is shown."""
    quote = item.get("quote") if isinstance(item, dict) else None
    shown = quote.get("quoted_status") if isinstance(quote, dict) else None
    return [shown] if isinstance(shown, dict) else []


def _quoted_id(quote: Any) -> str:
    """Return the id of what is quoted, which deeper down stands there without the post."""
    told = quote if isinstance(quote, dict) else {}
    shown = told.get("quoted_status")
    return str((shown.get("id") if isinstance(shown, dict) else told.get("quoted_status_id")) or "")


def _status_of(item: Any) -> Any:
    """Return the post of a notification, None where it holds none; any other item as it is."""
    if not isinstance(item, dict) or "type" not in item or "content" in item:
        return item
    return item.get("status") if item["type"] in HEARD else None


def _photos(raw: Iterable[Any]) -> tuple[Photo, ...]:
    photos = []
    for item in raw:
        try:
            photos.append(Medium.model_validate(item).photo())
        except ValidationError:
            continue
    return tuple(photo for photo in photos if photo)
