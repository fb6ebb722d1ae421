"""What the contract suite asks of a local stand-in of a network, and the stand-ins there are.

To join, a network writes one `Fake` and adds it to `FAKES`.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal

import httpx

from listeners.contract import Account, Network
from listeners.networks.appstore import AppStore
from listeners.networks.bluesky import Bluesky
from listeners.networks.business import Business
from listeners.networks.demo import DEMO_NETWORKS, Dials, serve
from listeners.networks.demo.book import Due, stamp
from listeners.networks.demo.client import DemoNetwork
from listeners.networks.demo.items import REVIEWS, is_private, native_id, repost, scripted, talk_with
from listeners.networks.demo.script import Author, Entry, Script
from listeners.networks.facebook import Facebook
from listeners.networks.fakes import FAKES as VENDORS
from listeners.networks.fakes.appstore import APP, private_key
from listeners.networks.fakes.atproto import did_of
from listeners.networks.fakes.business import PLACE
from listeners.networks.fakes.google import service_account
from listeners.networks.fakes.play import PACKAGE
from listeners.networks.fakes.telegram import BOT_ID
from listeners.networks.fakes.trustpilot import UNIT
from listeners.networks.fakes.x import OWN_ID
from listeners.networks.fakes.youtube import CHANNEL
from listeners.networks.instagram import Instagram
from listeners.networks.mastodon import Mastodon
from listeners.networks.play import Play
from listeners.networks.reddit import Reddit
from listeners.networks.telegram import Telegram
from listeners.networks.threads import Threads
from listeners.networks.trustpilot import Trustpilot
from listeners.networks.x import X
from listeners.networks.youtube import YouTube

Fault = Literal[
    "rate_limited",
    "server_error",
    "hangs",
    "cut_before",
    "cut_mid_body",
    "malformed_json",
    "malformed_item",
    "duplicates_and_disorder",
    "expired_token",
    "lost_answer",
    "error_after_effect",
    "short_timeline",
    "quota_used",
    "forbidden",
    "redirects",
    "nothing_left",
]


class Watch:
    """A clock that is turned by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


