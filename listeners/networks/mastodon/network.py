"""Mastodon as the contract knows it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from listeners.contract import (
    Account,
    Call,
    Health,
    Network,
    OutgoingReply,
    Page,
    Post,
    Price,
    PrivateAnswers,
    Receipt,
)
from listeners.exceptions import (
    AuthFault,
    Gone,
    InputError,
    ListenerError,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.networks import absence
from listeners.networks.allowances import allowance_key
from listeners.networks.extras import load
from listeners.networks.mastodon.cursor import Cursor, Mark, marks_of, place
from listeners.networks.mastodon.length import LONGEST, WHOLE, counted_length, said
from listeners.networks.mastodon.needs import NEEDS
from listeners.networks.mastodon.shapes import HEARD, Reader, deleted, quoted
from listeners.networks.shapes import ids_of
from listeners.networks.streaming import Stream, Streaming
from listeners.networks.texts import same_text

if TYPE_CHECKING:
    from listeners.networks.mastodon.api import Api

PAGE_SIZE = 40
FIRST_LOOK = timedelta(days=7)
"""How far back a new source is read."""
DEEPEST_LOOK = 500
MENTIONS = ("", "mentions")
READ_AGAIN_AT_ONCE = 20
MOST_IN_CONTEXT = 4000
"""From how many posts on a server may have left out some of a conversation; it shows 4,096 answers."""
_TAG = re.compile(r"#(\w+)")


class Mastodon(Network, Streaming):
    """One hashtag, one search, or the mentions of the account, as its server sees them.

    Query: `mentions` (or nothing) for posts that name or quote the account, `#tag`, else words for the
    server's search, which many servers limit to people who agreed to be found. Settings: `base_url` (needed,
    the account's server), `timeout_s` (15), `page_size` (40), `stream` (true to be told of posts at once too;
    not of a search), `silence_s` (30). Secret: `token`.
    """

    name, label, max_length = "mastodon", "Mastodon", LONGEST
    needs = NEEDS
    can_send = True
    answers_privately = PrivateAnswers(max_length=LONGEST, length=counted_length)
    poll_seconds = 60.0
    finds_by_search = True

    def fetch(self, cursor: str) -> Page:
        """Read one page, newest first within a window that moves on when its last page was read."""
        at, api = Cursor.read(cursor), self._api()
        me = at.me or _id_of(api.me())
        items = self._listed(api, at)
        posts, rejects = Reader(me).page(items)
        moved, more = at.after(marks_of(items), earliest=self.clock() - FIRST_LOOK, me=me)
        return Page(
            posts=tuple(reversed(posts)),
            cursor=moved.write(),
            more=more,
            rejects=tuple(rejects),
            allowance=api.allowance,
        )

    def recheck(self, native_ids: Sequence[str]) -> list[Post]:
        """Read posts again: no list of Mastodon tells of deletions, and of edits only soon after."""
        api = self._api()
        reader = Reader(_id_of(api.me()))
        again: list[Post] = []
        for start in range(0, len(native_ids), READ_AGAIN_AT_ONCE):
            wanted = native_ids[start : start + READ_AGAIN_AT_ONCE]
            items = self._again(api, wanted)
            shown = ids_of(items, "id")
            again += reader.page(items)[0]
            again += [deleted(native_id) for native_id in wanted if native_id not in shown]
        return again

    def read(self, payload: str) -> Post:
        """Read one raw item again, as it stands in a dead letter; raises Malformed."""
        return Reader(_id_of(self._api().me())).item(payload)

    def thread(self, mention_id: str) -> list[Post]:
        """Read the conversation as far as this server knows it, and what the mention quotes."""
        api = self._api()
        mention = api.post(mention_id)
        items = [*quoted(mention), mention, *api.context(mention_id)]
        posts, _ = Reader(_id_of(api.me())).page(items)
        by_id = {post.native_id: post for post in posts}
        return sorted(by_id.values(), key=lambda post: (post.posted_at, place(post.native_id)))

    def send(self, reply: OutgoingReply) -> Receipt:
        """Post one reply to its author, no more public than what it answers.

        Raises as `Network.send`; within an hour the same key posts nothing more.
        """
        if not reply.text.strip():
            raise Refused("Mastodon: a reply needs a text.")
        if (length := self.length(reply.text)) > LONGEST:
            raise Refused(f"Mastodon: the text has {length} of {LONGEST} characters.")
        api = self._api(self._posts_key)
        text = _addressed(reply, api.host)
        if self.length(text) > WHOLE:
            raise Refused(f"Mastodon: with the name that it answers it has more than {WHOLE} characters.")
        posted = api.reply(
            text,
            to=reply.mention_id,
            visibility="direct" if _is_direct(reply) else "unlisted",
            language=reply.language,
            key=reply.key,
        )
        posts, rejects = Reader("").page([posted])
        if rejects:
            raise OutcomeUnknown(f"Mastodon took a reply, but its answer cannot be read: {rejects[0].reason}")
        return replace(_receipt(posts[0]), allowance=api.allowance)

    def find_sent(self, reply: OutgoingReply) -> Receipt | None:
        """Look through the account's own posts, newest first, back to `first_tried_at`.

        What only its addressee reads is looked for below what it answers, since servers do not count it.
        Raises OutcomeUnknown when they cannot be read back that far, Unavailable when it is too early.
        """
        api = self._api()
        since = absence.since(reply)
        try:
            if _is_direct(reply):
                return self._find_direct(api, reply) or absence.settled(
                    reply, label=self.label, now=self.clock()
                )
            me = api.me()
            seen, uncounted, oldest = 0, 0, ""
            for _ in range(DEEPEST_LOOK):
                posts, marks = self._own_page(api, _id_of(me), oldest)
                for post in posts:
                    if _is_that(post, reply):
                        return _receipt(post)
                if since and any(mark.at < since for mark in marks):
                    return absence.settled(reply, label=self.label, now=self.clock())
                if not marks:
                    break
                seen += len(marks)
                uncounted += sum(post.kind == "message" for post in posts)
                oldest = min(marks, key=lambda mark: mark.place).id
        except (Malformed, Gone, Refused) as error:
            raise OutcomeUnknown(f"Mastodon: the account's posts cannot be read: {error}") from error
        counted = me.get("statuses_count")
        # What only its addressee reads is listed, but not counted.
        if not isinstance(counted, int) or counted > seen - uncounted:
            raise OutcomeUnknown(
                f"Mastodon shows {seen} of the account's {counted} posts, none before {since}."
            )
        return absence.settled(reply, label=self.label, now=self.clock())

    def check(self) -> Health:
        """Ask who the account is and try the query."""
        try:
            api = self._api()
            me = api.me()
            if self.account.settings.get("stream"):
                self.stream_key()
            self._listed(api, Cursor(), size=1)
        except AuthFault as fault:
            return Health(ok=False, message="Mastodon refuses the token.", what_to_do=str(fault))
        except RateLimited as fault:
            return Health(ok=False, message=str(fault), what_to_do="Wait five minutes.")
        except Unavailable as fault:
            return Health(ok=False, message=str(fault), what_to_do="Try again in some minutes.")
        except ListenerError as fault:
            what_to_do = (
                "Mend the query or base_url, or give the application the scopes read and write:statuses."
            )
            return Health(ok=False, message=str(fault), what_to_do=what_to_do)
        return Health(ok=True, message=f"Mastodon answers as @{me.get('acct')}.")

    def allowance_key(self) -> str:
        """Name what all calls of an account share."""
        return allowance_key(self.name, self.account, "calls")

    def prices(self, call: Call) -> tuple[Price, ...]:
        """Take a reply out of the posts that a server allows in some hours, which it tells with each."""
        return (Price(self._posts_key),) if call == "send" else super().prices(call)

    @property
    def _posts_key(self) -> str:
        return allowance_key(self.name, self.account, "posts")

    def stream_key(self) -> str:
        """Name the stream of a hashtag, or that of what the account is told of."""
        query = self.account.query.strip()
        if query not in MENTIONS and not _TAG.fullmatch(query):
            raise InputError("Mastodon has streams of a hashtag and of mentions, none of a search.")
        about = hashlib.sha256(query.lower().encode()).hexdigest()[:12] if query not in MENTIONS else "me"
        return allowance_key(self.name, self.account, f"stream/{about}")

    def open_stream(self, accounts: Sequence[Account]) -> Stream:
        """Make the stream of a hashtag, or that of what the account is told of."""
        tag = _TAG.fullmatch(self.account.query.strip())
        stream: Stream = load("listeners.networks.mastodon.stream", extra="mastodon").MastodonStream(
            self.account,
            [account.source for account in accounts],
            tag=tag[1] if tag else "",
            clock=self.clock,
        )
        return stream

    @classmethod
    def length(cls, text: str) -> int:
        """Count as Mastodon does: addresses 23, accounts without their server."""
        return counted_length(text)

    def _api(self, key: str = "") -> Api:
        """Make calls whose allowance has this key, by default that of `fetch`."""
        module = load("listeners.networks.mastodon.api", extra="mastodon")
        api: Api = module.Api(self.account, clock=self.clock, allowance_key=key or self.allowance_key())
        return api

    @property
    def _page_size(self) -> int:
        return min(max(int(self.account.settings.get("page_size", PAGE_SIZE)), 1), PAGE_SIZE)

    def _listed(self, api: Api, at: Cursor, *, size: int = 0) -> list[Any]:
        """List what stands below `at.oldest`; a search is not told of `since`: servers read it two ways."""
        query = self.account.query.strip()
        window: dict[str, Any] = {"limit": size or self._page_size, "max_id": at.oldest or None}
        if query in MENTIONS:
            return api.mentions(HEARD, since_id=at.since or None, **window)
        if tag := _TAG.fullmatch(query):
            return api.tagged(tag[1], since_id=at.since or None, **window)
        return api.search(query, **window)

    def _again(self, api: Api, native_ids: Sequence[str]) -> list[Any]:
        try:
            return api.posts(native_ids)
        except Gone as fault:
            raise Refused(
                "Mastodon before 4.3 does not read several posts again; update the server."
            ) from fault

    def _own_page(self, api: Api, me: str, oldest: str) -> tuple[list[Post], list[Mark]]:
        """Read a page of own posts and where they stand: of a boost the post is the original, maybe old."""
        items = api.own_posts(me, max_id=oldest or None, limit=self._page_size)
        posts, rejects = Reader(me).page(items)
        if rejects:
            raise Malformed(f"{rejects[0].where}: {rejects[0].reason}")
        return posts, marks_of(items)

    def _find_direct(self, api: Api, reply: OutgoingReply) -> Receipt | None:
        items = api.context(reply.mention_id)
        posts, rejects = Reader(_id_of(api.me())).page(items)
        if rejects:
            raise Malformed(f"{rejects[0].where}: {rejects[0].reason}")
        if len(items) >= MOST_IN_CONTEXT:
            raise OutcomeUnknown(f"Mastodon shows {len(items)} posts of a longer conversation.")
        for post in posts:
            if post.is_own and _is_that(post, reply):
                return _receipt(post)
        return None


def _addressed(reply: OutgoingReply, host: str) -> str:
    """Begin a reply with the name of its author, without which nobody would tell them of it."""
    name = f"@{reply.author_id.removesuffix(f'@{host}')}"
    is_named = f"{reply.text} ".lower().startswith(f"{name} ".lower())
    return reply.text if is_named else f"{name} {reply.text}"


def _id_of(me: dict[str, Any]) -> str:
    native_id = me.get("id")
    if not isinstance(native_id, str) or not native_id.isalnum():
        raise Malformed("Mastodon did not say whose account this is.")
    return native_id


def _receipt(post: Post) -> Receipt:
    return Receipt(native_id=post.native_id, posted_at=post.posted_at, url=post.url)


def _is_that(post: Post, reply: OutgoingReply) -> bool:
    is_same_kind = (post.kind == "message") == _is_direct(reply)
    is_said = post.parent_id == reply.mention_id and same_text(said(post.text), said(reply.text))
    return is_same_kind and is_said and absence.may_be(reply, native_id=post.native_id, at=post.posted_at)


def _is_direct(reply: OutgoingReply) -> bool:
    return reply.is_private or reply.kind == "message"
