"""What every network can do, and the frozen values that travel between it and the rooms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

import httpx

from listeners.exceptions import Malformed
from listeners.needs import Need, gettext_noop

Clock = Callable[[], datetime]
"""Returns the current time, aware, in UTC."""
Call = Literal["send", "look"]
"""A call for one reply: `send`, or `find_sent`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The account behind a post, as the network shows it."""

    native_id: str
    handle: str
    name: str = ""
    followers: int | None = None
    profile_url: str = ""
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A picture attached to a post, still on the network."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post, comment, review or message as a network delivered it; times are aware UTC.

    `parent_id` is the native id of what it answers, `thread_id` of what the conversation began with,
    `quoted_id` of what it quotes;
    `rating` is 1-5 for reviews. `kind` is one of `Mention.Kind`.
    """

    native_id: str
    author: Person
    text: str
    posted_at: datetime
    kind: str = "post"
    url: str = ""
    language: str = ""
    parent_id: str = ""
    thread_id: str = ""
    quoted_id: str = ""
    edited_at: datetime | None = None
    """When it got its present words; the same as `posted_at` where a network tells only one of the two."""
    reactions: int = 0
    shares: int = 0
    rating: int | None = None
    photos: tuple[Photo, ...] = ()
    can_reply: bool = True
    cannot_reply_reason: str = ""
    reply_until: datetime | None = None
    """After it the network takes no answer any more; None where it always does."""
    deleted: bool = False
    is_own: bool = False
    """Whether the account that listens wrote it itself: context, never a customer's post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """One item of a page or file that could not be read: where it stood, why, and what it was."""

    where: str
    reason: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How many calls of one kind the network allows until a time; whoever shares `key` shares them."""

    key: str
    limit: int
    left: int
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class Price:
    """How many calls something takes out of the allowance named `key`."""

    key: str
    calls: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One fetch: its posts, the cursor to store with them, and whether more waits behind it."""

    posts: tuple[Post, ...]
    cursor: str
    more: bool = False
    rejects: tuple[Reject, ...] = ()
    allowance: Allowance | None = None
    """What the network said of how many fetches are left, where it does."""
    further_calls: int = 0
    """How many calls it took besides the one of each fetch, where the network does not count them for us."""
    missed_before: datetime | None = None
    """Set where the network no longer shows what was posted before then and not read; it shows all since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingReply:
    """A reply on its way out; `key` is unique for ever and made before the first call."""

    key: str
    mention_id: str
    thread_id: str
    author_id: str
    text: str
    language: str = ""
    kind: str = "post"
    """What it answers, one of `Mention.Kind`."""
    is_private: bool = False
    """Whether only its author may read it; what answers a message always is."""
    first_tried_at: datetime | None = None
    others: frozenset[str] = frozenset()
    """Native ids of replies to the same person or in the same thread that are confirmed: none is this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The network's word that a reply stands there."""

    native_id: str
    posted_at: datetime
    url: str = ""
    allowance: Allowance | None = field(default=None, compare=False)
    """What the network said of how many replies are left, where it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateAnswers:
    """How a network takes answers that only the author of a post reads; `length` counts as it counts them."""

    max_length: int | None
    length: Callable[[str], int] = len
    within: timedelta | None = None
    """How long after a public post; None for ever."""
    once: bool = False
    """Whether a public post takes one only."""
    asked_only: bool = False
    """Whether only those may be written to whose post may be answered publicly (`Post.can_reply`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether a source can work now; when not, what a person has to do."""

    ok: bool
    message: str
    what_to_do: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a network instance is made for: one query of one brand, and the secrets in force for it."""

    source: str = ""
    """The source's slug."""
    query: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    renews: bool = False
    """Whether its token changes again and again, so that nothing can be known by it."""


class Network(ABC):
    """One network. It holds no state between calls, never sleeps and never touches the database."""

    name: ClassVar[str]
    label: ClassVar[str]
    needs: ClassVar[tuple[Need, ...]] = ()
    """What a source of it is asked for: its query, every setting and every secret that it reads."""
    max_length: ClassVar[int | None] = None
    can_send: ClassVar[bool] = False
    answers_privately: ClassVar[PrivateAnswers | None] = None
    """None where public posts cannot be answered privately; `not_privately` says why."""
    not_privately: ClassVar[str] = gettext_noop("this network takes no private answers to public posts.")
    polls: ClassVar[bool] = True
    poll_seconds: ClassVar[float] = 30.0
    keeps: ClassVar[timedelta | None] = None
    """For how long what was not read yet surely waits behind a cursor; None where no rule says so."""
    finds_by_search: ClassVar[bool] = False
    """Whether it also finds posts about other things, so that the brand's keywords decide."""
    matches_people: ClassVar[bool] = True
    """Whether its rules let us know that an author is the same person as one elsewhere."""
    recheck_within: ClassVar[timedelta] = timedelta(days=7)
    """How soon what people delete or change there must be so here, where `recheck` has to find that out."""
    local: ClassVar[bool] = False
    """Whether it may run on this machine; all others are kept from reaching it."""

    def __init__(self, account: Account, *, session: httpx.Client, clock: Clock) -> None:
        self.account = account
        self.session = session
        self.clock = clock

    @abstractmethod
    def fetch(self, cursor: str) -> Page:
        """Read what came after `cursor` ("" for the beginning); pages overlap rather than miss.

        Raises TransientFault, AuthFault or Malformed.
        """

    def allowance_key(self) -> str:
        """Name the allowance that `fetch` draws on, for all sources that share it; "" for none known."""
        return ""

    def prices(self, call: Call) -> tuple[Price, ...]:
        """Say what one such call takes out of which allowances: by default one of those of `fetch`.

        A pause that the network asks for exhausts the first of them.
        """
        key = self.allowance_key()
        return (Price(key),) if key else ()

    def private_prices(self, call: Call) -> tuple[Price, ...]:
        """Say the same of a reply that only its author reads."""
        return self.prices(call)

    def recheck(self, native_ids: Sequence[str]) -> list[Post]:
        """Read at most 100 posts again: changed ones as they are now, deleted ones as `deleted`.

        Only networks whose `fetch` never tells of edits and deletions need it; the others return [].
        Raises as `fetch`.
        """
        return []

    def read(self, payload: str) -> Post:
        """Read one raw item again, as it stands in a dead letter; raises Malformed."""
        raise Malformed(f"{self.label} cannot read single items again; mend the source and fetch it anew.")

    def photo_url(self, url: str) -> str:
        """Return where a photo can be fetched now, of which `url` was told with its post.

        A network whose addresses hold secrets tells one without them, and makes the other here; it is never
        stored. Raises as `fetch`, and Gone.
        """
        return url

    def thread(self, mention_id: str) -> list[Post]:
        """Read the conversation around one post, oldest first; [] where the network has none."""
        return []

    def send(self, reply: OutgoingReply) -> Receipt:
        """Post one reply.

        Raises TransientFault only when it surely was not posted, OutcomeUnknown when nobody can tell,
        TerminalFault when the network refuses it.
        """
        raise NotImplementedError(f"{self.label} cannot be answered from here.")

    def find_sent(self, reply: OutgoingReply) -> Receipt | None:
        """Look on the network for a reply whose outcome is unknown; None proves that it is absent.

        Raises OutcomeUnknown when the network cannot prove it, TransientFault when it did not answer.
        """
        raise NotImplementedError(f"{self.label} cannot be answered from here.")

    @classmethod
    def why_not_privately(cls, *, native_id: str, kind: str) -> str:
        """Say why a public post cannot be answered privately; "" where it can."""
        return "" if cls.answers_privately else cls.not_privately

    @abstractmethod
    def check(self) -> Health:
        """Ask the network whether the account works."""

    @classmethod
    def length(cls, text: str) -> int:
        """Count `text` as the network counts it against `max_length`."""
        return len(text)