class Fake(ABC):
    """A local server that behaves as the network documents it, faults included.

    Most networks need no more than a `VendorFake`.
    """

    settles_s: ClassVar[float]
    """How long after a try the network's own list of replies is a proof."""
    pauses_by_date: ClassVar[bool] = True
    """Whether a pause may be told as an HTTP date too."""
    pause_s: ClassVar[int] = 30
    """A pause that the network has words for; some tell whole minutes only."""
    reach: ClassVar[int | None] = None
    """How many posts the network's lists hold at most; None is all."""
    vouches: ClassVar[bool] = True
    """Whether a server error says that nothing was posted."""
    standing_after_two_sends: ClassVar[int] = 2
    """How often a reply stands that was given twice."""
    takes_equal_replies: ClassVar[bool] = True
    """Whether the same words can stand below one post twice."""
    private_after_two_sends: ClassVar[int] = 2
    """How often a private one does, where the network takes more than one."""
    author: ClassVar[tuple[str, str, int | None]] = ("kim", "Kim", 7)
    """What the network shows of an author: handle, name, followers."""
    shows_photos: ClassVar[bool] = True
    tells_first_date: ClassVar[bool] = True
    """Whether it still says, of an edited post, when it was posted."""
    counts_reposts: ClassVar[bool] = True
    """Whether it tells how often a post was passed on."""
    lets_edit: ClassVar[bool] = True
    """Whether a post can be changed there."""
    finds_by_key: ClassVar[bool] = False
    """Whether a reply is looked up under a key of ours, so that no list of replies can mislead."""
    shows_whole_threads: ClassVar[bool] = False
    """Whether a private reply is looked up in its thread, not in a list that may be cut off."""
    holds_messages: ClassVar[bool] = False
    """Whether what customers write there is messages, which others cannot read."""
    message_window: ClassVar[timedelta | None] = None
    """How long such a message may be answered; None for ever."""
    tells_deletions: ClassVar[bool] = True
    """Whether it says of a deleted post that it is gone, and not only that it cannot be read."""

    def __init__(self, watch: Watch, folder: Path, session: httpx.Client) -> None:
        self.watch = watch
        self.session = session

    @abstractmethod
    def network(self, *, page_size: int = 50, timeout_s: float = 5.0) -> Network:
        """Make the network's class, speaking to this server."""

    @abstractmethod
    def publish(self, *texts: str) -> list[str]:
        """Let customers post, all of whom may be answered; returns the native ids."""

    def pass_on(self, native_id: str) -> None:
        """Let somebody else pass a post on without words, where the network shows that as a post."""
        raise NotImplementedError

    @abstractmethod
    def edit(self, native_id: str, text: str) -> None:
        """Let an author change a post."""

    @abstractmethod
    def delete(self, native_id: str) -> None:
        """Let an author delete a post."""

    @abstractmethod
    def break_down(self, fault: Fault, *, retry_after: str = "", only_writes: bool = False) -> None:
        """Meet every call with a fault from now on, or only those that would post something."""

    @abstractmethod
    def point_next_page_to(self, url: str) -> None:
        """Let the link to the next page lead elsewhere."""

    @abstractmethod
    def redirect_to(self, url: str) -> None:
        """Let every call be redirected."""

    @abstractmethod
    def heal(self) -> None:
        """End all faults."""

    @abstractmethod
    def set_clock_back(self, span: timedelta) -> None:
        """Let the network's clock go wrong."""

    @abstractmethod
    def replies(self) -> list[tuple[str, str]]:
        """List what stands there as (answered post, text), doubles included."""

    def publish_for_private(self, *texts: str) -> list[str]:
        """Let customers write what may be answered privately; returns the native ids."""
        return self.publish(*texts)

    @abstractmethod
    def next_is(self, handle: str) -> None:
        """Let somebody else write from now on."""

    @abstractmethod
    def private_replies(self) -> list[tuple[str, str]]:
        """List what of `replies` only the author of the answered post can read."""

    @abstractmethod
    def close(self) -> None:
        """Stop the server; what connects later is refused."""


