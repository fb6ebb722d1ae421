"""How a network looks over the common book: its calls, its answers, its words for each fault."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl

from listeners.networks.demo.book import Book, Row
from listeners.networks.demo.dials import Dials
from listeners.networks.demo.play import Play

Fault = Literal["rate_limited", "not_accepted", "bad_gateway", "token_expired", "quota_used", "forbidden"]
"""What a dial can make a network say instead of its answer; `not_accepted` means that nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request; `parts` is the path below the network's base URL, header names are lower case."""

    method: str
    parts: list[str]
    query: dict[str, str]
    pairs: Sequence[tuple[str, str]] = ()
    """The query as it came, for names that stand in it several times."""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object, {} for anything else."""
        try:
            body = json.loads(self.raw)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    def listed(self, name: str) -> list[str]:
        """Return every value that the query has under a name."""
        return [value for key, value in self.pairs if key == name]

    def form(self) -> dict[str, str]:
        """Return the fields of a form, {} for anything else."""
        return dict(parse_qsl(self.raw.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a JSON body and headers.

    `page` is the list inside `body` that holds the posts: the dials double, spoil and shuffle it.
    `posted` says that a reply stands now, so that losing this answer matters.
    """

    status: int
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    page: list[Any] | None = None
    posted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """An answer that stays open: what changes from now on is written to it as it happens.

    `events` makes of a changed post what is told of it, each with the name of the event; `frame` makes
    bytes of one. Of one `name` there is a single channel; a second one is answered by `refusal`.
    """

    network: str
    events: Callable[[Row], list[tuple[str, Any]]]
    frame: Callable[[str, str], bytes]
    heartbeat: bytes
    content: str
    farewell: bytes = b""
    name: str = ""
    refusal: Answer | None = None


@dataclass(frozen=True, slots=True)
class Vendor(ABC):
    """One network's paths, paging, headers, errors and JSON; one is made for each request.

    `host` is how the caller reached the server, without a path; `now` is the network's clock.
    """

    book: Book
    play: Play
    host: str
    dials: Dials
    now: datetime

    malformed_item: ClassVar[Any] = {"id": None, "text": 17, "author": "nobody"}
    """What stands in a page instead of a post when that dial says so."""

    @abstractmethod
    def answer(self, call: Call) -> Answer:
        """Answer as the network documents it, without any fault."""

    @abstractmethod
    def fault(self, fault: Fault) -> Answer:
        """Say a fault in the network's words."""

    @abstractmethod
    def native_id(self, row: Row) -> str:
        """Return the id under which the network shows a post, the same after an edit."""

    def channel(self, call: Call) -> Channel | None:
        """Return the channel that a call opens; None where it opens none."""
        return None

    def writes(self, call: Call) -> bool:
        """Say whether a call would post something."""
        return call.method != "GET"

    def admits(self, call: Call, token: str) -> bool:
        """Say whether a call bears good credentials."""
        return call.headers.get("authorization") == f"Bearer {token}"

    def lead_elsewhere(self, answer: Answer, url: str) -> None:
        """Let what leads to the next page lead to `url`; nothing where pages have no link."""
        return
