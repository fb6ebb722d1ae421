"""Instagram as the contract knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from listeners.contract import Health, Network, OutgoingReply, Page, Post, PrivateAnswers, Receipt
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
from listeners.networks.instagram.ids import Place, elsewhere
from listeners.networks.instagram.needs import NEEDS
from listeners.networks.instagram.sent import find, mentioned, mentioned_media
from listeners.networks.instagram.shapes import (
    COMMENT_FIELDS,
    HOME,
    MEDIA_FIELDS,
    CommentShape,
    Me,
    MediaRef,
    MediaShape,
    Reader,
    deleted,
    read_again,
)
from listeners.networks.messages import is_message
from listeners.networks.meta import conversations
from listeners.networks.meta.conversations import Talks, window_of
from listeners.networks.meta.graph import MOST_IN_BATCH, Graph, listed
from listeners.networks.meta.messages import COMMENT_WINDOW, Inbox, in_bytes
from listeners.networks.meta.push import Change, MetaPush
from listeners.networks.nested import Window

URL = "https://graph.facebook.com/v26.0"
INBOX = "https://www.instagram.com/direct/inbox/"
LONGEST = 2200
PRIVATELY = PrivateAnswers(max_length=1000, length=in_bytes, within=COMMENT_WINDOW, once=True)
OWN_ONLY = gettext_noop("only comments below own posts can be answered privately.")
PAGE_SIZE = 50
NESTED = 25
"""How many comments of each photo, and replies to each comment, come with a page of photos."""
LOOK_BACK_DAYS = 30
QUERIES = {"comments": "media", "tags": "tags", "messages": "conversations"}
_POSTED = "id,timestamp"
_BELOW = f"{COMMENT_FIELDS},replies.limit({NESTED}){{{COMMENT_FIELDS}}}"


class Instagram(MetaPush, Network):
    """One business or creator account on Instagram.

    Query: `comments` (or nothing) for what the account posts and all comments below, `tags` for other
    people's photos that tag it, `messages` for what people write to it. What mentions it elsewhere only
    webhooks tell. Settings: `human_agent` (whether Meta lets people answer messages for seven days),
    `look_back_days` (30): nothing is looked for at older photos, `page_size` (50), `account_id` (the
    account's id, so that pushes about others of the same app are left out), `base_url`, `timeout_s` (15).
    Secrets: `token`, a token of the page that the account is connected with; `app_secret` and
    `verify_token` for webhooks.
    """

    name, label, max_length = "instagram", "Instagram", LONGEST
    needs = NEEDS
    can_send = True
    answers_privately = PRIVATELY
    poll_seconds = 120.0

    def fetch(self, cursor: str) -> Page:
        """Read one page of photos with their newest comments, or of the comments of one photo."""
        at, graph = Window.read(cursor), self._graph()
        me = _known(at.me) or _me(graph)
        at, reader = replace(at, me=f"{me.id} {me.username}"), Reader(me)
        if self._edge == "conversations":
            talks = Talks({me.id, me.username}, window_of(self.account.settings), INBOX, reader.rejects)
            posts, at = talks.page(graph, at, platform="instagram", size=self._page_size, oldest=self._oldest)
        else:
            posts, at = self._deeper(graph, reader, at) if at.deep else self._media(graph, reader, at)
        return Page(
            posts=tuple(sorted(posts, key=lambda post: post.posted_at)),
            cursor=at.moved().write(),
            more=not at.is_between,
            rejects=tuple(reader.rejects),
            allowance=graph.allowance,
        )

    def recheck(self, native_ids: Sequence[str]) -> list[Post]:
        """Read comments below own photos again, and photos of others as far as they can still be read.

        Of those Instagram does not say whether they are gone or only hidden, so that none counts as deleted.
        """
        graph = self._graph()
        me = _me(graph)
        known = [native_id for native_id in native_ids if not is_message(native_id)]
        places = [(native_id, Place.read(native_id)) for native_id in known]
        found: list[Post] = []
        for start in range(0, len(places), MOST_IN_BATCH - 1):
            some = [pair for pair in places[start : start + MOST_IN_BATCH - 1] if not pair[1].comment_id]
            urls = [_url_of(place, me) for _, place in some]
            control, *parts = graph.read_each([f"{me.id}/media?fields=id&limit=1", *urls])
            # Without this, a permission that was taken away would look like the deletion of everything.
            _object(control)
            for (native_id, place), part in zip(some, parts, strict=True):
                found += self._as_now(native_id, place, part, me)
        return found

    def read(self, payload: str) -> Post:
        """Read one raw item again, as it stands in a dead letter; raises Malformed."""
        talks = Talks((), window_of(self.account.settings), INBOX)
        return self.read_change(payload) or talks.read(payload) or read_again(payload)

    def thread(self, mention_id: str) -> list[Post]:
        """Read a photo and its newest comments, whichever of them was asked for.

        What is said in messages is mentions already.
        """
        if is_message(mention_id):
            return []
        place, graph = Place.read(mention_id), self._graph()
        me = _me(graph)
        reader = Reader(me)
        if place.media_id:
            raw = mentioned_media(graph, me, place.media_id, f"{MEDIA_FIELDS},comments.limit(50){{{_BELOW}}}")
        else:
            above = graph.read(place.own_id, fields="media{id}").get("media")
            media_id = str(above["id"]) if isinstance(above, dict) and "id" in above else place.own_id
            raw = graph.read(media_id, fields=f"{MEDIA_FIELDS},comments.limit(50){{{_BELOW}}}")
        found: dict[str, Post] = {}
        for media in reader.media([raw], "thread"):
            below = reader.comments(media.comments.get("data"), media.id, own_media=not place.media_id)
            posts = [one.post(me, media_id=media.id, own_media=not place.media_id) for one in below]
            found |= {post.native_id: post for post in [media.post(me), *posts]}
        return sorted(found.values(), key=lambda post: post.posted_at)

    def send(self, reply: OutgoingReply) -> Receipt:
        """Answer a comment below an own photo, privately if so wished, or what mentions the account."""
        if reply.is_private or reply.kind == "message":
            return self._send_privately(reply)
        if not reply.text.strip():
            raise Refused("Instagram: a reply needs a text.")
        if (length := self.length(reply.text)) > LONGEST:
            raise Refused(f"Instagram: the text has {length} of {LONGEST} characters.")
        place, graph = Place.read(reply.mention_id), self._graph()
        if place.media_id:
            comment = {"comment_id": place.comment_id} if place.comment_id else {}
            path = f"{_me(graph).id}/mentions"
            body = graph.write(path, media_id=place.media_id, message=reply.text, fields=_POSTED, **comment)
        else:
            body = graph.write(f"{place.own_id}/replies", message=reply.text, fields=_POSTED)
        try:
            posted = CommentShape.model_validate({"timestamp": self.clock(), **body})
        except ValueError as error:
            raise OutcomeUnknown("Instagram took a reply, but did not say its id.") from error
        return _receipt(posted.id, place, posted.timestamp)

    def find_sent(self, reply: OutgoingReply) -> Receipt | None:
        """Look through the comments below what is answered, or through the conversation with its author.

        Raises OutcomeUnknown when they cannot all be read, Unavailable when it is too early.
        """
        graph = self._graph()
        try:
            if reply.is_private or reply.kind == "message":
                return self._find_private(graph, reply) or settled(reply, label=self.label, now=self.clock())
            place = Place.read(reply.mention_id)
            found = find(graph, reply, place, me=_me(graph), page_size=self._page_size)
        except (Malformed, Gone, Refused) as error:
            raise OutcomeUnknown(f"Instagram: the comments cannot be read: {error}") from error
        return (
            _receipt(found.id, place, found.timestamp)
            if found
            else settled(reply, label=self.label, now=self.clock())
        )

    @classmethod
    def why_not_privately(cls, *, native_id: str, kind: str) -> str:
        """Private replies are for comments below own posts."""
        return "" if kind == "comment" and native_id.isdecimal() else OWN_ONLY

    def changed(self, change: Change) -> Post | None:
        """Make a post of what Instagram pushes; a mention is read, since only its id is pushed."""
        if change.field == "messages":
            return conversations.pushed(change, window=window_of(self.account.settings), url=INBOX)
        value = change.value if isinstance(change.value, dict) else {}
        if change.field == "comments":
            time = datetime.fromtimestamp(change.time, UTC)
            shape = CommentShape.model_validate({"timestamp": time, **value})
            media_id = MediaRef.model_validate(value).media.id
            post = shape.post(Me(change.account_id, ""), media_id=media_id, own_media=True)
            return replace(post, is_own=shape.by.id == change.account_id)
        if change.field == "mentions":
            return self._mention(str(value.get("media_id", "")), str(value.get("comment_id") or ""))
        return None

    def check(self) -> Health:
        """Ask which account it is and read its newest entry."""
        try:
            graph = self._graph()
            me = _me(graph)
            if self._edge == "conversations":
                graph.read("me/conversations", platform="instagram", limit=1)
            else:
                graph.read(f"{me.id}/{self._edge}", limit=1)
        except AuthFault as fault:
            return Health(ok=False, message="Instagram refuses the token.", what_to_do=str(fault))
        except (RateLimited, Unavailable) as fault:
            return Health(ok=False, message=str(fault), what_to_do="Try again in some minutes.")
        except ListenerError as fault:
            what_to_do = "Mend the query or give the app the permissions that docs/developer.md names."
            return Health(ok=False, message=str(fault), what_to_do=what_to_do)
        return Health(ok=True, message=f"Instagram answers as @{me.username}.")

    def allowance_key(self) -> str:
        """Name what all calls of an account share."""
        return allowance_key(self.name, self.account, "calls")

    @property
    def _edge(self) -> str:
        query = self.account.query.strip() or "comments"
        if query not in QUERIES:
            raise InputError(f"Instagram knows the queries {', '.join(QUERIES)}, not {query!r}.")
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

    def _media(self, graph: Graph, reader: Reader, at: Window) -> tuple[list[Post], Window]:
        """Read a page of photos, newest first; those before the days that are looked back end the list."""
        fields = (
            f"{MEDIA_FIELDS},comments.limit({NESTED}){{{_BELOW}}}" if self._edge == "media" else MEDIA_FIELDS
        )
        after = {"after": at.after} if at.after else {}
        body = graph.read(f"{reader.me.id}/{self._edge}", fields=fields, limit=self._page_size, **after)
        goes_on = graph.next_cursor(body)
        oldest, now = self._oldest, self.clock()
        shapes = reader.media(listed(body, self.label), self._edge)
        recent = [shape for shape in shapes if shape.timestamp >= oldest]
        found: list[Post] = []
        times: list[datetime] = []
        deep: list[tuple[str, str]] = []
        for shape in recent:
            known = at.knows(shape.timestamp)
            # Nothing tells when a photo was tagged or its caption changed.
            found.append(shape.post(reader.me, edited_at=now if known else None))
            comments = reader.comments(shape.comments.get("data"), shape.id, own_media=True)
            times += [shape.timestamp, *(one.timestamp for one in comments)]
            found += self._wanted(comments, shape.id, reader.me, at)
            deep += self._unread(graph, shape.comments, shape.id, at)
        return found, replace(
            at.seeing(times), after=goes_on if len(recent) == len(shapes) else "", deep=tuple(deep)
        )

    def _unread(self, graph: Graph, body: dict[str, Any], media_id: str, at: Window) -> list[tuple[str, str]]:
        """Return what has more pages: the comments of a photo, and the replies to those that were read."""
        comments = [one for one in body.get("data") or [] if isinstance(one, dict)]
        found = [
            (f"{media_id}/{comment['id']}", more)
            for comment in comments
            if isinstance(comment.get("replies"), dict) and (more := graph.next_cursor(comment["replies"]))
        ]
        more = graph.next_cursor(body)
        # The newest comments come first: behind one that is known there are no new ones.
        times = [shape.timestamp for shape in Reader(Me("", "")).comments(comments, media_id, own_media=True)]
        if more and all(at.wants(time) for time in times):
            found.append((media_id, more))
        return found

    def _deeper(self, graph: Graph, reader: Reader, at: Window) -> tuple[list[Post], Window]:
        """Read the next page of comments or replies of the first place that has more of them."""
        (where, after), *others = at.deep
        media_id, _, comment_id = where.partition("/")
        path = f"{comment_id}/replies" if comment_id else f"{media_id}/comments"
        fields = COMMENT_FIELDS if comment_id else _BELOW
        try:
            body = graph.read(path, fields=fields, limit=self._page_size, after=after)
        except Gone:
            return [], replace(at, deep=tuple(others))
        comments = reader.comments(body.get("data"), media_id, own_media=True)
        if comment_id:
            more = graph.next_cursor(body)
            comments = [one.model_copy(update={"parent_id": comment_id}) for one in comments]
            unread = [(where, more)] if more else []
        else:
            unread = self._unread(graph, body, media_id, at)
        return self._wanted(comments, media_id, reader.me, at), replace(at, deep=(*unread, *others))

    def _wanted(self, comments: list[CommentShape], media_id: str, me: Me, at: Window) -> list[Post]:
        now = self.clock()
        return [
            one.post(
                me,
                media_id=media_id,
                own_media=True,
                edited_at=now if at.knows(one.timestamp) else None,
            )
            for one in comments
            if at.wants(one.timestamp)
        ]

    def _mention(self, media_id: str, comment_id: str) -> Post:
        graph = self._graph()
        me = _me(graph)
        Place.read(elsewhere(media_id, comment_id))
        if comment_id:
            raw = mentioned(graph, me, f"mentioned_comment.comment_id({comment_id})", COMMENT_FIELDS)
            return CommentShape.model_validate(raw).post(me, media_id=media_id, own_media=False)
        return MediaShape.model_validate(mentioned_media(graph, me, media_id, MEDIA_FIELDS)).post(me)

    def _as_now(self, native_id: str, place: Place, part: dict[str, Any] | Exception, me: Me) -> list[Post]:
        now = self.clock()
        if isinstance(part, Gone) and place.media_id:
            return []
        if isinstance(part, Gone):
            return [deleted(native_id, now)]
        if isinstance(part, Malformed):
            # An own photo has none of a comment's fields; it is context only.
            return []
        body = _object(part)
        try:
            if place.media_id:
                return [MediaShape.model_validate(body.get("mentioned_media")).post(me, edited_at=now)]
            media_id = MediaRef.model_validate(body).media.id
            shape = CommentShape.model_validate(body)
        except ValueError as error:
            raise Malformed(f"Instagram: {native_id} cannot be read.") from error
        return [shape.post(me, media_id=media_id, own_media=True, edited_at=now)]

    def _send_privately(self, reply: OutgoingReply) -> Receipt:
        inbox = Inbox(self._graph(), (), PRIVATELY, INBOX)
        if reply.kind == "message":
            by_a_person = self.account.settings.get("human_agent") is True
            return inbox.write({"id": reply.author_id}, reply, now=self.clock(), by_a_person=by_a_person)
        comment_id = Place.read(reply.mention_id).own_id
        if not comment_id:
            raise Refused(f"Instagram: {OWN_ONLY}")
        return inbox.write({"comment_id": comment_id}, reply, now=self.clock())

    def _find_private(self, graph: Graph, reply: OutgoingReply) -> Receipt | None:
        me = _me(graph)
        inbox = Inbox(graph, {me.id, me.username}, PRIVATELY, INBOX)
        return inbox.find_with(reply, platform="instagram")


def _known(text: str) -> Me | None:
    """Read the account out of a cursor."""
    me_id, _, username = text.partition(" ")
    return Me(me_id, username) if me_id and username else None


def _me(graph: Graph) -> Me:
    """Read which account the token's page is connected with."""
    told = graph.read("me", fields="instagram_business_account{id,username}").get(
        "instagram_business_account"
    )
    me = told if isinstance(told, dict) else {}
    if not (str(me.get("id", "")).isdecimal() and me.get("username")):
        raise Malformed("The token's page is connected with no business account on Instagram.")
    return Me(str(me["id"]), str(me["username"]))


def _url_of(place: Place, me: Me) -> str:
    if place.media_id:
        return f"{me.id}?fields=mentioned_media.media_id({place.media_id}){{{MEDIA_FIELDS}}}"
    return f"{place.own_id}?fields={COMMENT_FIELDS},media{{id}}"


def _object(part: dict[str, Any] | Exception) -> dict[str, Any]:
    if isinstance(part, Exception):
        raise part
    return part


def _receipt(posted_id: str, place: Place, at: datetime) -> Receipt:
    return Receipt(native_id=place.below(posted_id), posted_at=at, url=HOME)
