"""Bluesky's documented JSON, checked post by post, as the contract's values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_noop
from pydantic import Field, ValidationError

from listeners.contract import Person, Photo, Post, Reject
from listeners.exceptions import Malformed
from listeners.networks.shapes import Shape, Time, read_each, read_raw, reason

NOT_ALLOWED = gettext_noop(
    "Its author does not let this account answer; Bluesky would refuse it by hand too."
)
HEARD = ("mention", "reply", "quote")
"""Notifications that stand for a post to the account."""
_LINK = "app.bsky.richtext.facet#link"


class Ref(Shape):
    """Another post, in the version meant."""

    uri: str = Field(pattern=r"^at://\S{1,500}$")
    cid: str = ""


class Answered(Shape):
    """What a post answers, and what its conversation began with."""

    parent: Ref
    root: Ref


class Record(Shape):
    """What an author wrote; its time is what they say."""

    text: str
    created_at: str = Field(default="", alias="createdAt")
    langs: list[str] | None = None
    reply: Answered | None = None
    facets: list[Any] | None = None

    def words(self) -> str:
        """Return the text with whole addresses where the author's app showed them shortened."""
        text = self.text.encode()
        for start, end, url in sorted(_links(self.facets or []), reverse=True):
            if text[start:end].decode("utf-8", "replace").endswith(("...", "…")):
                text = text[:start] + url.encode() + text[end:]
        return text.decode("utf-8", "replace")


class Author(Shape):
    """An account."""

    did: str = Field(pattern=r"^did:\S{1,200}$")
    handle: str
    display_name: str | None = Field(default=None, alias="displayName")
    created_at: Time | None = Field(default=None, alias="createdAt")

    def person(self) -> Person:
        """Make the contract's value; an invalid handle is shown by Bluesky in these words too."""
        return Person(
            native_id=self.did,
            handle=self.handle,
            name=self.display_name or "",
            profile_url=f"https://bsky.app/profile/{self.did}",
            joined_at=self.created_at,
        )


class Viewer(Shape):
    """What the account that looks may do."""

    reply_disabled: bool | None = Field(default=None, alias="replyDisabled")


class PostView(Ref):
    """One post as it is shown."""

    author: Author
    record: Record
    indexed_at: Time = Field(alias="indexedAt")
    embed: Any = None
    likes: int = Field(default=0, alias="likeCount")
    reposts: int = Field(default=0, alias="repostCount")
    quotes: int = Field(default=0, alias="quoteCount")
    viewer: Viewer = Viewer()


class Notification(Ref):
    """What the account is told of: only where the post stands and why."""

    reason: str
    indexed_at: Time = Field(alias="indexedAt")


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes the contract's values for the account `me`."""

    me: str

    def page(self, items: Sequence[Any]) -> tuple[list[Post], list[Reject]]:
        """Read posts one by one."""
        return read_each(items, self._read)

    def item(self, payload: str) -> Post:
        """Read one item of a page again, as it stands in a dead letter; raises Malformed."""
        return read_raw(payload, self._read, label="Bluesky")

    def _read(self, item: Any) -> Post:
        view = PostView.model_validate(item)
        answered = view.record.reply
        is_barred = bool(view.viewer.reply_disabled)
        key = view.uri.rpartition("/")[2]
        return Post(
            native_id=view.uri,
            author=view.author.person(),
            text=view.record.words(),
            posted_at=_posted_at(view),
            kind="comment" if answered else "post",
            url=f"https://bsky.app/profile/{view.author.did}/post/{key}",
            language=(view.record.langs or [""])[0],
            parent_id=answered.parent.uri if answered else "",
            thread_id=answered.root.uri if answered else view.uri,
            quoted_id=quoted(item),
            reactions=view.likes,
            shares=view.reposts + view.quotes,
            photos=tuple(_photos(view.embed)),
            can_reply=not is_barred,
            cannot_reply_reason=NOT_ALLOWED if is_barred else "",
            is_own=view.author.did == self.me,
        )


def told(items: Sequence[Any]) -> tuple[list[Notification], list[Reject]]:
    """Read notifications one by one, those that stand for posts; the others are left out."""
    good: list[Notification] = []
    rejects: list[Reject] = []
    for number, item in enumerate(items, 1):
        try:
            one = Notification.model_validate(item)
        except ValidationError as error:
            rejects.append(Reject(where=f"item {number}", reason=reason(error), payload=json.dumps(item)))
        else:
            good += [one] if one.reason in HEARD else []
    return good, rejects


def deleted(native_id: str) -> Post:
    """Make the value that stands for a post which is gone."""
    nobody = Person(native_id="deleted", handle="")
    return Post(
        native_id=native_id, author=nobody, text="", posted_at=datetime.fromtimestamp(0, UTC), deleted=True
    )


def flat(thread: Any) -> list[Any]:
    """List the posts of a thread, which stand inside one another; what is gone or blocked is left out."""
    found: list[Any] = []
    waiting = [thread]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found += [node["post"]] if isinstance(node.get("post"), dict) else []
            replies = node.get("replies")
            waiting += [node.get("parent"), *(replies if isinstance(replies, list) else [])]
    return found


def quoted(item: Any) -> str:
    """Return the id of the post that one quotes, "" for none."""
    embed = item.get("embed") if isinstance(item, dict) else None
    record = embed.get("record") if isinstance(embed, dict) else None
    inner = record.get("record", record) if isinstance(record, dict) else None
    uri = inner.get("uri") if isinstance(inner, dict) else None
    return uri if isinstance(uri, str) and "/app.bsky.feed.post/" in uri else ""


def next_token(body: dict[str, Any]) -> str:
    """Return the token of the next page, "" after the last; raises Malformed for one that is none."""
    token = body.get("cursor")
    if token is not None and not (isinstance(token, str) and len(token) <= 1000 and "://" not in token):
        raise Malformed("Bluesky's token of the next page is none; it may lead to another host.")
    return token or ""


def _posted_at(view: PostView) -> datetime:
    """Take the author's word for an earlier time, so that old posts stay old, never for a later one."""
    try:
        said = datetime.fromisoformat(view.record.created_at)
        return min(said.astimezone(UTC), view.indexed_at) if said.tzinfo else view.indexed_at
    except (ValueError, OverflowError):
        return view.indexed_at


def _links(facets: Sequence[Any]) -> Iterator[tuple[int, int, str]]:
    """Yield where links stand, in bytes, and where they lead."""
    for facet in facets:
        try:
            start, end = int(facet["index"]["byteStart"]), int(facet["index"]["byteEnd"])
            links = [str(one["uri"]) for one in facet["features"] if one["$type"] == _LINK]
        except (KeyError, TypeError, ValueError):
            continue
        if links and 0 <= start < end:
            yield start, end, links[0]


def _photos(embed: Any) -> Iterator[Photo]:
    """Yield pictures, and the still of a film; a quoting post holds its own in `media`."""
    embed = embed if isinstance(embed, dict) else {}
    shown = embed["media"] if isinstance(embed.get("media"), dict) else embed
    images = shown.get("images")
    for image in images if isinstance(images, list) else []:
        if isinstance(image, dict) and isinstance(url := image.get("fullsize") or image.get("thumb"), str):
            yield Photo(url=url, alt=str(image.get("alt") or ""))
    if isinstance(still := shown.get("thumbnail"), str):
        yield Photo(url=still, alt=str(shown.get("alt") or ""))
