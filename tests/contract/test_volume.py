"""What every network promises when there is much to read."""

from __future__ import annotations

import gc

from listeners.contract import Post
from tests.contract.fakes import Fake

PAGE = 100
LONGEST_CURSOR = 2_000
POSTS_IN_MEMORY = 5 * PAGE


def living_posts() -> int:
    return sum(type(thing) is Post for thing in gc.get_objects())


def test_ten_thousand_posts_are_all_read_while_no_page_no_cursor_and_no_memory_grows(fake: Fake) -> None:
    published = fake.publish(*(f"Post {number}" for number in range(10_000)))
    network = fake.network(page_size=PAGE)
    seen: set[str] = set()
    cursor, more, pages = "", True, 0
    while more:
        page = network.fetch(cursor)
        seen.update(post.native_id for post in page.posts)
        cursor, more, pages = page.cursor, page.more, pages + 1
        assert len(page.posts) <= PAGE
        assert len(cursor) <= LONGEST_CURSOR
        assert pages % 25 or living_posts() <= POSTS_IN_MEMORY
    assert seen == {*published[-(fake.reach or len(published)) :]}
