"""Networks of reviews: stars, and at most one answer to each, which a second one would replace."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_noop

from listeners.contract import Allowance, Health, Network, OutgoingReply, Page, Person, Post, Receipt, Reject
from listeners.exceptions import Gone, Malformed, OutcomeUnknown, Refused
from listeners.networks import absence
from listeners.networks.health import health
from listeners.networks.rest import BadRequest
from listeners.networks.shapes import read_raw
from listeners.networks.texts import same_text
from listeners.networks.window import Window

ANSWERED = gettext_noop("This review has an answer, which a new one would replace; change it by hand there.")
FIRST_LOOK = timedelta(days=30)
"""How far back a new source reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of reviews, what could not be read of it, and the token of the next."""

    posts: list[Post]
    rejects: list[Reject]
    token: str
    allowance: Allowance | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """One review as it stands, and the brand's answer to it."""

    post: Post
    answer: Post | None


def reviewer(review_id: str, name: str | None) -> Person:
    """Make the author of a review that shows just a name, which is not unique: known by the review."""
    return Person(native_id=review_id, handle=name or "", name=name or "")


class Reviews(Network):
    """A network of reviews, listed with what changed last first.

    An answer overwrites the one before. So `send` reads the review first and writes only below one that
    has none: the same reply sent twice stands once, and nobody's words are lost. Between the two calls a
    person may still answer by hand; no such network offers a way to forbid that.
    """

    can_send = True
    poll_seconds = 900.0
    overlap: ClassVar[timedelta] = timedelta(days=3)
    """How late a review may appear with an earlier date, since people look at many before they are shown."""
    page_size: ClassVar[int]
    """The most reviews that the network lists at once."""

    @abstractmethod
    def _listed(self, token: str, size: int) -> Listed:
        """Read one page."""

    @abstractmethod
    def _review(self, native_id: str) -> Review:
        """Read one review as it stands; raises Gone."""

    @abstractmethod
    def _answer(self, reply: OutgoingReply) -> Post:
        """Write an answer and return it; raises as `send`."""

    @abstractmethod
    def _read_item(self, item: Any) -> Post:
        """Read one item of a page; raises pydantic's ValidationError."""

    def fetch(self, cursor: str) -> Page:
        """Read one page of what changed since the last time and, by some days, before."""
        now = self.clock()
        window = Window.read(cursor, beginning=now - FIRST_LOOK)
        try:
            listed = self._listed(window.token, self._size)
        except BadRequest as refusal:
            window = window.restarted(refusal, now=now)
            listed = self._listed("", self._size)
        if listed.token and listed.token == window.token:
            raise Malformed(f"{self.label}: a page names itself as the next one.")
        times = [post.edited_at or post.posted_at for post in listed.posts]
        after = window.after(times, listed.token, overlap=self.overlap, now=now)
        return Page(
            posts=tuple(reversed(listed.posts)),
            cursor=after.write(),
            more=bool(after.token),
            rejects=tuple(listed.rejects),
            allowance=listed.allowance,
        )

    def read(self, payload: str) -> Post:
        """Read one raw item again, as it stands in a dead letter; raises Malformed."""
        return read_raw(payload, self._read_item, label=self.label)

    def recheck(self, native_ids: Sequence[str]) -> list[Post]:
        """Read reviews again, one by one; what is not there any more was deleted."""
        again = [self._again(native_id) for native_id in native_ids]
        if any(post.deleted for post in again):
            # Of a place that is gone, or no longer ours to read, each review would look deleted.
            self._listed("", 1)
        return again

    def thread(self, mention_id: str) -> list[Post]:
        """Read one review and the brand's answer to it."""
        review = self._review(mention_id)
        return [review.post, *([review.answer] if review.answer else [])]

    def send(self, reply: OutgoingReply) -> Receipt:
        """Answer a review that has no answer."""
        if not reply.text.strip():
            raise Refused(f"{self.label}: a reply needs a text.")
        if self.max_length is not None and (length := self.length(reply.text)) > self.max_length:
            raise Refused(f"{self.label}: the text has {length} of {self.max_length} characters.")
        standing = self._review(reply.mention_id).answer
        if standing and _is_that(standing, reply):
            raise OutcomeUnknown(f"{self.label}: these words stand there already.")
        if standing:
            raise Refused(f"{self.label}: {ANSWERED}")
        return _receipt(self._answer(reply))

    def find_sent(self, reply: OutgoingReply) -> Receipt | None:
        """Look at the review's answer; without the review, nobody can tell.

        Raises OutcomeUnknown when it cannot be read, Unavailable when it is too early for a proof.
        """
        try:
            standing = self._review(reply.mention_id).answer
        except (Malformed, Gone, Refused) as error:
            raise OutcomeUnknown(f"{self.label}: the review cannot be read: {error}") from error
        if standing and _is_that(standing, reply):
            return _receipt(standing)
        return absence.settled(reply, label=self.label, now=self.clock())

    def check(self) -> Health:
        """Read a page of the reviews."""
        return health(self.label, lambda: self._listed("", self._size))

    @property
    def _size(self) -> int:
        return min(max(int(self.account.settings.get("page_size", self.page_size)), 1), self.page_size)

    @property
    def _timeout_s(self) -> float:
        return float(self.account.settings.get("timeout_s", 15.0))

    def _again(self, native_id: str) -> Post:
        try:
            return self._review(native_id).post
        except Gone:
            nobody = Person(native_id="deleted", handle="")
            return Post(native_id=native_id, author=nobody, text="", posted_at=self.clock(), deleted=True)


def _receipt(answer: Post) -> Receipt:
    return Receipt(native_id=answer.native_id, posted_at=answer.posted_at, url=answer.url)


def _is_that(answer: Post, reply: OutgoingReply) -> bool:
    since = absence.since(reply)
    return same_text(answer.text, reply.text) and (since is None or answer.posted_at >= since)
