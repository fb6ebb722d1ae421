"""Facebook Pages as the contract knows them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from listeners.contract import (
    Health,
    Network,
    OutgoingReply,
    Page,
    Post,
    PrivateAnswers,
    Receipt,
    Reject,
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
from listeners.networks.absence import settled
from listeners.networks.allowances import allowance_key
from listeners.networks.facebook import pushed
from listeners.networks.facebook.needs import NEEDS
from listeners.networks.facebook.sent import NEWEST_FIRST, comments_of, find
from listeners.networks.facebook.shapes import (
    COMMENT_FIELDS,
    POST_FIELDS,
    REVIEW_FIELDS,
    CommentShape,
    PostShape,
    Reader,
    deleted,
    read_again,
    root_of,
)
from listeners.networks.messages import is_message
from listeners.networks.meta import conversations
from listeners.networks.meta.conversations import Talks, window_of
from listeners.networks.meta.graph import MOST_IN_BATCH, Graph, listed
from listeners.networks.meta.messages import COMMENT_WINDOW, MESSAGES, Inbox
from listeners.networks.meta.push import Change, MetaPush
from listeners.networks.nested import Window

URL = "https://graph.facebook.com/v26.0"
INBOX = "https://business.facebook.com/latest/inbox/messenger"
LONGEST = 8000
PRIVATELY = PrivateAnswers(max_length=2000, within=COMMENT_WINDOW, once=True)
COMMENTS_ONLY = gettext_noop("only comments can be answered privately.")
PAGE_SIZE = 50
NESTED = 25
"""How many comments of each post come with a page of posts."""
LOOK_BACK_DAYS = 30
QUERIES = {"feed": "feed", "tagged": "tagged", "ratings": "ratings", "messages": "conversations"}
_ID = re.compile(r"[0-9]{1,40}(_[0-9]{1,40})?")


class Facebook(MetaPush, Network):
    """One page on Facebook.

    Query: `feed` (or nothing) for what the page and its visitors post and all comments below, `tagged` for
    posts elsewhere that tag the page, `ratings` for its reviews, `messages` for what people write to it in
    Messenger. Settings: `look_back_days` (30): below older posts no comments are looked for, which webhooks
    tell all the same; `human_agent` (whether Meta lets people answer messages for seven days instead of
    one); `page_size` (50); `account_id` (the page's id, so that pushes about other pages of the same app
    are left out); `base_url`, `timeout_s` (15). Secrets: `token`, a page access token; `app_secret` and
    `verify_token` for webhooks.
    """

    name, label, max_length = "facebook", "Facebook", LONGEST
    needs = NEEDS
    can_send = True
    answers_privately = PRIVATELY
    poll_seconds = 120.0

    def fetch(self, cursor: str) -> Page:
        """Read one page of posts with their newest comments, or of the comments of one post."""
        at, graph = Window.read(cursor), self._graph()
        at = replace(at, me=at.me or _me(graph)["id"])
        rejects: list[Reject] = []
        reader = Reader(at.me, rejects)
        if at.deep:
            posts, at = self._deeper(graph, reader, at)
        elif self._edge == "conversations":
            talks = Talks({at.me}, window_of(self.account.settings), INBOX, rejects)
            posts, at = talks.page(graph, at, platform="messenger", size=self._page_size, oldest=self._oldest)
        elif self._edge == "ratings":
            posts, at = self._reviews(graph, reader, at)
        else:
            posts, at = self._posts(graph, reader, at)
        return Page(
            posts=tuple(sorted(posts, key=lambda post: post.posted_at)),
            cursor=at.moved().write(),
            more=not at.is_between,
            rejects=tuple(rejects),
            allowance=graph.allowance,
        )

    def recheck(self, native_ids: Sequence[str]) -> list[Post]:
        """Read posts again; what the page cannot see any more counts as deleted.

        Facebook does not say when a comment was edited: its words are those of now.
        """
        graph = self._graph()
        me = _me(graph)["id"]
        ids = [native_id for native_id in native_ids if _ID.fullmatch(native_id)]
        found: list[Post] = []
        for start in range(0, len(ids), MOST_IN_BATCH - 1):
            some = ids[start : start + MOST_IN_BATCH - 1]
            urls = [f"{each}?fields={_fields_of(each, me)}" for each in some]
            control, *parts = graph.read_each([f"{me}/feed?fields=id&limit=1", *urls])
            # Without this, a permission that was taken away would look like the deletion of everything.
            _object(control)
            found += [self._as_now(graph, *pair, me) for pair in zip(some, parts, strict=True)]
        return found

    def read(self, payload: str) -> Post:
        """Read one raw item again, as it stands in a dead letter; raises Malformed."""
        talks = Talks((), window_of(self.account.settings), INBOX)
        return self.read_change(payload) or talks.read(payload) or read_again(payload)

    def thread(self, mention_id: str) -> list[Post]:
        """Read a post and the first hundred comments below it, whichever of them was asked for.

        What is said in messages is mentions already.
        """
        if is_message(mention_id):
            return []
        _check_id(mention_id)
        graph = self._graph()
        me = _me(graph)["id"]
        reader = Reader(me, [])
        post, comment = graph.read_each(
            [f"{mention_id}?fields={fields}" for fields in (POST_FIELDS, COMMENT_FIELDS)]
        )
        if isinstance(post, dict):
            return self._conversation(graph, reader, mention_id, post)
        if not isinstance(comment, dict):
            raise comment
        root_id = root_of(mention_id, me)
        try:
            return self._conversation(graph, reader, root_id, graph.read(root_id, fields=POST_FIELDS))
        except Gone:
            return [shape.post(me=me, thread_id=root_id) for shape in reader.comments([comment], root_id)]

    def send(self, reply: OutgoingReply) -> Receipt:
        """Comment below a post or comment, or write its author the one private reply to a comment."""
        if reply.is_private or reply.kind == "message":
            return self._send_privately(reply)
        if not reply.text.strip():
            raise Refused("Facebook: a reply needs a text.")
        if (length := self.length(reply.text)) > LONGEST:
            raise Refused(f"Facebook: the text has {length} of {LONGEST} characters.")
        _check_id(reply.mention_id)
        body = self._graph().write(
            f"{reply.mention_id}/comments", message=reply.text, fields="id,created_time,permalink_url"
        )
        try:
            posted = CommentShape.model_validate({"created_time": self.clock(), **body})
        except ValueError as error:
            raise OutcomeUnknown("Facebook took a reply, but did not say its id.") from error
        return _receipt(posted)

    def find_sent(self, reply: OutgoingReply) -> Receipt | None:
        """Look through the comments of the post, newest first, back to what is answered or before the try.

        A private reply is looked for in the conversation that it began. Raises OutcomeUnknown when they
        cannot be read back that far, Unavailable when it is too early.
        """
        graph = self._graph()
        try:
            if reply.is_private or reply.kind == "message":
                return self._find_private(graph, reply) or settled(reply, label=self.label, now=self.clock())
            found = find(graph, reply, me=_me(graph)["id"], page_size=self._page_size)
        except (Malformed, Gone, Refused) as error:
            raise OutcomeUnknown(f"Facebook: the comments cannot be read: {error}") from error
        return _receipt(found) if found else settled(reply, label=self.label, now=self.clock())

    @classmethod
    def why_not_privately(cls, *, native_id: str, kind: str) -> str:
        """Only comments below the page's posts have a private reply that can be found again."""
        return "" if kind == "comment" else COMMENTS_ONLY

    def changed(self, change: Change) -> Post | None:
        """Make a post of what Facebook pushes."""
        if change.field == "messages":
            return conversations.pushed(change, window=window_of(self.account.settings), url=INBOX)
        return pushed.read(change)

    def check(self) -> Health:
        """Ask which page it is and read its newest entry."""
        try:
            graph = self._graph()
            me = _me(graph)
            graph.read(f"{me['id']}/{self._edge}", limit=1)
        except AuthFault as fault:
            return Health(ok=False, message="Facebook refuses the token.", what_to_do=str(fault))
        except (RateLimited, Unavailable) as fault:
            return Health(ok=False, message=str(fault), what_to_do="Try again in some minutes.")
        except ListenerError as fault:
            what_to_do = "Mend the query or give the app the permissions that docs/developer.md names."
            return Health(ok=False, message=str(fault), what_to_do=what_to_do)
        return Health(ok=True, message=f"Facebook answers as {me.get('name') or me['id']}.")

    def allowance_key(self) -> str:
        """Name what all calls of a page share."""
        return allowance_key(self.name, self.account, "calls")

    @property
    def _edge(self) -> str:
        query = self.account.query.strip() or "feed"
        if query not in QUERIES:
            raise InputError(f"Facebook knows the queries {', '.join(QUERIES)}, not {query!r}.")
        return QUERIES[query]

    @property
    def _page_size(self) -> int:
        return min(max(int(self.account.settings.get("page_size", PAGE_SIZE)), 1), 100)

    @property
    def _oldest(self) -> datetime:
        """From when on things are looked for."""
        return self.clock() - timedelta(
            days=float(self.account.settings.get("look_back_days", LOOK_BACK_DAYS))
        )

    def _graph(self) -> Graph:
        return Graph(
            self.account,
            session=self.session,
            clock=self.clock,
            label=self.label,
            url=URL,
            key=self.allowance_key(),
        )

    def _list(self, graph: Graph, at: Window, fields: str) -> tuple[list[Any], str]:
        """Read a page of the list; returns its items and the cursor of the next page."""
        oldest = int(self._oldest.timestamp())
        after = {"after": at.after} if at.after else {}
        params: dict[str, str | int] = {"fields": fields, "limit": self._page_size, "since": oldest, **after}
        body = graph.read(f"{at.me}/{self._edge}", **params)
        return listed(body, self.label), graph.next_cursor(body)

    def _reviews(self, graph: Graph, reader: Reader, at: Window) -> tuple[list[Post], Window]:
        raw, after = self._list(graph, at, REVIEW_FIELDS)
        shapes = reader.reviews(raw)
        times = [shape.created_time for shape in shapes]
        wanted = [shape.post() for shape in shapes if at.wants(shape.created_time)]
        # Reviews come newest first: behind one that is known there are no new ones.
        goes_on = after if all(at.wants(time) for time in times) else ""
        return wanted, replace(at.seeing(times), after=goes_on)

    def _posts(self, graph: Graph, reader: Reader, at: Window) -> tuple[list[Post], Window]:
        raw, after = self._list(graph, at, self._fields)
        found: list[Post] = []
        times: list[datetime] = []
        deep: list[tuple[str, str]] = []
        for shape in reader.posts(raw, self._edge):
            comments, more = _page_of(graph, reader, shape.comments, shape.id, at)
            times += [shape.changed_at, *(comment.created_time for comment in comments)]
            if at.wants(shape.changed_at):
                found.append(shape.post(me=at.me, is_known=at.knows(shape.created_time)))
            found += self._wanted(comments, shape.id, at)
            deep += [(shape.id, more)] if more else []
        return found, replace(at.seeing(times), after=after, deep=tuple(deep))

    def _deeper(self, graph: Graph, reader: Reader, at: Window) -> tuple[list[Post], Window]:
        """Read the next page of comments of the first post whose comments have more pages."""
        (post_id, after), *others = at.deep
        try:
            body = comments_of(graph, post_id, limit=self._page_size, after=after)
        except Gone:
            return [], replace(at, deep=tuple(others))
        comments, more = _page_of(graph, reader, body, post_id, at)
        rest = [(post_id, more), *others] if more else others
        return self._wanted(comments, post_id, at), replace(at, deep=tuple(rest))

    def _wanted(self, comments: list[CommentShape], post_id: str, at: Window) -> list[Post]:
        """Return the new ones; those that were seen before may have got other words since."""
        now = self.clock()
        return [
            one.post(me=at.me, thread_id=post_id, edited_at=now if at.knows(one.created_time) else None)
            for one in comments
            if at.wants(one.created_time)
        ]

    @property
    def _fields(self) -> str:
        if self._edge == "tagged":
            return POST_FIELDS
        order = "".join(f".{name}({value})" for name, value in NEWEST_FIRST.items())
        return f"{POST_FIELDS},comments{order}.limit({min(self._page_size, NESTED)}){{{COMMENT_FIELDS}}}"

    def _conversation(self, graph: Graph, reader: Reader, root_id: str, root: dict[str, Any]) -> list[Post]:
        body = graph.read(
            f"{root_id}/comments", filter="stream", order="chronological", fields=COMMENT_FIELDS, limit=100
        )
        comments = reader.comments(listed(body, self.label), root_id)
        found = [
            *(shape.post(me=reader.me) for shape in reader.posts([root], "thread")),
            *(shape.post(me=reader.me, thread_id=root_id) for shape in comments),
        ]
        return sorted({post.native_id: post for post in found}.values(), key=lambda post: post.posted_at)

    def _as_now(self, graph: Graph, native_id: str, part: dict[str, Any] | Exception, me: str) -> Post:
        if isinstance(part, Gone):
            return deleted(native_id, self.clock())
        if isinstance(part, Malformed):
            # A post elsewhere has an id that looks like a comment's.
            part = graph.read(native_id, fields=POST_FIELDS)
        body = _object(part)
        try:
            if "updated_time" in body:
                return PostShape.model_validate(body).post(me=me, is_known=True)
            comment = CommentShape.model_validate(body)
        except ValueError as error:
            raise Malformed(f"Facebook: {native_id} cannot be read.") from error
        return comment.post(me=me, thread_id=root_of(native_id, me), edited_at=self.clock())

    def _send_privately(self, reply: OutgoingReply) -> Receipt:
        inbox = Inbox(self._graph(), (), PRIVATELY, INBOX)
        if reply.kind == "message":
            by_a_person = self.account.settings.get("human_agent") is True
            return inbox.write({"id": reply.author_id}, reply, now=self.clock(), by_a_person=by_a_person)
        _check_id(reply.mention_id)
        return inbox.write({"comment_id": reply.mention_id}, reply, now=self.clock())

    def _find_private(self, graph: Graph, reply: OutgoingReply) -> Receipt | None:
        """Look into the conversation with who wrote the message, or that the private reply began."""
        inbox = Inbox(graph, {_me(graph)["id"]}, PRIVATELY, INBOX)
        if reply.kind == "message":
            return inbox.find_with(reply, platform="messenger")
        _check_id(reply.mention_id)
        begun = graph.read(reply.mention_id, fields=f"private_reply_conversation{{id,{MESSAGES}}}")
        conversation = begun.get("private_reply_conversation")
        return inbox.find(conversation, reply) if isinstance(conversation, dict) else None


