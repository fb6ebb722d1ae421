"""The faults of the demo network, how often each happens, and the dice that decide."""

from __future__ import annotations

import random
import threading
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

Chance = Annotated[float, Field(ge=0.0, le=1.0)]


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Dials:
    """How badly the network behaves; a `Chance` is the share of calls that meet the fault.

    Raises pydantic's ValidationError, naming the dial, for values outside their range.
    """

    seed: int = 1
    only_writes: bool = False
    """The faults meet only calls that would post something; looks before them go well."""
    latency_s: Annotated[float, Field(ge=0.0, le=60.0)] = 0.0
    """Mean time a call takes, each between half and one and a half of it."""
    outage: bool = False
    outage_every_s: Annotated[float, Field(ge=0.0)] = 0.0
    """An outage each time so many seconds have passed, for `outage_lasts_s`; 0 is never."""
    outage_lasts_s: Annotated[float, Field(ge=0.0)] = 0.0
    expired_token: bool = False
    quota_used: bool = False
    """What was paid for, or is free, has been used up."""
    forbidden: bool = False
    """The account may not do this, whatever the token."""
    cut_before: Chance = 0.0
    """The connection ends before the call has any effect."""
    rate_limited: Chance = 0.0
    calls_left: Annotated[int, Field(ge=0)] = 100
    """What the network says of how many calls are left, where it says so."""
    retry_after: Annotated[str, Field(pattern=r"^[\x20-\x7e\xa0-\xff]*$")] = "5"
    """When to come back after a 429: seconds, or nonsense that is sent as it is; "" leaves it out."""
    error_before: Chance = 0.0
    """503 with the documented word that nothing happened."""
    error_after: Chance = 0.0
    """502 for a reply that stands."""
    lose_answer: Chance = 0.0
    """The reply stands, but the connection ends before the answer."""
    cut_body: Chance = 0.0
    """The connection ends in the middle of a page."""
    malformed_json: Chance = 0.0
    malformed_item: Chance = 0.0
    """One post of a page lacks what the network documents."""
    duplicates: Chance = 0.0
    """Each post of a page, sent twice."""
    reorder: Chance = 0.0
    """The posts of a page in any order."""
    hostile_next: str = ""
    """Where the link to the next page leads instead."""
    redirect_to: str = ""
    """Where every call is redirected to."""
    stream_silent: bool = False
    """Open streams stay open and say nothing, not even a heartbeat."""
    stream_farewell: bool = False
    """Open streams end with the network's own word for it."""
    heartbeat_s: Annotated[float, Field(gt=0.0)] = 15.0
    timeline_depth: int | None = None
    """How many of its own replies an account can read back; None is all."""

    def dark(self, now: datetime) -> bool:
        """Say whether an outage is on."""
        scheduled = self.outage_every_s and now.timestamp() % self.outage_every_s < self.outage_lasts_s
        return self.outage or bool(scheduled)


class Dice:
    """Seeded chance, shared by the threads of the server."""

    def __init__(self, dials: Dials) -> None:
        self.dials = dials
        self._random = random.Random(dials.seed)
        self._lock = threading.Lock()

    def hit(self, chance: float) -> bool:
        """Say whether something of this probability happens now."""
        with self._lock:
            return self._random.random() < chance

    def latency(self) -> float:
        """Draw the seconds that one call takes."""
        with self._lock:
            return self.dials.latency_s * self._random.uniform(0.5, 1.5)

    def disturb(self, items: list[Any], malformed_item: Any) -> list[Any]:
        """Double, spoil and shuffle the items of a page as the dials say."""
        doubled = [copy for item in items for copy in [item] * (1 + self.hit(self.dials.duplicates))]
        with self._lock:
            if self._random.random() < self.dials.malformed_item:
                where = self._random.randrange(len(doubled) + 1)
                doubled.insert(where, malformed_item)
            if self._random.random() < self.dials.reorder:
                self._random.shuffle(doubled)
        return doubled
