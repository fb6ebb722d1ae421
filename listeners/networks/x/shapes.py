"""X's documented JSON, checked post by post, as the contract's values."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listeners.contract import Person, Photo, Post, Reject
from listeners.exceptions import Malformed
from listeners.networks.shapes import Time, reason
from listeners.networks.x.cursor import time_of

NOT_ENGAGED = gettext_noop("X lets you answer only those who mentioned or quoted you; answer by hand on X.")
READ_ONLY = gettext_noop("This source may only read X; answer by hand on X.")
_LANGUAGES = {"in": "id", "iw": "he"}
_NO_LANGUAGE = re.compile(r"und|art|q..|zxx")
Id = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]
_M = TypeVar("_M", bound=BaseModel)


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Reference(_Shape):
    """Another post: "replied_to", "quoted" or "retweeted"."""

    type: str
    id: Id


class Address(_Shape):
    """An address of t.co in a text and what it stands for."""

    url: str
    expanded_url: str = ""
    media_key: str = ""


class Mentioned(_Shape):
    """An account that a text names."""

    id: str = ""


class Entities(_Shape):
    """What X found in a text."""

    urls: list[Address] = []
    mentions: list[Mentioned] = []


class Note(_Shape):
    """The full text of a long post."""

    text: str
    entities: Entities = Entities()

    def words(self) -> str:
        """Return the text as people see it: real addresses, no markup, no links to its own media."""
        text = self.text
        for address in self.entities.urls:
            is_media = address.media_key or re.search(
                r"/(?:photo|video|messages/media)/\d+$", address.expanded_url
            )
            text = text.replace(address.url, "" if is_media else address.expanded_url or address.url)
        return html.unescape(text).strip()


class Attachments(_Shape):
    """Pictures and films of a post."""

    media_keys: list[str] = []


class Tweet(_Shape):
    """One version of a post."""

    id: Id
    text: str
    author_id: Id
    created_at: Time
    conversation_id: str = ""
    lang: str = ""
    public_metrics: dict[str, int] = {}
    referenced_tweets: list[Reference] = []
    attachments: Attachments = Attachments()
    edit_history_tweet_ids: list[Id] = []
    entities: Entities = Entities()
    note_tweet: Note | None = None

    @property
    def first_id(self) -> str:
        """The id of the first version, under which a post is known for ever."""
        return self.edit_history_tweet_ids[0] if self.edit_history_tweet_ids else self.id

    def referenced(self, kind: str) -> str:
        """Return the id of the post that this one refers to, "" for none."""
        return next((other.id for other in self.referenced_tweets if other.type == kind), "")

    def words(self) -> str:
        """Return the whole text, as `Note.words`."""
        return (self.note_tweet or Note(text=self.text, entities=self.entities)).words()


class Message(Note):
    """A direct message; `id` holds its time, as that of a post."""

    id: Id
    sender_id: Id
    dm_conversation_id: str = Field(pattern=r"^[0-9-]{1,50}$")
    attachments: Attachments = Attachments()


class User(_Shape):
    """An account."""

    id: Id
    username: str
    name: str = ""
    created_at: Time | None = None
    public_metrics: dict[str, int] = {}


class Medium(_Shape):
    """A picture, or a film with its still."""

    media_key: str
    url: str = ""
    preview_image_url: str = ""
    alt_text: str = ""


@dataclass(frozen=True, slots=True)
class Includes:
    """What the posts of a page refer to, by id."""

    users: dict[str, User] = field(default_factory=dict)
    media: dict[str, Medium] = field(default_factory=dict)
    tweets: dict[str, Tweet] = field(default_factory=dict)

    @classmethod
    def read(cls, raw: Any) -> Includes:
        """Read what can be read; a post lives without the rest."""
        raw = raw if isinstance(raw, dict) else {}
        return cls(
            {user.id: user for user in _readable(User, raw.get("users"))},
            {medium.media_key: medium for medium in _readable(Medium, raw.get("media"))},
            {tweet.id: tweet for tweet in _readable(Tweet, raw.get("tweets"))},
        )


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes the contract's values for the account `me`, "" for one that may only read.

    `answers_all` says that X does not hold it to the rule about whom it may answer.
    """

    me: str
    answers_all: bool = False

    def page(self, body: dict[str, Any]) -> tuple[list[Post], list[Reject]]:
        """Read a page; of a retweet only the original counts, with the reach that it has now."""
        raw = body.get("data", [])
        if not isinstance(raw, list) or not ("data" in body or "meta" in body):
            raise Malformed("X sent a page without its list of posts.")
        includes = Includes.read(body.get("includes"))
        posts: list[Post] = []
        rejects: list[Reject] = []
        for number, item in enumerate(raw, 1):
            try:
                tweet = Tweet.model_validate(item)
            except ValidationError as error:
                rejects.append(
                    Reject(where=f"item {number}", reason=reason(error), payload=payload_of(item, body))
                )
            else:
                original = includes.tweets.get(tweet.referenced("retweeted"))
                if original or not tweet.referenced("retweeted"):
                    posts.append(self.post(original or tweet, includes))
        return posts, rejects

    def item(self, payload: str) -> Post:
        """Read one item of a page again, as it stands in a dead letter; raises Malformed."""
        try:
            raw = json.loads(payload)
            return self.post(Tweet.model_validate(raw["data"]), Includes.read(raw.get("includes")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Malformed(f"X: the item cannot be read ({error}).") from error

    def post(self, tweet: Tweet, includes: Includes) -> Post:
        """Make the contract's value of one post."""
        is_own = tweet.author_id == self.me
        reason = "" if is_own else self._cannot_reply_reason(tweet, includes)
        is_edited = tweet.first_id != tweet.id
        author = person_of(tweet.author_id, includes.users.get(tweet.author_id))
        parent_id = tweet.referenced("replied_to")
        return Post(
            native_id=tweet.first_id,
            author=author,
            text=tweet.words(),
            posted_at=time_of(int(tweet.first_id)) if is_edited else tweet.created_at,
            kind="comment" if parent_id else "post",
            url=f"https://x.com/{author.handle or 'i'}/status/{tweet.id}",
            language=_language(tweet.lang),
            parent_id=parent_id,
            thread_id=tweet.conversation_id or tweet.first_id,
            quoted_id=tweet.referenced("quoted"),
            edited_at=tweet.created_at if is_edited else None,
            reactions=tweet.public_metrics.get("like_count", 0),
            shares=sum(tweet.public_metrics.get(f"{way}_count", 0) for way in ("retweet", "quote")),
            photos=photos_of(tweet.attachments.media_keys, includes),
            can_reply=not reason,
            cannot_reply_reason=reason,
            is_own=is_own,
        )

    def _cannot_reply_reason(self, tweet: Tweet, includes: Includes) -> str:
        """Say why X would refuse a reply: since February 2026 it takes few that are not asked for."""
        if not self.me:
            return READ_ONLY
        quoted = includes.tweets.get(tweet.referenced("quoted"))
        entities = [tweet.entities, *([tweet.note_tweet.entities] if tweet.note_tweet else [])]
        named = any(other.id == self.me for each in entities for other in each.mentions)
        is_engaged = named or (quoted is not None and quoted.author_id == self.me)
        return "" if is_engaged or self.answers_all else NOT_ENGAGED


def deleted(native_id: str) -> Post:
    """Make the value that stands for a post which is gone."""
    nobody = Person(native_id="deleted", handle="")
    return Post(native_id=native_id, author=nobody, text="", posted_at=time_of(int(native_id)), deleted=True)


def person_of(native_id: str, user: User | None) -> Person:
    """Return an account, known by its id only where X does not tell more."""
    if user is None:
        return Person(native_id=native_id, handle="")
    return Person(
        native_id=native_id,
        handle=user.username,
        name=user.name,
        followers=user.public_metrics.get("followers_count"),
        profile_url=f"https://x.com/{user.username}",
        joined_at=user.created_at,
    )


def photos_of(keys: Iterable[str], includes: Includes) -> tuple[Photo, ...]:
    """Return the pictures with these keys that X tells of."""
    found = [includes.media[key] for key in keys if key in includes.media]
    return tuple(
        Photo(url=url, alt=medium.alt_text)
        for medium in found
        if (url := medium.url or medium.preview_image_url)
    )


def _language(tag: str) -> str:
    return "" if _NO_LANGUAGE.fullmatch(tag) else _LANGUAGES.get(tag, tag)


def payload_of(item: Any, body: dict[str, Any]) -> str:
    """Keep an item with those of the page's users and media that it names."""
    known, told = body.get("includes"), json.dumps(item)
    needed = {
        kind: [one for one in known.get(kind) or [] if isinstance(one, dict) and str(one.get(key)) in told]
        for kind, key in (("users", "id"), ("media", "media_key"))
        if isinstance(known, dict)
    }
    return json.dumps({"data": item, "includes": needed})


def _readable(kind: type[_M], raw: Any) -> Iterable[_M]:
    for item in raw if isinstance(raw, list) else []:
        try:
            yield kind.model_validate(item)
        except ValidationError:
            continue
