"""Networks that push to `/hooks/<source>` in a form of their own; see `listeners.hook`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from listeners.contract import Post, Reject


class Pushing(ABC):
    """What a network that is polled can do besides; polling fills the gaps that pushes leave."""

    @abstractmethod
    def greet(self, query: Mapping[str, str]) -> str | None:
        """Return what the vendor wants to read before it pushes; None refuses it."""

    @abstractmethod
    def find_push_fault(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Return the status and sentence that refuse a delivery, (0, "") when it is genuine."""

    @abstractmethod
    def pushed(self, body: bytes) -> tuple[list[Post], list[Reject]]:
        """Read a genuine delivery; what needs a call that fails is a reject. Raises Malformed."""
