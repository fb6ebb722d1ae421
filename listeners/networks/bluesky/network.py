"""Bluesky as the contract knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import regex

from listeners.contract import (
    Call,
    Health,
    Network,
    OutgoingReply,
    Page,
    Post,
    Price,
    PrivateAnswers,
    Receipt,
    Reject,
)
from listeners.exceptions import (
    AuthFault,
    Gone,
    ListenerError,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.networks.absence import settled
from listeners.networks.allowances import allowance_key
from listeners.networks.bluesky import chat, inbox
from listeners.networks.bluesky.cursor import Reach
from listeners.networks.bluesky.inbox import Inbox
from listeners.networks.bluesky.keys import record_key
from listeners.networks.bluesky.needs import NEEDS
from listeners.networks.bluesky.shapes import HEARD, PostView, Reader, deleted, flat, next_token, quoted, told
from listeners.networks.extras import load
from listeners.networks.messages import is_message
from listeners.networks.rest import BadRequest
from listeners.networks.shapes import ids_of
from listeners.networks.window import Window

if TYPE_CHECKING:
    from listeners.networks.bluesky.api import Api

LONGEST = 300
"""What a reader takes for characters."""
LARGEST = 3000
"""Bytes."""
POINTS = 3
"""What writing one reply costs of an account's points."""
PAGE_SIZE = 100
FIRST_LOOK = timedelta(days=7)
"""How far back a new source is read."""
OVERLAP = timedelta(minutes=15)
"""How late a post may appear without being missed."""
MENTIONS = ("", "mentions")
MESSAGES = "messages"
_DID = regex.compile(r"did:[a-z]+:[\w.:%-]+")
_URI = regex.compile(r"at://did:[a-z]+:[\w.:%-]+/app\.bsky\.feed\.post/[\w.~:-]+")


def counted_length(text: str) -> int:
    """Count what a reader takes for characters, as Bluesky does; an emoji is one."""
    return len(regex.findall(r"\X", text))


