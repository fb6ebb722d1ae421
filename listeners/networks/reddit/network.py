"""Reddit as the contract knows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop

from listeners.contract import Call, Health, Network, OutgoingReply, Page, Post, Price, Receipt
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
from listeners.networks.reddit.cursor import Cursor
from listeners.networks.reddit.markdown import to_markdown, words
from listeners.networks.reddit.needs import NEEDS
from listeners.networks.reddit.shapes import FULL_NAME, Reader, Thing, children_of, deleted, kind_of
from listeners.networks.shapes import ids_of
from listeners.networks.texts import same_text

if TYPE_CHECKING:
    from listeners.networks.reddit.api import Api

PAGE_SIZE = 100
LONGEST = 10_000
DEEPEST_LOOK = 110
MENTIONS = ("", "mentions")
_SUBREDDITS = re.compile(r"r/(\w{2,21}(?:\+\w{2,21})*)")
_BREAK = re.compile(r"(\d{1,4}) (second|minute|hour)")
UNASKED = gettext_noop("its rules forbid private messages that nobody asked for.")
_GONE = ("DELETED_COMMENT", "DELETED_LINK")


class Reddit(Network):
    """One search on Reddit, the comments of some subreddits, or the account's mentions.

    Query: `mentions` (or nothing) for comments that name the account, `r/one+two` for all comments of these
    subreddits, else Reddit's search syntax, which finds posts only. Settings: `base_url`, `timeout_s` (15),
    `page_size` (100), `subreddits` (a search looks there; "all"). Secrets: `client_id`, `client_secret`, and
    `username` with `password`, or `refresh_token`; without these it only reads.
    """

    name, label, max_length = "reddit", "Reddit", LONGEST
    needs = NEEDS
    can_send = True
    not_privately = UNASKED
    poll_seconds = 60.0
    finds_by_search = True
    matches_people = False

    def fetch(self, cursor: str) -> Page:
        """Read one page, newest first within a window that moves on when its last page was read."""
        at, api = Cursor.read(cursor), self._api()
        me = self._me(api, known=at.me)
        data = self._listed(api, at.after)
        things, rejects = Reader(me).page(data["children"], "page")
        times, after = [thing.created_utc for thing in things], _after(data)
        following = at.following(times, after, now=self.clock())
        posts = [Reader(me).post(thing) for thing in reversed(things) if not thing.is_repost]
        return Page(
            posts=tuple(posts),
            cursor=_with(following, me).write(),
            more=following.is_within,
            rejects=tuple(rejects),
            allowance=api.allowance,
            missed_before=None if after else at.missed_before(times),
        )

    def recheck(self, native_ids: Sequence[str]) -> list[Post]:
        """Read posts again; what Reddit does not know any more is deleted."""
        api = self._api()
        reader = Reader(self._me(api))
        known = [one for one in native_ids if FULL_NAME.fullmatch(one)]
        children = api.things(known)["children"] if known else []
        shown = ids_of((child.get("data") for child in children if isinstance(child, dict)), "name")
        gone = [deleted(native_id, self.clock()) for native_id in known if native_id not in shown]
        return [*map(reader.post, reader.page(children, "info")[0]), *gone]

    def read(self, payload: str) -> Post:
        """Read one raw item again, as it stands in a dead letter; raises Malformed."""
        return Reader(self._me(self._api())).item(payload)

    def thread(self, mention_id: str) -> list[Post]:
        """Read the post that a mention belongs to and the comments above and below it."""
        api = self._api()
        reader = Reader(self._me(api))
        root, comments = self._conversation(api, mention_id, context=8)
        things, _ = reader.page([*root, *_flat(comments)], "thread")
        by_id = {thing.name: reader.post(thing) for thing in things}
        return sorted(by_id.values(), key=lambda post: (post.posted_at, bool(post.parent_id), post.native_id))

    def send(self, reply: OutgoingReply) -> Receipt:
        """Post one reply, as the plain text that it is."""
        if not reply.text.strip():
            raise Refused("Reddit: a reply needs a text.")
        if (length := self.length(reply.text)) > LONGEST:
            raise Refused(f"Reddit: the text has {length} of {LONGEST} characters.")
        if not FULL_NAME.fullmatch(reply.mention_id):
            raise Gone("Reddit has no such post.")
        api = self._api()
        if not api.is_user:
            raise Refused("Reddit: this source may only read; set username and password, or refresh_token.")
        told = api.reply(to_markdown(reply.text), to=reply.mention_id).get("json")
        body = told if isinstance(told, dict) else {}
        if errors := body.get("errors"):
            raise _fault_of(errors, body.get("ratelimit"), now=self.clock())
        data = body.get("data")
        things, _ = Reader("").page((data if isinstance(data, dict) else {}).get("things") or [], "answer")
        if not things:
            raise OutcomeUnknown("Reddit took a reply, but did not say its id.")
        return replace(_receipt(things[0]), allowance=api.allowance)

    def find_sent(self, reply: OutgoingReply) -> Receipt | None:
        """Look through the account's own comments, newest first, back to `first_tried_at`.

        Where they end before, since Reddit lists some 1,000, the comments below the post decide. Raises
        OutcomeUnknown when those are not all shown, Unavailable when it is too early.
        """
        api = self._api()
        since = absence.since(reply)
        try:
            me = self._me(api)
            for things in self._own_pages(api, me):
                for thing in things:
                    if _is_that(thing, reply):
                        return _receipt(thing)
                if since and any(thing.created_utc < since for thing in things):
                    return absence.settled(reply, label=self.label, now=self.clock())
            return self._found_below(api, me, reply) or absence.settled(
                reply, label=self.label, now=self.clock()
            )
        except (Malformed, Gone, Refused) as error:
            raise OutcomeUnknown(f"Reddit: the account's comments cannot be read: {error}") from error

    def check(self) -> Health:
        """Ask who the account is and try the query."""
        try:
            api = self._api()
            me = self._me(api)
            self._listed(api, "", size=5)
        except AuthFault as fault:
            return Health(ok=False, message="Reddit refuses the log-in.", what_to_do=str(fault))
        except RateLimited as fault:
            return Health(ok=False, message=str(fault), what_to_do="Wait some minutes.")
        except Unavailable as fault:
            return Health(ok=False, message=str(fault), what_to_do="Try again in some minutes.")
        except ListenerError as fault:
            what_to_do = (
                "Mend the query or the settings; new apps need Reddit's approval before they may read."
            )
            return Health(ok=False, message=str(fault), what_to_do=what_to_do)
        return Health(
            ok=True, message=f"Reddit {f'answers as u/{me}' if me else 'may be read, not answered'}."
        )

    def allowance_key(self) -> str:
        """Name what all sources of an account share."""
        return allowance_key(self.name, self.account, "all")

    def prices(self, call: Call) -> tuple[Price, ...]:
        """Take a reply out of all calls, unless Reddit asked for a pause between replies."""
        replies = (Price(allowance_key(self.name, self.account, "replies")),) if call == "send" else ()
        return (*replies, *super().prices(call))

    @classmethod
    def length(cls, text: str) -> int:
        """Count the Markdown that is sent."""
        return len(to_markdown(text))

    def _api(self) -> Api:
        module = load("listeners.networks.reddit.api", extra="reddit")
        api: Api = module.Api(self.account, clock=self.clock, allowance_key=self.allowance_key())
        return api

    @property
    def _page_size(self) -> int:
        return min(max(int(self.account.settings.get("page_size", PAGE_SIZE)), 1), 100)

    def _me(self, api: Api, *, known: str = "") -> str:
        """Return the account's name; "" where it may only read."""
        if not api.is_user:
            return ""
        return self.account.secrets.get("username") or known or str(api.me()["name"])

    def _listed(self, api: Api, after: str, *, size: int = 0) -> dict[str, Any]:
        window: dict[str, Any] = {"limit": size or self._page_size} | ({"after": after} if after else {})
        query = self.account.query.strip()
        if found := _SUBREDDITS.fullmatch(query):
            return api.comments(found[1], **window)
        if query not in MENTIONS:
            return api.search(query, subreddits=self._searched(), **window)
        if not api.is_user:
            raise InputError("Reddit tells mentions only to the account itself: set username and password.")
        return api.mentions(**window)

    def _searched(self) -> str:
        subreddits = str(self.account.settings.get("subreddits") or "all")
        if not _SUBREDDITS.fullmatch(f"r/{subreddits}"):
            raise InputError(
                f"Reddit: the setting subreddits must be like laufen+berlin, not {subreddits!r}."
            )
        return subreddits

    def _things(self, api: Api, ids: Sequence[str]) -> list[Thing]:
        known = [one for one in ids if FULL_NAME.fullmatch(one)]
        return Reader("").page(api.things(known)["children"], "info")[0] if known else []

    def _conversation(self, api: Api, mention_id: str, *, context: int) -> tuple[list[Any], list[Any]]:
        """Return the post and the comments of a conversation, raw; around a comment where that is meant."""
        mention = next(iter(self._things(api, [mention_id])), None)
        if mention is None:
            raise Gone("The post is no longer on Reddit.")
        if not mention.link:
            raise Malformed("Reddit did not say to which post a comment belongs.")
        comment_id = mention_id if mention.is_comment else ""
        root, comments = api.conversation(mention.link, comment_id=comment_id, context=context)
        return root["children"], comments["children"]

    def _own_pages(self, api: Api, me: str) -> Iterator[list[Thing]]:
        after = ""
        for _ in range(DEEPEST_LOOK):
            rest = {"after": after} if after else {}
            data = api.own_comments(me, limit=self._page_size, **rest)
            things, rejects = Reader(me).page(data["children"], "own comments")
            if rejects:
                raise Malformed(f"{rejects[0].where}: {rejects[0].reason}")
            yield things
            if not (after := _after(data)):
                return

    def _found_below(self, api: Api, me: str, reply: OutgoingReply) -> Receipt | None:
        """Look among all that stands directly below the post; raises OutcomeUnknown when some is left out."""
        _, comments = self._conversation(api, reply.mention_id, context=0)
        if reply.mention_id.startswith("t1_"):
            comments = next((children_of(one["data"].get("replies")) for one in comments), [])
        things, rejects = Reader(me).page(
            [one for one in comments if kind_of(one) != "more"], "below the post"
        )
        own = [thing for thing in things if (thing.author or "").casefold() == me.casefold()]
        for thing in own:
            if _is_that(thing, reply):
                return _receipt(thing)
        if rejects or any(kind_of(one) == "more" for one in comments):
            raise OutcomeUnknown("Reddit does not show all comments below the post.")
        return None