class BookFake(Fake):
    """The demo server's book and dials, as one network of it shows them."""

    key: str
    """The network's name in the book."""
    dials: ClassVar[Mapping[Fault, Mapping[str, Any]]] = {
        "rate_limited": {"rate_limited": 1.0},
        "server_error": {"error_before": 1.0},
        "hangs": {"latency_s": 60.0},
        "cut_before": {"cut_before": 1.0},
        "cut_mid_body": {"cut_body": 1.0},
        "malformed_json": {"malformed_json": 1.0},
        "malformed_item": {"malformed_item": 1.0},
        "duplicates_and_disorder": {"duplicates": 1.0, "reorder": 1.0},
        "expired_token": {"expired_token": True},
        "lost_answer": {"lose_answer": 1.0},
        "error_after_effect": {"error_after": 1.0},
        "short_timeline": {"timeline_depth": 1},
        "quota_used": {"quota_used": True},
        "forbidden": {"forbidden": True},
        "redirects": {"redirect_to": "https://elsewhere.example/steal"},
        "nothing_left": {"calls_left": 0},
    }

    def __init__(self, watch: Watch, folder: Path, session: httpx.Client) -> None:
        super().__init__(watch, folder, session)
        self.wrong_by = timedelta()
        self.numbers = itertools.count(1)
        self.handles: Iterator[str] = itertools.repeat("kim")
        """Who posts next."""
        self.server = serve(folder / "book.sqlite3", clock=lambda: watch.now - self.wrong_by, script=Script())

    def native_id(self, name: str) -> str:
        """Return the id under which the network shows a post of ours."""
        return self.server.play.native_id(self.key, name)

    def book_id(self, native_id: str) -> str:
        """Return a post's id in the book."""
        return native_id

    def publish(self, *texts: str) -> list[str]:
        with self.server.book.transaction():
            return [self._post(text) for text in texts]

    def _post(self, text: str) -> str:
        name, rating = f"post-{next(self.numbers)}", 2 if self.key in REVIEWS else None
        text = f"@zehnschritt {text}"
        self._put(name, Entry(by=next(self.handles), at=0, text=text, rating=rating, photo="torn-eyelet"))
        return self.native_id(name)

    def pass_on(self, native_id: str) -> None:
        original = self.server.book.get(self.key, self.book_id(native_id))
        assert original is not None
        self.server.book.put(self.key, original.item | {"shares": original.item["shares"] + 1})
        new_id = self.server.play.native_id(self.key, f"repost-{next(self.numbers)}")
        by = original.item["author"] | {"id": "4711", "handle": "ben", "name": "Ben"}
        at = {"posted_at": stamp(self.server.play.clock())}
        self.server.book.put(self.key, repost(original.item, new_id=new_id, by=by) | at)

    def edit(self, native_id: str, text: str) -> None:
        self._happen("edit", {"id": self.book_id(native_id), "text": text})

    def delete(self, native_id: str) -> None:
        self._happen("delete", {"id": self.book_id(native_id)})

    def _happen(self, action: str, body: dict[str, str]) -> None:
        key = f"{action}-{next(self.numbers)}"
        self.server.book.plan(Due(key, self.watch(), action, body | {"network": self.key}))

    def break_down(self, fault: Fault, *, retry_after: str = "", only_writes: bool = False) -> None:
        self.server.dial(**self.dials[fault], retry_after=retry_after, only_writes=only_writes)

    def point_next_page_to(self, url: str) -> None:
        self.server.dial(hostile_next=url)

    def redirect_to(self, url: str) -> None:
        self.server.dial(redirect_to=url)

    def heal(self) -> None:
        self.server.dial()

    def set_clock_back(self, span: timedelta) -> None:
        self.wrong_by = span

    def replies(self) -> list[tuple[str, str]]:
        return [
            (self.shown_id(row.item["parent_id"]), row.item["text"])
            for _, row in self.server.book.all_replies()
        ]

    def private_replies(self) -> list[tuple[str, str]]:
        return [
            (self.shown_id(row.item["parent_id"]), row.item["text"])
            for _, row in self.server.book.all_replies()
            if is_private(row.item)
        ]

    def next_is(self, handle: str) -> None:
        self.handles = itertools.repeat(handle)

    def comment_below_own(self, *texts: str) -> list[str]:
        """Let customers comment below a post of the brand; returns the native ids."""
        with self.server.book.transaction():
            own = Entry(by="zehnschritt", at=0, text="Neu: der Trail 3 🏃")
            own_id = self._put(f"own-{next(self.numbers)}", own, source="brand")
            return [self._comment(text, own_id) for text in texts]

    def write_to_inbox(self, *texts: str) -> list[str]:
        """Let customers write to the brand where nobody else reads it; returns the native ids."""
        return [self._message(text) for text in texts]

    def _message(self, text: str) -> str:
        name, handle = f"message-{next(self.numbers)}", next(self.handles)
        talk = {"kind": "message", "thread_id": talk_with(native_id("people", handle))}
        self._put(name, Entry(by=handle, at=0, text=text, photo="torn-eyelet"), **talk)
        return self.native_id(name)

    def _comment(self, text: str, own_id: str) -> str:
        name = f"comment-{next(self.numbers)}"
        self._put(name, Entry(by=next(self.handles), at=0, text=f"@zehnschritt {text}", to=own_id))
        return self.native_id(name)

    def _put(self, name: str, entry: Entry, *, source: str = "customer", **more: str) -> str:
        """Let something of a name stand there at once; returns its id in the book."""
        person = Author.model_validate({"network": self.key, "name": entry.by.title(), "followers": 7})
        post_id = self.server.play.native_id(self.key, name)
        places = {"id": post_id, "thread_id": entry.to or post_id, "parent_id": entry.to}
        at = {"posted_at": stamp(self.server.play.clock())}
        self.server.book.put(self.key, scripted(entry, person, entry.by) | places | at | more, source=source)
        return post_id

    def shown_id(self, book_id: str) -> str:
        """Return the id under which the network shows a post of the book."""
        return book_id

    def close(self) -> None:
        self.server.close()


