"""Reddit's documented JSON, checked thing by thing, as the contract's values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from django.utils.translation import gettext_noop
from pydantic import Field, ValidationError, model_validator

from listeners.contract import Person, Photo, Post, Reject
from listeners.exceptions import Malformed
from listeners.networks.reddit.markdown import words
from listeners.networks.shapes import Shape, Time, reason
from listeners.networks.texts import same_text

CLOSED = gettext_noop("This conversation on Reddit is locked or archived; nobody can answer there.")
READ_ONLY = gettext_noop("This source may only read Reddit; answer by hand on Reddit.")
NOBODY = Person(native_id="deleted", handle="")
SITE = "https://www.reddit.com"
FULL_NAME = re.compile(r"t[13]_[0-9a-z]{1,13}")
_ERASED = ("[deleted]", "[removed]", "[ Removed by Reddit ]")
_LINK = re.compile(r"/comments/([0-9a-z]{1,13})(?:/|\?|$)")
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp)$", re.IGNORECASE)
FullName = Annotated[str, Field(pattern=rf"^{FULL_NAME.pattern}$")]


class Thing(Shape):
    """A post ("t3") or a comment ("t1")."""

    name: FullName
    author: str | None = None
    author_fullname: str | None = None
    created_utc: Time
    edited: bool | float = False
    title: str = ""
    selftext: str = ""
    body: str = ""
    permalink: str = ""
    context: str = ""
    link_id: str = Field(default="", pattern=rf"^({FULL_NAME.pattern})?$")
    parent_id: str | None = None
    score: int = 0
    num_crossposts: int = 0
    locked: bool = False
    archived: bool = False
    removed_by_category: str | None = None
    url: str = ""
    media_metadata: dict[str, Any] | None = None
    crosspost_parent_list: list[dict[str, Any]] = []
    replies: Any = ""

    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, raw: Any) -> Any:
        """Take null for a field that is missing, as Reddit means it."""
        return (
            {name: value for name, value in raw.items() if value is not None}
            if isinstance(raw, dict)
            else raw
        )

    @property
    def is_comment(self) -> bool:
        """Whether it stands below a post."""
        return self.name.startswith("t1_")

    @property
    def is_gone(self) -> bool:
        """Whether its author or a moderator took it away."""
        removed = self.removed_by_category not in (None, "", "automod_filtered")
        marked = self.selftext.strip() in _ERASED or self.body.strip() in _ERASED
        return removed or marked or self.author in (None, "[deleted]")

    @property
    def is_repost(self) -> bool:
        """Whether it is another post shown again without words of its own."""
        titles = [str(one.get("title", "")) for one in self.crosspost_parent_list]
        return bool(titles) and not self.selftext.strip() and same_text(titles[0], self.title)

    @property
    def link(self) -> str:
        """The full name of the conversation's first post; the inbox tells it only in an address."""
        found = _LINK.search(self.permalink or self.context)
        return self.link_id or (self.name if not self.is_comment else f"t3_{found[1]}" if found else "")

    def words(self) -> str:
        """Return title and text as people see them."""
        return words(self.body if self.is_comment else "\n".join(filter(None, [self.title, self.selftext])))

    def photos(self) -> tuple[Photo, ...]:
        """Return its pictures: those of a gallery or a text, or the one that it links to."""
        urls = [url for medium in (self.media_metadata or {}).values() if (url := _picture(medium))]
        if not urls and _PICTURE.search(self.url):
            urls = [self.url]
        return tuple(Photo(url=url) for url in urls)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads things for the account `me`, a name; "" for one that may only read."""

    me: str

    def page(self, children: Iterable[Any], where: str) -> tuple[list[Thing], list[Reject]]:
        """Read what can be read; the rest becomes rejects that say where in the page they stood."""
        good: list[Thing] = []
        rejects: list[Reject] = []
        for number, child in enumerate(children, 1):
            try:
                good.append(_thing(child))
            except (ValidationError, TypeError, KeyError) as error:
                at = f"{where}, item {number}"
                rejects.append(Reject(where=at, reason=_reason(error), payload=json.dumps(child)))
        return good, rejects

    def item(self, payload: str) -> Post:
        """Read one thing again, as it stands in a dead letter; raises Malformed."""
        try:
            return self.post(_thing(json.loads(payload)))
        except (ValueError, TypeError, KeyError) as error:
            raise Malformed(f"Reddit: the item cannot be read ({_reason(error)}).") from error

    def post(self, thing: Thing) -> Post:
        """Make the contract's value of one thing."""
        if thing.is_gone:
            return deleted(thing.name, thing.created_utc)
        handle = thing.author or ""
        is_own = handle.casefold() == self.me.casefold()
        reason = "" if is_own else self._cannot_reply_reason(thing)
        return Post(
            native_id=thing.name,
            author=Person(
                native_id=thing.author_fullname or f"u/{handle}",
                handle=handle,
                profile_url=f"{SITE}/user/{handle}",
            ),
            text=thing.words(),
            posted_at=thing.created_utc,
            kind="comment" if thing.is_comment else "post",
            url=SITE + (thing.permalink or thing.context.partition("?")[0]),
            parent_id=thing.parent_id or "",
            thread_id=thing.link or thing.name,
            edited_at=None if isinstance(thing.edited, bool) else datetime.fromtimestamp(thing.edited, UTC),
            reactions=max(thing.score, 0),
            shares=max(thing.num_crossposts, 0),
            photos=thing.photos(),
            can_reply=not reason,
            cannot_reply_reason=reason,
            is_own=is_own,
        )

    def _cannot_reply_reason(self, thing: Thing) -> str:
        if not self.me:
            return READ_ONLY
        return CLOSED if thing.locked or thing.archived else ""


def deleted(native_id: str, posted_at: datetime) -> Post:
    """Make the value that stands for a post which is gone."""
    return Post(native_id=native_id, author=NOBODY, text="", posted_at=posted_at, deleted=True)


def children_of(replies: Any) -> list[Any]:
    """Return what stands directly below a thing, its `replies` being a listing, or "" for nothing."""
    data = replies.get("data") if isinstance(replies, dict) else None
    children = data.get("children") if isinstance(data, dict) else None
    return children if isinstance(children, list) else []


def kind_of(child: Any) -> str:
    """Return "t1", "t3", or "more" for comments that a page leaves out; "" for what has no kind."""
    return str(child.get("kind", "")) if isinstance(child, dict) else ""


def _thing(child: Any) -> Thing:
    thing = Thing.model_validate(child["data"])
    if not isinstance(thing.edited, bool):
        datetime.fromtimestamp(thing.edited, UTC)
    return thing


def _picture(medium: Any) -> str:
    source = medium.get("s") if isinstance(medium, dict) and medium.get("e") == "Image" else None
    url = source.get("u") if isinstance(source, dict) else None
    return url if isinstance(url, str) else ""


def _reason(error: Exception) -> str:
    return reason(error) if isinstance(error, ValidationError) else f"{type(error).__name__}: {error}"
