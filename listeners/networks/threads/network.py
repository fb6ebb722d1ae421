"""Threads as the contract knows it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from listeners.contract import Health, Network, OutgoingReply, Page, Post, Receipt
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
from listeners.networks.absence import settled
from listeners.networks.allowances import allowance_key
from listeners.networks.meta.graph import Graph, listed
from listeners.networks.meta.push import Change, MetaPush
from listeners.networks.nested import Window
from listeners.networks.threads.length import LONGEST, counted_length
from listeners.networks.threads.needs import NEEDS
from listeners.networks.threads.sent import find, next_page, page_of
from listeners.networks.threads.shapes import FIELDS, HOME, Reader, ThreadShape, deleted, read_again

URL = "https://graph.threads.net/v1.0"
PAGE_SIZE = 50
LOOK_BACK_DAYS = 7
QUERIES = {"mentions": "me/mentions", "replies": "me/threads"}
_ID = re.compile(r"[0-9]{1,40}", re.ASCII)
_POSTED = "id,timestamp,permalink"


class Threads(MetaPush, Network):
    """One account on Threads.

    Query: `mentions` (or nothing) for what mentions it, `replies` for what it posts and all replies below.
    Settings: `look_back_days` (7): below older posts no replies are looked for, which webhooks tell all the
    same; `page_size` (50), `account_id` (the account's id, so that pushes about others of the same app are
    left out), `base_url`, `timeout_s` (15). Secrets: `token`, a long-lived token of the account;
    `app_secret` and `verify_token` for webhooks.
    """

    name, label, max_length = "threads", "Threads", LONGEST
    needs = NEEDS
    can_send = True
    poll_seconds = 300.0

    def fetch(self, cursor: str) -> Page:
        """Read one page of mentions, of own posts, or of the replies to one of them."""
        at, graph = Window.read(cursor), self._graph()
        at = replace(at, me=at.me or _me(graph))
        reader = Reader(at.me)
        posts, at = self._replies(graph, reader, at) if at.deep else self._list(graph, reader, at)
        return Page(
            posts=tuple(sorted(posts, key=lambda post: post.posted_at)),
            cursor=at.moved().write(),
            more=not at.is_between,
            rejects=tuple(reader.rejects),
            allowance=graph.allowance,
        )

    def read(self, payload: str) -> Post:
        """Read one raw item again, as it stands in a dead letter; raises Malformed."""
        return self.read_change(payload) or read_again(payload)

    def thread(self, mention_id: str) -> list[Post]:
        """Read a post and the first hundred replies below what its conversation began with."""
        _check_id(mention_id)
        graph = self._graph()
        reader = Reader(_me(graph))
        raw = [graph.read(mention_id, fields=FIELDS)]
        root_id = next((shape.post("").thread_id for shape in reader.shapes(raw, "thread")), mention_id)
        if root_id != mention_id:
            raw += self._if_shown(graph, root_id)
        raw += self._if_shown(graph, f"{root_id}/conversation", reverse="false", limit=100)
        posts = [shape.post(reader.username) for shape in reader.shapes(raw, "thread")]
        return sorted({post.native_id: post for post in posts}.values(), key=lambda post: post.posted_at)

    def send(self, reply: OutgoingReply) -> Receipt:
        """Make a reply and publish it; before the second step nothing stands anywhere."""
        if not reply.text.strip():
            raise Refused("Threads: a reply needs a text.")
        if (length := self.length(reply.text)) > LONGEST:
            raise Refused(f"Threads: the text has {length} of {LONGEST} characters.")
        _check_id(reply.mention_id)
        graph = self._graph()
        made_id = self._make(graph, reply)
        body = graph.write("me/threads_publish", creation_id=made_id, fields=_POSTED)
        try:
            return _receipt(ThreadShape.model_validate({"timestamp": self.clock(), **body}))
        except ValueError as error:
            raise OutcomeUnknown("Threads took a reply, but did not say its id.") from error

    def find_sent(self, reply: OutgoingReply) -> Receipt | None:
        """Look through the account's own replies, newest first, back to `first_tried_at`.

        Raises OutcomeUnknown when they cannot be read back that far, Unavailable when it is too early.
        """
        graph = self._graph()
        try:
            found = find(graph, reply, now=self.clock(), page_size=self._page_size)
        except (Malformed, Gone, Refused) as error:
            raise OutcomeUnknown(f"Threads: the account's replies cannot be read: {error}") from error
        return _receipt(found) if found else settled(reply, label=self.label, now=self.clock())

    def changed(self, change: Change) -> Post | None:
        """Make a post of what Threads pushes."""
        value = change.value if isinstance(change.value, dict) else {}
        if change.field == "delete":
            shape = ThreadShape.model_validate({"timestamp": self.clock(), **value, "text": ""})
            return deleted(shape.id, self.clock())
        if change.field in ("replies", "mentions"):
            return ThreadShape.model_validate(change.value).post("")
        return None

    def check(self) -> Health:
        """Ask which account it is and read its newest entry."""
        try:
            graph = self._graph()
            me = _me(graph)
            graph.read(self._path, limit=1)
        except AuthFault as fault:
            return Health(ok=False, message="Threads refuses the token.", what_to_do=str(fault))
        except (RateLimited, Unavailable) as fault:
            return Health(ok=False, message=str(fault), what_to_do="Try again in some minutes.")
        except ListenerError as fault:
            what_to_do = "Mend the query or give the app the permissions that docs/developer.md names."
            return Health(ok=False, message=str(fault), what_to_do=what_to_do)
        return Health(ok=True, message=f"Threads answers as @{me}.")

    def allowance_key(self) -> str:
        """Name what all calls of an account share."""
        return allowance_key(self.name, self.account, "calls")

    @classmethod
    def length(cls, text: str) -> int:
        """Count as Threads does: an emoji by its bytes."""
        return counted_length(text)

    @property
    def _path(self) -> str:
        query = self.account.query.strip() or "mentions"
        if query not in QUERIES:
            raise InputError(f"Threads knows the queries {', '.join(QUERIES)}, not {query!r}.")
        return QUERIES[query]

    @property
    def _page_size(self) -> int:
        return min(max(int(self.account.settings.get("page_size", PAGE_SIZE)), 1), 100)

    def _graph(self) -> Graph:
        return Graph(
            self.account,
            session=self.session,
            clock=self.clock,
            label=self.label,
            url=URL,
            key=self.allowance_key(),
        )

    def _list(self, graph: Graph, reader: Reader, at: Window) -> tuple[list[Post], Window]:
        """Read a page of the list, newest first: behind a mention that is known there are no new ones."""
        body = graph.read(self._path, **page_of(self._page_size, at.after))
        after = next_page(graph, body)
        shapes = reader.shapes(listed(body, self.label), self._path)
        times = [shape.timestamp for shape in shapes]
        if self._path == QUERIES["mentions"]:
            goes_on = all(at.wants(time) for time in times)
            return self._wanted(shapes, reader, at), replace(at.seeing(times), after=after if goes_on else "")
        days = float(self.account.settings.get("look_back_days", LOOK_BACK_DAYS))
        recent = [shape for shape in shapes if shape.timestamp >= self.clock() - timedelta(days=days)]
        deep = tuple((shape.id, "") for shape in recent if shape.has_replies)
        goes_on = len(recent) == len(shapes)
        # What is newest of all the replies is not known yet, so the clock tells how far they were read.
        began = [*times, self.clock() - timedelta(hours=1)] if deep else times
        return self._wanted(recent, reader, at), replace(
            at.seeing(began), after=after if goes_on else "", deep=deep
        )

    def _replies(self, graph: Graph, reader: Reader, at: Window) -> tuple[list[Post], Window]:
        """Read a page of the replies to the first post that has some, newest first."""
        (post_id, after), *others = at.deep
        try:
            params = page_of(self._page_size, after)
            body = graph.read(f"{post_id}/conversation", reverse="true", **params)
        except Gone:
            return [], replace(at, deep=tuple(others))
        shapes = reader.shapes(listed(body, self.label), f"replies to {post_id}")
        more = next_page(graph, body) if all(at.wants(shape.timestamp) for shape in shapes) else ""
        rest = [(post_id, more), *others] if more else others
        return self._wanted(shapes, reader, at), replace(at, deep=tuple(rest))

    def _wanted(self, shapes: list[ThreadShape], reader: Reader, at: Window) -> list[Post]:
        """Return the new ones; those that were seen before may have got other words since."""
        now = self.clock()
        return [
            shape.post(reader.username, edited_at=now if at.knows(shape.timestamp) else None)
            for shape in shapes
            if at.wants(shape.timestamp)
        ]

    def _if_shown(self, graph: Graph, path: str, **rest: str | int) -> list[Any]:
        """Read something that Threads shows only of some people's conversations."""
        try:
            body = graph.read(path, fields=FIELDS, **rest)
        except (Gone, Refused, Malformed):
            return []
        return listed(body, self.label) if "data" in body else [body]

    def _make(self, graph: Graph, reply: OutgoingReply) -> str:
        try:
            body = graph.write("me/threads", media_type="TEXT", text=reply.text, reply_to_id=reply.mention_id)
        except OutcomeUnknown as fault:
            raise Unavailable("Threads: a reply was not made; nothing is published yet.") from fault
        made_id = body.get("id")
        if not isinstance(made_id, str) or not _ID.fullmatch(made_id):
            raise Unavailable("Threads made a reply, but did not say its id; nothing is published yet.")
        return made_id


def _me(graph: Graph) -> str:
    """Read the account's user name."""
    username = graph.read("me", fields="id,username").get("username")
    if not isinstance(username, str) or not username:
        raise Malformed("Threads did not say whose token this is.")
    return username


def _check_id(native_id: str) -> None:
    if not _ID.fullmatch(native_id):
        raise Gone("Threads has no such post.")


def _receipt(shape: ThreadShape) -> Receipt:
    return Receipt(native_id=shape.id, posted_at=shape.timestamp, url=shape.permalink or HOME)