class DemoFake(BookFake):
    """One network of the demo server in its own plain form."""

    settles_s = 20.0

    def __init__(self, kind: type[DemoNetwork], watch: Watch, folder: Path, session: httpx.Client) -> None:
        super().__init__(watch, folder, session)
        self.kind, self.key = kind, kind.path

    def network(self, *, page_size: int = 50, timeout_s: float = 5.0) -> Network:
        settings = {"base_url": self.server.url, "page_size": page_size, "timeout_s": timeout_s}
        account = Account(settings=settings, secrets={"token": "demo"})
        return self.kind(account, session=self.session, clock=self.watch)


class VendorFake(BookFake):
    """A stand-in of `listeners.networks.fakes`: real paths, headers and JSON over the same book."""

    name: ClassVar[str]
    """In `FAKES` and in its path."""
    kind: ClassVar[type[Network]]
    query: ClassVar[str] = ""
    secrets: ClassVar[Mapping[str, str]] = {"token": "demo"}

    def __init__(self, watch: Watch, folder: Path, session: httpx.Client) -> None:
        super().__init__(watch, folder, session)
        self.key = self.name

    def network(self, *, page_size: int = 50, timeout_s: float = 5.0) -> Network:
        url = f"{self.server.url}/fakes/{self.name}"
        settings = {"base_url": url, "page_size": page_size, "timeout_s": timeout_s}
        account = Account(query=self.query, settings=settings, secrets=self.secrets)
        return self.kind(account, session=self.session, clock=self.watch)

    def native_id(self, name: str) -> str:
        return self.shown_id(self.server.play.native_id(self.key, name))

    def shown_id(self, book_id: str) -> str:
        row = self.server.book.get(self.key, book_id)
        assert row is not None
        vendor = VENDORS[self.name](self.server.book, self.server.play, "", Dials(), self.watch())
        return vendor.native_id(row)

    def book_id(self, native_id: str) -> str:
        found = [
            row
            for row in self.server.book.after(self.key, 0, 10**9)
            if self.shown_id(row.item["id"]) == native_id
        ]
        return str(found[0].item["id"])


class XFake(VendorFake):
    """X's own search, with an OAuth 2 user token."""

    name, kind, query = "x", X, "@zehnschritt OR zehnschritt"
    shows_whole_threads = True
    settles_s = 60.0
    pauses_by_date = False
    vouches = False
    standing_after_two_sends = 1
    takes_equal_replies = False


class XMentionsFake(XFake):
    """The account's mentions on X, signed with four keys."""

    query = "mentions"
    secrets: ClassVar[Mapping[str, str]] = {
        "consumer_key": "app",
        "consumer_secret": "app-secret",
        "access_token": f"{OWN_ID}-demo",
        "access_token_secret": "secret",
    }


class XMessagesFake(XMentionsFake):
    """What people write to the account on X in direct messages."""

    query = "messages"
    holds_messages = True
    lets_edit = False
    tells_deletions = False

    def publish(self, *texts: str) -> list[str]:
        return self.write_to_inbox(*texts)

    def shown_id(self, book_id: str) -> str:
        return f"message/{super().shown_id(book_id)}"


class RedditFake(VendorFake):
    """A search of Reddit's posts."""

    name, kind, query = "reddit", Reddit, '"zehnschritt"'
    secrets: ClassVar[Mapping[str, str]] = {
        "client_id": "app",
        "client_secret": "demo",
        "username": "zehnschritt",
        "password": "secret",
    }
    settles_s = 60.0
    vouches = False
    author = ("kim", "", None)
    reach = 1000


class MastodonFake(VendorFake):
    """What tells the account that it is mentioned on Mastodon."""

    name, kind = "mastodon", Mastodon
    private_after_two_sends = 1
    shows_whole_threads = True
    settles_s = 60.0
    pauses_by_date = False
    vouches = False
    standing_after_two_sends = 1


class MastodonTagFake(MastodonFake):
    """A hashtag on Mastodon."""

    query = "#zehnschritt"

    def publish(self, *texts: str) -> list[str]:
        return super().publish(*(f"#zehnschritt {text}" for text in texts))


