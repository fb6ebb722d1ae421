"""YouTube as the contract knows it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from listeners.contract import (
    Allowance,
    Call,
    Health,
    Network,
    OutgoingReply,
    Page,
    Person,
    Post,
    Price,
    Receipt,
    Reject,
)
from listeners.exceptions import (
    Gone,
    InputError,
    Malformed,
    OutcomeUnknown,
    Refused,
)
from listeners.networks import absence
from listeners.networks.allowances import allowance_key
from listeners.networks.extras import load
from listeners.networks.google.faults import next_day
from listeners.networks.google.login import google_rest
from listeners.networks.health import health
from listeners.networks.rest import BadRequest
from listeners.networks.shapes import ids_of, read_each, read_raw, reason
from listeners.networks.texts import same_text
from listeners.networks.window import Window
from listeners.networks.youtube.needs import NEEDS
from listeners.networks.youtube.shapes import Comment, Endless, Reader, Thread

if TYPE_CHECKING:
    from listeners.networks.youtube.api import Api

HOST = "youtube.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
PAGE_SIZE = 100
MOST_IDS = 50
OVERLAP = timedelta(days=7)
"""How long after a thread began its new answers are seen, since threads are listed by their first comment."""
FIRST_LOOK = timedelta(days=30)
"""How far back a new source reads."""
MOST_READINGS = 200
"""After how many calls for one page its other threads are taken with the answers that came along."""
READS_A_DAY = 5_000
"""Half of the 10,000 units that Google gives a project a day: the others are for replies."""
UNITS_FOR_REPLIES = 5_000
REPLY_COSTS = 50
_ID = re.compile(r"[\w-]{1,120}(\.[\w-]{1,120})?", re.ASCII)


class YouTube(Network):
    """The comments on one channel and its videos.

    Query: the channel's id, which begins with UC. Settings: `base_url`, `timeout_s` (15), `page_size`
    (100). Secrets: `client_id`, `client_secret` and `refresh_token` of the channel's own account.
    YouTube has threads of one level: an answer to an answer stands below the first comment.
    """

    name, label, max_length = "youtube", "YouTube", 10_000
    needs = NEEDS
    can_send = True
    poll_seconds = 600.0

    def fetch(self, cursor: str) -> Page:
        """Read one page of threads with all their answers, those begun last first."""
        now, api = self.clock(), self._api()
        window = Window.read(cursor, beginning=now - FIRST_LOOK)
        try:
            raw, token = api.threads(self._channel, window.token, self._size)
        except BadRequest as refusal:
            window = window.restarted(refusal, now=now)
            raw, token = api.threads(self._channel, "", self._size)
        if token and token == window.token:
            raise Malformed("YouTube: a page names itself as the next one.")
        posts, rejects = self._threads(api, raw)
        begun = [post.posted_at for post in posts if not post.parent_id]
        after = window.after(begun, token, overlap=OVERLAP, now=now)
        return Page(
            posts=tuple(reversed(posts)),
            cursor=after.write(),
            more=bool(after.token),
            rejects=tuple(rejects),
            allowance=self._allowance(),
            further_calls=api.readings - 1,
        )

    def read(self, payload: str) -> Post:
        """Read one raw item again, as it stands in a dead letter; raises Malformed."""
        return read_raw(payload, self._reader.item, label=self.label)

    def recheck(self, native_ids: Sequence[str]) -> list[Post]:
        """Read comments again; those that YouTube leaves out are gone."""
        api = self._api()
        starts = range(0, len(native_ids), MOST_IDS)
        items = [item for start in starts for item in api.comments(native_ids[start : start + MOST_IDS])]
        shown = ids_of(items, "id")
        gone = [self._deleted(native_id) for native_id in native_ids if native_id not in shown]
        return [*read_each(items, self._reader.item)[0], *gone]

    def thread(self, mention_id: str) -> list[Post]:
        """Read a first comment and all its answers, oldest first."""
        api, thread_id = self._api(), _thread_of(mention_id)
        thread = self._read_thread(api, thread_id)
        answers, _ = read_each(api.answers(thread_id, self._size), self._answer_of(thread))
        by_id = {post.native_id: post for post in [self._reader.top(thread), *answers]}
        return sorted(by_id.values(), key=lambda post: (post.posted_at, bool(post.parent_id)))

    def send(self, reply: OutgoingReply) -> Receipt:
        """Post one reply."""
        if not reply.text.strip():
            raise Refused("YouTube: a reply needs a text.")
        if (length := self.length(reply.text)) > self.max_length:
            raise Refused(f"YouTube: the text has {length} of {self.max_length} characters.")
        told = self._api().reply(_thread_of(reply.mention_id), reply.text)
        try:
            posted = self._reader.post(Comment.model_validate(told))
        except ValidationError as error:
            raise OutcomeUnknown(f"YouTube took a reply, but: {reason(error)}") from error
        return replace(_receipt(posted), allowance=self._allowance_for_replies())

    def find_sent(self, reply: OutgoingReply) -> Receipt | None:
        """Look through all answers of the thread for the same words of ours.

        Raises OutcomeUnknown when YouTube shows fewer answers than it counts, Unavailable when it is too
        early for a proof.
        """
        try:
            api, thread_id = self._api(), _thread_of(reply.mention_id)
            thread = self._read_thread(api, thread_id)
            answers, rejects = read_each(api.answers(thread_id, self._size), self._answer_of(thread))
        except (Malformed, Gone, Refused) as error:
            raise OutcomeUnknown(f"YouTube: the thread cannot be read: {error}") from error
        for post in answers:
            is_ours = post.is_own and same_text(post.text, reply.text)
            if is_ours and absence.may_be(reply, native_id=post.native_id, at=post.posted_at):
                return _receipt(post)
        if rejects or len(answers) < thread.snippet.total:
            raise OutcomeUnknown(f"YouTube shows {len(answers)} of {thread.snippet.total} answers.")
        return absence.settled(reply, label=self.label, now=self.clock())

    def check(self) -> Health:
        """Read the channel's newest thread."""
        return health(self.label, lambda: self._api().threads(self._channel, "", 1))

    def allowance_key(self) -> str:
        """Name what all readings with the same log-in share."""
        return allowance_key(self.name, self.account, "units")

    def prices(self, call: Call) -> tuple[Price, ...]:
        """Take replies out of the half of the day's units that is kept for them."""
        if call == "look":
            return super().prices(call)
        return (Price(self._allowance_for_replies().key, REPLY_COSTS),)

    def _api(self) -> Api:
        module = load("listeners.networks.youtube.api", extra="google")
        timeout_s = float(self.account.settings.get("timeout_s", 15.0))
        api: Api = module.Api(google_rest(self, host=HOST, scope=SCOPE, timeout_s=timeout_s))
        return api

    @property
    def _channel(self) -> str:
        channel = self.account.query.strip()
        if not re.fullmatch(r"UC[\w-]{22}", channel, re.ASCII):
            raise InputError(f"YouTube needs a channel's id, UC and 22 more characters, not {channel!r}.")
        return channel

    @property
    def _reader(self) -> Reader:
        return Reader(self._channel)

    @property
    def _size(self) -> int:
        return min(max(int(self.account.settings.get("page_size", PAGE_SIZE)), 1), PAGE_SIZE)

    def _threads(self, api: Api, raw: Sequence[Any]) -> tuple[list[Post], list[Reject]]:
        """Read threads and their answers, which come only in part with those that have many."""
        posts, rejects = read_each(raw, self._reader.item)
        for item in raw:
            try:
                thread = Thread.model_validate(item)
            except ValidationError:
                continue
            comments, unread = _below(api, thread)
            answers, unreadable = read_each(comments, self._answer_of(thread))
            posts, rejects = [*posts, *answers], [*rejects, *unreadable]
            if unread:
                where = f"answers of {thread.id}"
                rejects.append(Reject(where=where, reason=unread, payload=json.dumps(item)))
        return posts, rejects

    def _answer_of(self, thread: Thread) -> Callable[[Any], Post]:
        return lambda raw: self._reader.answer(raw, of=thread)

    def _read_thread(self, api: Api, thread_id: str) -> Thread:
        found = api.thread(thread_id)
        if not found:
            raise Gone("YouTube has no such comment any more.")
        try:
            return Thread.model_validate(found[0])
        except ValidationError as error:
            raise Malformed(f"YouTube's thread cannot be read: {reason(error)}") from error

    def _deleted(self, native_id: str) -> Post:
        nobody = Person(native_id="deleted", handle="")
        return Post(native_id=native_id, author=nobody, text="", posted_at=self.clock(), deleted=True)

    def _allowance(self) -> Allowance:
        """Count by Google's day: this call is one of its units, what others took is in the budget."""
        resets_at = next_day(self.clock())
        return Allowance(
            key=self.allowance_key(), limit=READS_A_DAY, left=READS_A_DAY - 1, resets_at=resets_at
        )

    def _allowance_for_replies(self) -> Allowance:
        """Count replies by Google's day, this one among them."""
        return Allowance(
            key=allowance_key(self.name, self.account, "units for replies"),
            limit=UNITS_FOR_REPLIES,
            left=UNITS_FOR_REPLIES - REPLY_COSTS,
            resets_at=next_day(self.clock()),
        )


def _below(api: Api, thread: Thread) -> tuple[list[Any], str]:
    """Read a thread's answers, which come only in part with it; returns also why some stay unread."""
    found = thread.replies.comments
    if thread.is_whole:
        return found, ""
    if api.readings >= MOST_READINGS:
        return found, f"YouTube: {MOST_READINGS} calls were made for one page; other answers are unread."
    found = []
    try:
        for answer in api.answers(thread.id):
            found.append(answer)
    except Endless as fault:
        return found, str(fault)
    return found, ""


def _thread_of(comment_id: str) -> str:
    """Return the id of a comment's thread, which stands before the point; raises Gone for what is no id."""
    if not _ID.fullmatch(comment_id):
        raise Gone("YouTube has no such comment.")
    return comment_id.partition(".")[0]


def _receipt(post: Post) -> Receipt:
    return Receipt(native_id=post.native_id, posted_at=post.posted_at, url=post.url)
