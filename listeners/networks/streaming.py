"""Networks that tell of posts at once over a connection that stays open; see `listeners.stream`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from listeners.contract import Account, Post, Reject

SILENCE_S = 30.0
"""How long a connection may say nothing, not even a heartbeat, before it counts as dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came for the sources of these names; with nothing in it, a heartbeat.

    `remark` is what a person should know though the connection goes on.
    """

    sources: tuple[str, ...] = ()
    posts: tuple[Post, ...] = ()
    rejects: tuple[Reject, ...] = ()
    remark: str = ""


Tell = Callable[[Told], None]


class Stream(ABC):
    """One connection. It never waits before trying again: that is for whoever opened it."""

    @abstractmethod
    def read(self, tell: Tell) -> None:
        """Connect and tell of what comes; returns only after `close`.

        Raises TransientFault when the connection ends or says nothing for too long, AuthFault or another
        TerminalFault when the network does not want it.
        """

    @abstractmethod
    def close(self) -> None:
        """End the connection at once; may be called from another thread and at any time."""


class Streaming(ABC):
    """What a network that is polled can do besides; polling fills the gaps that streams leave."""

    @abstractmethod
    def stream_key(self) -> str:
        """Name the connection that this source shares with others; raises InputError where it has none."""

    @abstractmethod
    def open_stream(self, accounts: Sequence[Account]) -> Stream:
        """Make the stream of all sources that share its key."""