class Bluesky(Network):
    """One search on Bluesky, what the account is told of, or its chat.

    Query: `mentions` (or nothing) for posts that name, answer or quote the account, `messages` for what
    people write to it in the chat, else Bluesky's search syntax. Settings: `base_url` (https://bsky.social),
    `timeout_s` (15), `page_size` (100). Secrets: `handle` and `app_password`.
    """

    name, label, max_length = "bluesky", "Bluesky", LONGEST
    needs = NEEDS
    can_send = True
    answers_privately = PrivateAnswers(max_length=chat.LONGEST, length=counted_length)
    poll_seconds = 60.0
    finds_by_search = True

    def fetch(self, cursor: str) -> Page:
        """Read one page, newest first within a window that moves on when its last page was read."""
        now, api = self.clock(), self._api()
        if self._is_inbox:
            return Inbox(api).fetch(cursor, size=self._page_size, beginning=now - FIRST_LOOK)
        at = Reach.read(cursor, beginning=now - FIRST_LOOK)
        try:
            body = self._listed(api, at)
        except BadRequest:
            if self._is_told or not at.window.token or (deeper := at.deeper()) is None:
                raise
            body = self._listed(api, at := deeper)
        token = next_token(body)
        posts, rejects, times = self._posts(api, body)
        if self._is_told:
            moved = Reach(at.window.after(times, token, overlap=OVERLAP, now=now))
        else:
            moved = at.after(times, token, overlap=OVERLAP, now=now)
        return Page(
            posts=tuple(reversed(posts)),
            cursor=moved.write(),
            more=not moved.is_between,
            rejects=tuple(rejects),
            allowance=api.allowance,
        )

    def recheck(self, native_ids: Sequence[str]) -> list[Post]:
        """Read posts again: nothing on Bluesky is edited, but no list tells of deletions.

        Who deletes a message deletes it for themselves only.
        """
        if self._is_inbox:
            return []
        api = self._api()
        items = api.posts(native_ids)
        shown = ids_of(items, "uri")
        gone = [deleted(native_id) for native_id in native_ids if native_id not in shown]
        return [*Reader(api.me().did).page(items)[0], *gone]

    def read(self, payload: str) -> Post:
        """Read one raw item again, as it stands in a dead letter; raises Malformed."""
        return inbox.item(payload, self._api().me().did) if self._is_inbox else Reader("").item(payload)

    def thread(self, mention_id: str) -> list[Post]:
        """Read the conversation around a post, and what the post quotes.

        What is said in messages is mentions already.
        """
        if is_message(mention_id):
            return []
        api = self._api()
        items = flat(api.thread(_known(mention_id)))
        named = [quoted(item) for item in items if isinstance(item, dict) and item.get("uri") == mention_id]
        items += api.posts([uri for uri in named if uri])
        posts, _ = Reader(api.me().did).page(items)
        by_id = {post.native_id: post for post in posts}
        return sorted(by_id.values(), key=lambda post: (post.posted_at, bool(post.parent_id)))

    def send(self, reply: OutgoingReply) -> Receipt:
        """Post one reply, after a look at what it answers, whose version and conversation it must name.

        A private one is written to its author in Bluesky's chat. Raises as `Network.send`.
        """
        _refuse_unfit(reply)
        api = self._api("" if _is_private(reply) else self._writes_key)
        if is_message(reply.mention_id):
            return chat.write(api, reply.text, to=_addressee(reply))
        parent = self._answered(api, reply.mention_id)
        if reply.is_private:
            return chat.write(api, reply.text, to=_addressee(reply))
        root = parent.record.reply.root if parent.record.reply else parent
        sent = api.reply(
            reply.text,
            key=record_key(reply),
            parent=(parent.uri, parent.cid),
            root=(root.uri, root.cid),
            language=reply.language,
        )
        return replace(_receipt(sent.get("uri"), self.clock()), allowance=api.allowance)

    def find_sent(self, reply: OutgoingReply) -> Receipt | None:
        """Ask the account's own server for what it keeps under the reply's key, which is the same for ever.

        What only its author reads has no such key and is looked for in the chat with them.
        Raises OutcomeUnknown when it cannot tell, Unavailable when it is too early for a proof.
        """
        module, api = self._module(), self._api()
        if _is_private(reply):
            return self._find_private(api, reply) or settled(reply, label=self.label, now=self.clock())
        try:
            found = api.own_record(record_key(reply))
        except module.NoRecord:
            return settled(reply, label=self.label, now=self.clock())
        except (Malformed, Gone, Refused) as error:
            raise OutcomeUnknown(f"Bluesky: the account's record cannot be read: {error}") from error
        value = found.get("value")
        try:
            created_at = datetime.fromisoformat(value["createdAt"])  # type: ignore[index]
        except (TypeError, KeyError, ValueError) as error:
            raise OutcomeUnknown("Bluesky keeps a record of the reply that cannot be read.") from error
        return _receipt(found.get("uri"), created_at)

    def check(self) -> Health:
        """Log in and try the query."""
        try:
            api = self._api()
            handle = api.me().handle
            now = self.clock()
            if self._is_inbox:
                api.conversations(limit=1)
            else:
                self._listed(api, Reach(Window(now - FIRST_LOOK, now)), size=1)
        except AuthFault as fault:
            return Health(ok=False, message="Bluesky refuses the log-in.", what_to_do=str(fault))
        except (RateLimited, Unavailable) as fault:
            return Health(ok=False, message=str(fault), what_to_do="Try again in some minutes.")
        except ListenerError as fault:
            what_to_do = "Mend the query, base_url or the secrets handle and app_password."
            return Health(ok=False, message=str(fault), what_to_do=what_to_do)
        return Health(ok=True, message=f"Bluesky answers as @{handle}.")

    def allowance_key(self) -> str:
        """Name what all calls of an account share."""
        return allowance_key(self.name, self.account, "calls")

    def prices(self, call: Call) -> tuple[Price, ...]:
        """Take a reply out of the account's points for writing."""
        return (Price(self._writes_key, POINTS),) if call == "send" else super().prices(call)

    @property
    def _writes_key(self) -> str:
        return allowance_key(self.name, self.account, "points")

    @classmethod
    def length(cls, text: str) -> int:
        """Count what a reader takes for characters; an emoji is one."""
        return counted_length(text)

    def _module(self) -> Any:
        return load("listeners.networks.bluesky.api", extra="bluesky")

    def _api(self, key: str = "") -> Api:
        """Make calls whose allowance has this key, by default that of `fetch`."""
        api: Api = self._module().Api(
            self.account, session=self.session, clock=self.clock, allowance_key=key or self.allowance_key()
        )
        return api

    @property
    def _page_size(self) -> int:
        return min(max(int(self.account.settings.get("page_size", PAGE_SIZE)), 1), PAGE_SIZE)

    @property
    def _is_inbox(self) -> bool:
        return self.account.query.strip() == MESSAGES

    @property
    def _is_told(self) -> bool:
        return self.account.query.strip() in MENTIONS

    def _listed(self, api: Api, at: Reach, *, size: int = 0) -> dict[str, Any]:
        asked: dict[str, Any] = {"limit": size or self._page_size}
        asked |= {"cursor": at.window.token} if at.window.token else {}
        if self._is_told:
            return api.notifications(HEARD, **asked)
        asked |= {"until": at.until.isoformat(timespec="microseconds")} if at.until else {}
        return api.search(self.account.query.strip(), since=_stamp(at.window.since), **asked)

    def _posts(self, api: Api, body: dict[str, Any]) -> tuple[list[Post], list[Reject], list[datetime]]:
        """Read a page; notifications hold too little, so the posts that they stand for are read."""
        listed, reader = self._module().listed, Reader(api.me().did)
        if not self._is_told:
            posts, rejects = reader.page(listed(body, "posts"))
            return posts, rejects, [post.posted_at for post in posts]
        news, unread = told(listed(body, "notifications"))
        posts, rejects = reader.page(api.posts(list(dict.fromkeys(one.uri for one in news))))
        return posts, [*unread, *rejects], [one.indexed_at for one in news]

    def _answered(self, api: Api, mention_id: str) -> PostView:
        items = api.posts([_known(mention_id)])
        if not items:
            raise Gone("The post is no longer on Bluesky.")
        try:
            return PostView.model_validate(items[0])
        except ValueError as error:
            raise Malformed("Bluesky shows what is to be answered in a form that cannot be read.") from error

    def _find_private(self, api: Api, reply: OutgoingReply) -> Receipt | None:
        try:
            return chat.find(api, reply, to=_addressee(reply))
        except (Malformed, Gone, Refused) as error:
            raise OutcomeUnknown(f"Bluesky: our messages to the author cannot be read: {error}") from error