class MastodonSearchFake(MastodonFake):
    """A server's own search on Mastodon."""

    query = "zehnschritt"


class FacebookFake(VendorFake):
    """A page's feed on Facebook."""

    name, kind = "facebook", Facebook
    settles_s = 60.0
    pauses_by_date = False
    pause_s = 60
    vouches = False
    author = (f"Kim#{native_id('people', 'kim')[-4:]}", "Kim", None)

    def publish_for_private(self, *texts: str) -> list[str]:
        return self.comment_below_own(*texts)


class FacebookMessagesFake(FacebookFake):
    """What people write to a page in Messenger."""

    query = "messages"
    holds_messages = True
    message_window = timedelta(hours=24)
    tells_deletions = False

    def publish_for_private(self, *texts: str) -> list[str]:
        return self.write_to_inbox(*texts)

    def publish(self, *texts: str) -> list[str]:
        return self.write_to_inbox(*texts)

    def shown_id(self, book_id: str) -> str:
        return f"message/{super().shown_id(book_id)}"


class TelegramFake(VendorFake):
    """What people write to a bot on Telegram."""

    name, kind = "telegram", Telegram
    secrets: ClassVar[Mapping[str, str]] = {"token": f"{BOT_ID}:demo"}
    settles_s = 0.0
    pauses_by_date = False
    vouches = False
    author = ("kim", "Kim", None)
    tells_deletions = False


class InstagramFake(VendorFake):
    """Photos of others whose captions mention the account on Instagram."""

    name, kind, query = "instagram", Instagram, "tags"
    settles_s = 60.0
    pauses_by_date = False
    pause_s = 60
    vouches = False
    author = ("kim", "", None)
    tells_deletions = False

    def publish_for_private(self, *texts: str) -> list[str]:
        return self.comment_below_own(*texts)

    def shown_id(self, book_id: str) -> str:
        shown = super().shown_id(book_id)
        row = self.server.book.get(self.key, book_id)
        return shown if row and row.item["parent_id"] else f"media/{shown}"


class InstagramMessagesFake(InstagramFake):
    """What people write to an account on Instagram."""

    query = "messages"
    holds_messages = True
    message_window = timedelta(hours=24)
    tells_deletions = False

    def publish_for_private(self, *texts: str) -> list[str]:
        return self.write_to_inbox(*texts)

    def publish(self, *texts: str) -> list[str]:
        return self.write_to_inbox(*texts)

    def shown_id(self, book_id: str) -> str:
        return f"message/{VendorFake.shown_id(self, book_id)}"


class ReviewFake(VendorFake):
    """Reviews that take one answer each."""

    settles_s = 60.0
    vouches = False
    standing_after_two_sends = 1
    takes_equal_replies = False
    author = ("Kim", "Kim", None)
    shows_photos = False


class AppStoreFake(ReviewFake):
    """Reviews of an app, with Apple's signed tokens."""

    name, kind, query = "appstore", AppStore, APP
    secrets: ClassVar[Mapping[str, str]] = {
        "issuer_id": "team",
        "key_id": "KEY",
        "private_key": private_key("demo"),
    }
    tells_first_date = False


class PlayFake(ReviewFake):
    """Reviews of an app on Google Play, with a service account's key."""

    name, kind, query = "play", Play, PACKAGE
    secrets: ClassVar[Mapping[str, str]] = {"service_account": service_account("demo")}
    tells_first_date = False
    tells_deletions = False


class YouTubeFake(VendorFake):
    """Comments on a channel, with the refresh token of its account."""

    name, kind, query = "youtube", YouTube, CHANNEL
    secrets: ClassVar[Mapping[str, str]] = {
        "client_id": "app",
        "client_secret": "secret",
        "refresh_token": "demo",
    }
    settles_s = 60.0
    vouches = False
    author = ("kim", "", None)
    shows_photos = False


class ThreadsFake(VendorFake):
    """What mentions the account on Threads."""

    counts_reposts = False
    name, kind = "threads", Threads
    settles_s = 60.0
    pauses_by_date = False
    pause_s = 60
    vouches = False
    author = ("kim", "", None)
    tells_deletions = False


