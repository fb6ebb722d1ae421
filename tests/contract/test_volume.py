"""What every network promises when there is much to read."""

from __future__ import annotations

from tests.contract.fakes import Fake

PAGE = 100
LONGEST_CURSOR = 2_000


def test_ten_thousand_posts_are_all_read_while_no_page_and_no_cursor_grows(fake: Fake) -> None:
    published = fake.publish(*(f"Post {number}" for number in range(10_000)))
    network = fake.network(page_size=PAGE)
    seen: set[str] = set()
    cursor, more = "", True
    while more:
        page = network.fetch(cursor)
        seen.update(post.native_id for post in page.posts)
        cursor, more = page.cursor, page.more
        assert len(page.posts) <= PAGE
        assert len(cursor) <= LONGEST_CURSOR
    assert seen == {*published[-(fake.reach or len(published)) :]}