def _refuse_unfit(reply: OutgoingReply) -> None:
    """Raise Refused for a text that Bluesky would not take."""
    longest, largest = (chat.LONGEST, chat.LARGEST) if _is_private(reply) else (LONGEST, LARGEST)
    if not reply.text.strip():
        raise Refused("Bluesky: a reply needs a text.")
    if (length := counted_length(reply.text)) > longest:
        raise Refused(f"Bluesky: the text has {length} of {longest} characters.")
    if (size := len(reply.text.encode())) > largest:
        raise Refused(f"Bluesky: the text has {size} of {largest} bytes.")


def _is_private(reply: OutgoingReply) -> bool:
    return reply.is_private or is_message(reply.mention_id)


def _addressee(reply: OutgoingReply) -> str:
    """Return who reads a private reply: the author of a message, or of a post, whose id begins with them."""
    if not is_message(reply.mention_id):
        return _known(reply.mention_id).removeprefix("at://").partition("/")[0]
    if not _DID.fullmatch(reply.author_id):
        raise Gone("Bluesky has no such account.")
    return reply.author_id


def _known(native_id: str) -> str:
    """Return an id that can be one of Bluesky's; raises Gone for others."""
    if not _URI.fullmatch(native_id):
        raise Gone("Bluesky has no such post.")
    return native_id


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _receipt(uri: object, at: datetime) -> Receipt:
    """Return the proof that a reply stands there; raises OutcomeUnknown where its id is none."""
    if not isinstance(uri, str) or not _URI.fullmatch(uri):
        raise OutcomeUnknown("Bluesky took a reply, but did not say where it stands.")
    did, _, key = uri.removeprefix("at://").partition("/app.bsky.feed.post/")
    return Receipt(native_id=uri, posted_at=at, url=f"https://bsky.app/profile/{did}/post/{key}")
