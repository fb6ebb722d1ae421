"""X as the contract knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from listeners.contract import Account, Call, Health, Network, OutgoingReply, Page, Post, Price, Receipt
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
from listeners.networks.messages import is_message
from listeners.networks.streaming import Stream, Streaming
from listeners.networks.x import inbox, messages
from listeners.networks.x.cursor import Cursor, time_of
from listeners.networks.x.length import LONGEST, weighted_length
from listeners.networks.x.needs import NEEDS
from listeners.networks.x.pages import missing, newer, quoted, window_of
from listeners.networks.x.said import is_said
from listeners.networks.x.shapes import Reader, deleted

if TYPE_CHECKING:
    from listeners.networks.x.api import Api

PAGE_SIZE = 100
SHOWN_FOR = timedelta(days=7)
"""How far back X's search reaches; it refuses to go on from an older post."""
MOST_OF_A_THREAD = 100
"""Answers of a conversation that are read, the newest."""
DEEPEST_LOOK = 3300 // 10
"""Pages that hold all of the 3,200 posts that X shows, however small they are."""
MENTIONS = ("", "mentions")
MESSAGES = "messages"


class X(Network, Streaming):
    """One search on X, the mentions of the account, or its direct messages.

    Query: `mentions` (or nothing) for the account's mentions, `messages` for what people write to it alone,
    else X's search syntax of 512 characters at most, retweets left out unless it names them. Settings:
    `base_url`, `timeout_s` (15), `page_size` (100), `answers_all` (true for Enterprise accounts, which may
    answer anybody), `stream` (true to be told of posts at once too, for which X wants `bearer_token`
    besides), `silence_s` (30). Secrets: `consumer_key`, `consumer_secret`, `access_token`,
    `access_token_secret`; or `token`, an OAuth 2 user token; or `bearer_token`, which only reads posts.
    """

    name, label, max_length = "x", "X", LONGEST
    needs = NEEDS
    can_send = True
    answers_privately = messages.PRIVATELY
    poll_seconds = 60.0
    recheck_within = timedelta(days=1)
    finds_by_search = True

    def fetch(self, cursor: str) -> Page:
        """Read one page, newest first within a window that moves on when its last page was read."""
        if self._is_inbox:
            return self._messages(cursor)
        at, api = Cursor.read(cursor), self._api()
        me, missed_before = at.me or self._me(api), None
        try:
            body = self._listed(api, at, me)
        except self._bad_parameter as fault:
            if at == (at := at.without(fault.names)):
                raise
            missed_before = self.clock() - SHOWN_FOR if "since_id" in fault.names else None
            body = self._listed(api, at, me)
        posts, rejects = self._reader(me).page(body)
        ids, token = window_of(body)
        return Page(
            posts=tuple(reversed(posts)),
            cursor=at.after(ids, token, me).write(),
            more=bool(token),
            rejects=tuple(rejects),
            allowance=api.allowance,
            missed_before=missed_before,
        )

    def recheck(self, native_ids: Sequence[str]) -> list[Post]:
        """Read posts again; X wants what was deleted or changed there to be so here within a day.

        Those that X shows no more are named in its errors; of all others nothing is said. Messages cannot be
        changed, and who deletes one deletes it for themselves only.
        """
        if self._is_inbox:
            return []
        api = self._api()
        me = self._me(api)
        body = api.posts(native_ids)
        posts = [*self._reader(me).page({"data": [], **body})[0], *self._posts(api, newer(body), me)]
        found = {post.native_id: post for post in posts}
        gone = set(native_ids) & missing(body) - found.keys()
        return [*found.values(), *map(deleted, sorted(gone))]

    def read(self, payload: str) -> Post:
        """Read one raw item again, as it stands in a dead letter; raises Malformed."""
        me = self._me(self._api())
        return inbox.item(payload, me) if self._is_inbox else self._reader(me).item(payload)

    def thread(self, mention_id: str) -> list[Post]:
        """Read the conversation of the last seven days, its first post and what the mention quotes.

        What is said in messages is mentions already.
        """
        if is_message(mention_id):
            return []
        api = self._api()
        me = self._me(api)
        body = api.posts([mention_id])
        mention = next(iter(self._reader(me).page({"data": [], **body})[0]), None)
        if mention is None:
            raise Gone("The post is no longer on X.")
        found = [mention, *self._answers(api, me, mention.thread_id)]
        context = {mention.thread_id, mention.parent_id, *quoted(body)} - {post.native_id for post in found}
        found += self._posts(api, sorted(context - {""}), me)
        by_id = {post.native_id: post for post in found}
        return sorted(by_id.values(), key=lambda post: (post.posted_at, int(post.native_id)))

    def send(self, reply: OutgoingReply) -> Receipt:
        """Post one reply, or write to the author of a post or message."""
        if _is_private(reply):
            api = self._api(self._key_of("send", is_private=True))
            return replace(messages.write(api, reply), allowance=api.allowance)
        if not reply.text.strip():
            raise Refused("X: a reply needs a text.")
        if (length := self.length(reply.text)) > LONGEST:
            raise Refused(f"X: the text has {length} of {LONGEST} characters.")
        if not reply.mention_id.isdecimal():
            raise Gone("X has no such post.")
        api = self._api(self._key_of("send"))
        data = api.reply(reply.text, to=reply.mention_id).get("data")
        posted_id = data.get("id") if isinstance(data, dict) else None
        if not isinstance(posted_id, str) or not posted_id.isdecimal():
            raise OutcomeUnknown("X took a reply, but did not say its id.")
        return replace(_receipt(posted_id), allowance=api.allowance)

    def find_sent(self, reply: OutgoingReply) -> Receipt | None:
        """Look through the account's own posts or messages, newest first, back to `first_tried_at`.

        Raises OutcomeUnknown when they cannot be read back that far, Unavailable when it is too early.
        """
        api = self._api()
        since = absence.since(reply)
        if _is_private(reply):
            return self._find_message(api, reply, since) or absence.settled(
                reply, label=self.label, now=self.clock()
            )
        try:
            me = api.me()
            seen, token = 0, ""
            for _ in range(DEEPEST_LOOK):
                posts, ids, token = self._own_page(api, str(me.get("id", "")), token)
                for post in posts:
                    if _is_that(post, reply) and (since is None or post.posted_at >= since):
                        return _receipt(post.native_id)
                seen += len(posts)
                if since and any(time_of(one) < since for one in ids):
                    return absence.settled(reply, label=self.label, now=self.clock())
                if not token:
                    break
        except (Malformed, Gone, Refused) as error:
            raise OutcomeUnknown(f"X: the account's posts cannot be read: {error}") from error
        counted = (me.get("public_metrics") or {}).get("tweet_count")
        if not isinstance(counted, int) or counted > seen:
            raise OutcomeUnknown(f"X shows {seen} of the account's {counted} posts, none before {since}.")
        return absence.settled(reply, label=self.label, now=self.clock())

    def check(self) -> Health:
        """Ask who the account is and try the query."""
        try:
            api = self._api()
            me = api.me() if api.is_user else {}
            if self.account.settings.get("stream"):
                self.stream_key()
            if self._is_inbox:
                self._messages("", size=1)
            else:
                at = Cursor(me=str(me.get("id", "")))
                self._listed(api, at, at.me, size=10)
        except AuthFault as fault:
            return Health(ok=False, message="X refuses the keys.", what_to_do=str(fault))
        except RateLimited as fault:
            return Health(ok=False, message=str(fault), what_to_do="Wait, or buy credits at developer.x.com.")
        except Unavailable as fault:
            return Health(ok=False, message=str(fault), what_to_do="Try again in some minutes.")
        except ListenerError as fault:
            what_to_do = "Mend the query or the settings, or the app's access at developer.x.com."
            return Health(ok=False, message=str(fault), what_to_do=what_to_do)
        who = f"answers as @{me.get('username')}" if me else "may be read, not answered"
        return Health(ok=True, message=f"X {who}.")

    def allowance_key(self) -> str:
        """Name what all searches of an account share, or all readings of its mentions or messages."""
        query = self.account.query.strip()
        kind = "mentions" if query in MENTIONS else "inbox" if query == MESSAGES else "search"
        return allowance_key(self.name, self.account, kind)

    def prices(self, call: Call) -> tuple[Price, ...]:
        """Take a reply out of the posts that X allows a day, a look out of the readings of own posts."""
        return (Price(self._key_of(call)),)

    def private_prices(self, call: Call) -> tuple[Price, ...]:
        """Take a message out of those that X allows a day, a look out of the readings of conversations."""
        return (Price(self._key_of(call, is_private=True)),)

    def _key_of(self, call: Call, *, is_private: bool = False) -> str:
        what = "messages" if is_private else "posts"
        return allowance_key(self.name, self.account, what if call == "send" else f"own {what}")

    def stream_key(self) -> str:
        """Name the one stream that X grants an app, whatever keys of users its sources have besides."""
        if self._is_inbox:
            raise InputError("X streams no direct messages; leave out the setting stream.")
        token = self.account.secrets.get("bearer_token")
        if not token:
            raise InputError("X's stream needs the secret bearer_token besides the others.")
        return allowance_key(self.name, Account(secrets={"bearer_token": token}), "stream")

    def open_stream(self, accounts: Sequence[Account]) -> Stream:
        """Make the stream of an app; the mentions of an account are its handle."""
        queries = {account.source: account.query.strip() for account in accounts}
        rules = {source: "" if query in MENTIONS else query for source, query in queries.items()}
        stream: Stream = load("listeners.networks.x.stream", extra="x").XStream(
            self.account, rules, clock=self.clock
        )
        return stream

    @classmethod
    def length(cls, text: str) -> int:
        """Count as X does: addresses 23, emoji and Chinese 2."""
        return weighted_length(text)

    def _api(self, key: str = "") -> Api:
        """Make calls whose allowance has this key, by default that of `fetch`."""
        module = load("listeners.networks.x.api", extra="x")
        api: Api = module.Api(self.account, clock=self.clock, allowance_key=key or self.allowance_key())
        return api

    @property
    def _is_inbox(self) -> bool:
        return self.account.query.strip() == MESSAGES

    def _messages(self, cursor: str, *, size: int = 0) -> Page:
        return inbox.fetch(
            self._api(),
            cursor,
            size=size or self._page_size,
            now=self.clock(),
            refusal=self._bad_parameter,
        )

    @property
    def _bad_parameter(self) -> Any:
        return load("listeners.networks.x.api", extra="x").BadParameter

    @property
    def _page_size(self) -> int:
        return min(max(int(self.account.settings.get("page_size", PAGE_SIZE)), 10), 100)

    def _reader(self, me: str) -> Reader:
        return Reader(me, answers_all=bool(self.account.settings.get("answers_all")))

    def _me(self, api: Api) -> str:
        return str(api.me().get("id", "")) if api.is_user else ""

    def _listed(self, api: Api, at: Cursor, me: str, *, size: int = 0) -> dict[str, Any]:
        window = at.bounds() | {"max_results": size or self._page_size}
        window |= {"next_token": at.token} if at.token else {}
        query = self.account.query.strip()
        if query not in MENTIONS:
            return api.search(query if "is:retweet" in query else f"({query}) -is:retweet", **window)
        if not me:
            raise InputError("X tells mentions only to the account itself: set its four keys or its token.")
        return api.mentions(me, **window)

    def _answers(self, api: Api, me: str, thread_id: str) -> list[Post]:
        """Read a conversation's newest answers; a page may be short, even empty, and not the last."""
        found: list[Post] = []
        token: dict[str, str] = {}
        for _ in range(-(-MOST_OF_A_THREAD // self._page_size)):
            body = api.search(f"conversation_id:{thread_id}", max_results=self._page_size, **token)
            found += self._reader(me).page(body)[0]
            if not (following := window_of(body)[1]):
                break
            token = {"next_token": following}
        return found

    def _posts(self, api: Api, ids: Sequence[str], me: str) -> list[Post]:
        if not ids:
            return []
        return self._reader(me).page({"data": [], **api.posts(ids)})[0]

    def _own_page(self, api: Api, me: str, token: str) -> tuple[list[Post], list[int], str]:
        """Read a page of own posts, the ids that it covers and the next page's token.

        What the account passed on comes as the original, which may be old: only the ids tell how far back
        the page reaches.
        """
        rest = {"next_token": token} if token else {}
        body = api.own_posts(me, max_results=self._page_size, **rest)
        posts, rejects = self._reader(me).page(body)
        if rejects:
            raise Malformed(f"{rejects[0].where}: {rejects[0].reason}")
        return posts, *window_of(body)

    def _find_message(self, api: Api, reply: OutgoingReply, since: datetime | None) -> Receipt | None:
        if since is None:
            raise OutcomeUnknown("X: nobody knows when the message was first tried.")
        try:
            return messages.find(api, reply, since=since, now=self.clock(), size=self._page_size)
        except (Malformed, Gone, Refused) as error:
            raise OutcomeUnknown(f"X: the direct messages cannot be read: {error}") from error


def _receipt(posted_id: str) -> Receipt:
    return Receipt(
        native_id=posted_id, posted_at=time_of(int(posted_id)), url=f"https://x.com/i/status/{posted_id}"
    )


def _is_private(reply: OutgoingReply) -> bool:
    return reply.is_private or reply.kind == "message"


def _is_that(post: Post, reply: OutgoingReply) -> bool:
    return post.parent_id == reply.mention_id and is_said(post.text, reply.text)
