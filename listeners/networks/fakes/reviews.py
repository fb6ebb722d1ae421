"""What the stand-ins for reviews share: one answer to each, which a second one replaces."""

from __future__ import annotations

from listeners.networks.demo.book import Row, stamp
from listeners.networks.demo.vendor import Vendor


def is_review(row: Row) -> bool:
    """Say whether a row is a review that stands."""
    return row.source == "customer" and not row.item["deleted"]


def answers(vendor: Vendor, network: str) -> dict[str, Row]:
    """Return all answers by the id that their reviews have in the book."""
    return {row.item["parent_id"]: row for row in vendor.book.replies(network)}


def answer_to(vendor: Vendor, network: str, row: Row) -> Row | None:
    """Return the answer to one review."""
    thread = vendor.book.thread(network, row.item["thread_id"])
    found = (one for one in thread if one.source == "reply" and one.item["parent_id"] == row.item["id"])
    return next(found, None)


def write_answer(vendor: Vendor, network: str, row: Row, text: str) -> Row:
    """Answer a review, or put new words in the place of its answer."""
    if standing := answer_to(vendor, network, row):
        vendor.book.put(network, standing.item | {"text": text, "edited_at": stamp(vendor.now)})
    else:
        vendor.play.receive(network, row, text)
    written = answer_to(vendor, network, row)
    assert written is not None
    return written


def is_out_of_reach(vendor: Vendor, network: str, row: Row) -> bool:
    """Say whether the dial lets only the reviews answered last be read, and this is none of them."""
    depth = vendor.dials.timeline_depth
    if depth is None:
        return False
    last = {answer.item["parent_id"] for answer in vendor.book.replies(network, limit=depth)}
    return row.item["id"] not in last


def changed_at(row: Row) -> str:
    """Return when a row got its present words."""
    return str(row.item["edited_at"] or row.item["posted_at"])
