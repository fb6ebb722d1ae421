"""What is counted: a brand's posts of a stretch of time, cut into slots from which any zone's days add up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import gcd
from zoneinfo import ZoneInfo

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Scope:
    """Posts of `brand` from `since` up to `until` (aware), of one network or ("") all, seen in `zone`."""

    brand: str
    since: datetime
    until: datetime
    zone: ZoneInfo
    network: str = ""

    @property
    def slot_seconds(self) -> int:
        """Length of a slot: an hour, less where clocks of the zone are not whole hours off UTC."""
        offsets = (moment.astimezone(self.zone).utcoffset() for moment in (self.since, self.until))
        return gcd(HOUR, *(int(offset.total_seconds()) for offset in offsets if offset is not None))
