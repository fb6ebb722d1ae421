"""What on a network may be a reply whose answer was lost, and when it is proven that nothing is."""

from __future__ import annotations

from datetime import datetime, timedelta

from listeners.contract import OutgoingReply, Receipt
from listeners.exceptions import Unavailable

CLOCK_SKEW = timedelta(hours=2)
"""How wrong the clocks may be: so much further back is looked, since a miss would post twice."""
SETTLES_AFTER = timedelta(seconds=60)
"""A reply that does not stand on its network this long after it was tried will never be."""


def since(reply: OutgoingReply) -> datetime | None:
    """Return from when on a reply may stand there; None where nobody knows when it was tried."""
    return reply.first_tried_at - CLOCK_SKEW if reply.first_tried_at else None


def may_be(reply: OutgoingReply, *, native_id: str, at: datetime) -> bool:
    """Say whether what stands under an id since a time may be this reply, if its words are the same.

    What stands there from before the first try is another one, and so is what is known as one.
    """
    earliest = since(reply)
    return native_id not in reply.others and (earliest is None or at >= earliest)


def settled(
    reply: OutgoingReply, *, label: str, now: datetime, after: timedelta = SETTLES_AFTER
) -> Receipt | None:
    """Return None, which takes absence for a proof; raises Unavailable while it is too early for one."""
    if reply.first_tried_at and now < (when := reply.first_tried_at + after):
        raise Unavailable(f"{label}: not there yet; only after {when:%H:%M:%S} UTC is that a proof.")
    return None