def _with(cursor: Cursor, me: str) -> Cursor:
    return Cursor(cursor.since, cursor.newest, cursor.after, cursor.again, me)


def _after(data: dict[str, Any]) -> str:
    """Return the full name behind which the next page begins."""
    after = data.get("after")
    if after is not None and not (isinstance(after, str) and FULL_NAME.fullmatch(after)):
        raise Malformed("Reddit's mark of the next page is none; it may lead to another host.")
    return after or ""


def _flat(children: Sequence[Any]) -> Iterator[Any]:
    """Yield the comments of a tree, without those that Reddit leaves out."""
    waiting = list(children)
    while waiting:
        child = waiting.pop(0)
        if kind_of(child) != "more":
            yield child
            data = child.get("data") if isinstance(child, dict) else None
            waiting += children_of(data.get("replies")) if isinstance(data, dict) else []


def _receipt(thing: Thing) -> Receipt:
    return Receipt(
        native_id=thing.name, posted_at=thing.created_utc, url=f"https://www.reddit.com{thing.permalink}"
    )


def _is_that(thing: Thing, reply: OutgoingReply) -> bool:
    is_said = same_text(thing.words(), words(to_markdown(reply.text)))
    is_below = is_said and thing.parent_id == reply.mention_id
    return is_below and absence.may_be(reply, native_id=thing.name, at=thing.created_utc)


def _fault_of(errors: Any, ratelimit: Any, *, now: datetime) -> Exception:
    """Return what Reddit's errors inside a success mean."""
    first = errors[0] if isinstance(errors, list) else None
    code, message = (str(first[0]), str(first[1])) if isinstance(first, list) and len(first) > 1 else ("", "")
    if code == "RATELIMIT":
        return RateLimited(
            "Reddit lets the account write only so often.", retry_at=_pause(message, ratelimit, now)
        )
    if code in _GONE:
        return Gone("The post is no longer on Reddit.")
    return Refused(f"Reddit will not post it: {message[:300] or code or 'no reason given'}")


def _pause(message: str, ratelimit: Any, now: datetime) -> datetime | None:
    """Return when Reddit takes the next comment, by the seconds that it tells or by its sentence."""
    if isinstance(ratelimit, int | float) and 0 < ratelimit <= 86_400:
        return datetime.fromtimestamp(now.timestamp() + ratelimit, UTC)
    if found := _BREAK.search(message):
        return now + int(found[1]) * timedelta(**{f"{found[2]}s": 1})
    return None
