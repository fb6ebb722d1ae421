"""YouTube's documented JSON of comments, as the contract's values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from django.utils.translation import gettext_noop
from pydantic import Field

from listeners.contract import Person, Post
from listeners.exceptions import Malformed
from listeners.networks.shapes import Shape, Time

CLOSED = gettext_noop("YouTube takes no answers to this comment.")
Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_.-]{1,200}$")]


class Endless(Malformed):
    """Raised when a thread has more answers than are read."""


class Channel(Shape):
    """A channel's id."""

    value: str = Field(min_length=1)


class Words(Shape):
    """What an account wrote; accounts that are gone have no channel any more."""

    name: str = Field(default="", alias="authorDisplayName")
    address: str = Field(default="", alias="authorChannelUrl")
    channel: Channel | None = Field(default=None, alias="authorChannelId")
    video: str = Field(default="", alias="videoId")
    text: str = Field(alias="textDisplay")
    parent: str = Field(default="", alias="parentId")
    likes: Annotated[int, Field(ge=0)] = Field(default=0, alias="likeCount")
    published_at: Time = Field(alias="publishedAt")
    updated_at: Time | None = Field(default=None, alias="updatedAt")


class Comment(Shape):
    """One comment."""

    id: Id
    snippet: Words


class About(Shape):
    """What is said of a thread; `total` counts its answers."""

    can_reply: bool = Field(default=True, alias="canReply")
    total: Annotated[int, Field(ge=0)] = Field(default=0, alias="totalReplyCount")
    video: str = Field(default="", alias="videoId")
    top: Comment = Field(alias="topLevelComment")


class Answers(Shape):
    """Some of a thread's answers, unread: one that cannot be read must not spoil the others."""

    comments: list[Any] = []


class Thread(Shape):
    """A comment with some of its answers."""

    id: Id
    snippet: About
    replies: Answers = Answers()

    @property
    def is_whole(self) -> bool:
        """Whether all answers came along."""
        return len(self.replies.comments) >= self.snippet.total


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes the contract's values for the channel `me`."""

    me: str

    def top(self, thread: Thread) -> Post:
        """Make the value of a thread's first comment."""
        return self.post(thread.snippet.top, video=thread.snippet.video, can_reply=thread.snippet.can_reply)

    def item(self, raw: Any) -> Post:
        """Read a thread's first comment, or a single comment; raises ValidationError."""
        snippet = raw.get("snippet") if isinstance(raw, dict) else None
        if isinstance(snippet, dict) and "topLevelComment" in snippet:
            return self.top(Thread.model_validate(raw))
        return self.post(Comment.model_validate(raw))

    def answer(self, raw: Any, *, of: Thread) -> Post:
        """Read one answer of a thread; raises ValidationError."""
        about = of.snippet
        return self.post(
            Comment.model_validate(raw), video=about.video, can_reply=about.can_reply, parent=of.id
        )

    def post(self, comment: Comment, *, video: str = "", can_reply: bool = True, parent: str = "") -> Post:
        """Make the contract's value of one comment; its thread's id stands before the point in its own."""
        words = comment.snippet
        parent_id = words.parent or parent
        thread_id = parent_id or comment.id.partition(".")[0]
        return Post(
            native_id=comment.id,
            author=_person(words),
            text=words.text.strip(),
            posted_at=words.published_at,
            edited_at=_edited(words),
            kind="comment",
            url=self.address(comment.id, words.video or video),
            parent_id=parent_id,
            thread_id=thread_id,
            reactions=words.likes,
            can_reply=can_reply,
            cannot_reply_reason="" if can_reply else CLOSED,
            is_own=words.channel is not None and words.channel.value == self.me,
        )

    def address(self, comment_id: str, video: str) -> str:
        """Return where people read a comment; one without a video stands on the channel's own page."""
        if not video:
            return f"https://www.youtube.com/channel/{self.me}/discussion?lc={comment_id}"
        return f"https://www.youtube.com/watch?v={video}&lc={comment_id}"


def _edited(words: Words) -> datetime | None:
    is_edited = words.updated_at is not None and words.updated_at > words.published_at
    return words.updated_at if is_edited else None


def _person(words: Words) -> Person:
    handle = words.name.removeprefix("@") if words.name.startswith("@") else ""
    return Person(
        native_id=words.channel.value if words.channel else f"gone-{words.name}",
        handle=handle,
        name="" if handle else words.name,
        profile_url=words.address,
    )