def _page_of(
    graph: Graph, reader: Reader, body: dict[str, Any], post_id: str, at: Window
) -> tuple[list[CommentShape], str]:
    """Read a page of comments; returns with them the cursor of the next, if wanted ones may be there."""
    comments = reader.comments(body.get("data"), post_id)
    after = graph.next_cursor(body)
    return comments, after if all(at.wants(one.created_time) for one in comments) else ""


def _me(graph: Graph) -> dict[str, str]:
    """Read which page the token is for; people have no category, so that their tokens are refused."""
    body = graph.read("me", fields="id,name,category")
    if not str(body.get("id", "")).isdecimal():
        raise Malformed("Facebook did not say whose token this is.")
    return {name: str(body.get(name, "")) for name in ("id", "name")}


def _fields_of(native_id: str, me: str) -> str:
    return POST_FIELDS if native_id.startswith(f"{me}_") else COMMENT_FIELDS


def _object(part: dict[str, Any] | Exception) -> dict[str, Any]:
    if isinstance(part, Exception):
        raise part
    return part


def _check_id(native_id: str) -> None:
    if not _ID.fullmatch(native_id):
        raise Gone("Facebook has no such post.")


def _receipt(comment: CommentShape) -> Receipt:
    return Receipt(native_id=comment.id, posted_at=comment.created_time, url=comment.permalink_url)