class BlueskyFake(VendorFake):
    """A search of Bluesky."""

    name, kind, query = "bluesky", Bluesky, "zehnschritt"
    secrets: ClassVar[Mapping[str, str]] = {"handle": "zehnschritt.example", "app_password": "demo"}
    settles_s = 60.0
    pauses_by_date = False
    vouches = False
    standing_after_two_sends = 1
    author = ("kim", "Kim", None)
    lets_edit = False
    finds_by_key = True
    shows_whole_threads = True

    def edit(self, native_id: str, text: str) -> None:
        """Change nothing: nobody can."""


class BlueskyMentionsFake(BlueskyFake):
    """What the account is told of on Bluesky."""

    query = "mentions"


class BlueskyMessagesFake(BlueskyFake):
    """What people write to the account in Bluesky's chat."""

    query = "messages"
    holds_messages = True
    tells_deletions = False
    shows_photos = False

    def publish(self, *texts: str) -> list[str]:
        return self.write_to_inbox(*texts)

    def shown_id(self, book_id: str) -> str:
        row = self.server.book.get(self.key, book_id)
        assert row is not None
        talk = did_of({"id": row.item["thread_id"].partition("/")[2]}).removeprefix("did:plc:")
        return f"message/{talk}/{super().shown_id(book_id).rpartition('/')[2]}"


class BusinessFake(ReviewFake):
    """Reviews of a place, with the refresh token of somebody who manages it."""

    name, kind, query = "business", Business, PLACE
    secrets: ClassVar[Mapping[str, str]] = {
        "client_id": "app",
        "client_secret": "secret",
        "refresh_token": "demo",
    }


class TrustpilotFake(ReviewFake):
    """Reviews of a business unit, read with a key and answered with a log-in."""

    name, kind, query = "trustpilot", Trustpilot, UNIT
    secrets: ClassVar[Mapping[str, str]] = {"api_key": "demo", "api_secret": "secret"}


PASSED_ON = ("bluesky", "mastodon", "reddit", "threads", "x")


def _demo(kind: type[DemoNetwork]) -> Callable[[Watch, Path, httpx.Client], Fake]:
    return lambda watch, folder, session: DemoFake(kind, watch, folder, session)


FAKES: dict[str, Callable[[Watch, Path, httpx.Client], Fake]] = {
    **{kind.name: _demo(kind) for kind in DEMO_NETWORKS if issubclass(kind, DemoNetwork)},
    "appstore": AppStoreFake,
    "bluesky_mentions": BlueskyMentionsFake,
    "bluesky_search": BlueskyFake,
    "business": BusinessFake,
    "mastodon_mentions": MastodonFake,
    "mastodon_search": MastodonSearchFake,
    "mastodon_tag": MastodonTagFake,
    "facebook": FacebookFake,
    "instagram": InstagramFake,
    "play": PlayFake,
    "reddit": RedditFake,
    "telegram": TelegramFake,
    "threads": ThreadsFake,
    "trustpilot": TrustpilotFake,
    "x_search": XFake,
    "x_mentions": XMentionsFake,
    "youtube": YouTubeFake,
}

DISCREET = frozenset(
    name for name, make in FAKES.items() if isinstance(make, type) and make.kind.answers_privately
)
"""Networks that answer public posts privately."""
INBOXES: dict[str, Callable[[Watch, Path, httpx.Client], Fake]] = {
    "bluesky_messages": BlueskyMessagesFake,
    "facebook_messages": FacebookMessagesFake,
    "instagram_messages": InstagramMessagesFake,
    "x_messages": XMessagesFake,
}
"""Inboxes, of which each person's messages are one conversation."""
PASSING_ON = frozenset(name for name in FAKES if name.partition("_")[0] in PASSED_ON)
"""Those that show it as a post of its own when somebody passes one on; elsewhere it is a number at most."""
FORGETFUL = frozenset({"telegram"})
"""Networks that let nobody read again what stands there, so that a lost answer stays unknown."""
