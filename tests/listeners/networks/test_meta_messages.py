from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from listeners.contract import Account, Network, OutgoingReply, Post
from listeners.exceptions import Refused
from listeners.networks.facebook import Facebook
from listeners.networks.instagram import Instagram
from listeners.networks.meta.push import MetaPush
from tests.contract.fakes import INBOXES, Fake, Watch

DAY = timedelta(days=1)


@pytest.fixture
def watch(now: datetime) -> Watch:
    return Watch(now)


@pytest.fixture(params=["facebook_messages", "instagram_messages"])
def fake(request: pytest.FixtureRequest, watch: Watch, tmp_path: Path) -> Iterator[Any]:
    with httpx.Client() as session:
        fake = INBOXES[request.param](watch, tmp_path, session)
        yield fake
        fake.close()


def read_all(network: Network, cursor: str = "") -> tuple[list[Post], str]:
    posts: list[Post] = []
    more = True
    while more:
        page = network.fetch(cursor)
        assert not page.rejects
        posts, cursor, more = [*posts, *page.posts], page.cursor, page.more
    return posts, cursor


def by_person(fake: Fake) -> Network:
    network = fake.network()
    account = network.account
    settings = {**account.settings, "human_agent": True}
    changed = Account(query=account.query, settings=settings, secrets=account.secrets)
    return type(network)(changed, session=fake.session, clock=fake.watch)


def answer(post: Post, *, now: datetime, text: str = "Wir kümmern uns.") -> OutgoingReply:
    return OutgoingReply(
        key="k", mention_id=post.native_id, thread_id=post.thread_id, author_id=post.author.native_id,
        text=text, kind="message", is_private=True, first_tried_at=now,
    )  # fmt: skip


def test_a_message_arrives_with_its_words_its_picture_and_its_deadline(fake: Any, now: datetime) -> None:
    (native_id,) = fake.write_to_inbox("Die Öse ist gerissen 😡")
    (post,), _ = read_all(fake.network())
    assert (post.native_id, post.text, post.kind) == (native_id, "Die Öse ist gerissen 😡", "message")
    assert (post.posted_at, post.reply_until) == (now, now + DAY)
    assert post.photos[0].url.endswith("torn-eyelet.jpg")
    assert "kim" in post.author.handle.lower()
    assert post.can_reply and not post.is_own


def test_what_was_written_before_the_days_that_are_looked_back_stays_unread(fake: Any, watch: Watch) -> None:
    fake.handles = (f"runner{number}" for number in itertools.count())
    fake.write_to_inbox(*(f"Nummer {number}" for number in range(15)))
    watch.wait(days=31)
    late = fake.write_to_inbox("heute")
    page = fake.network(page_size=10).fetch("")
    assert ([post.native_id for post in page.posts], page.more) == (late, False)


def test_people_may_answer_for_seven_days_where_meta_lets_them(fake: Any, watch: Watch) -> None:
    fake.write_to_inbox("Hallo?")
    (post,), _ = read_all(by_person(fake))
    assert post.reply_until == post.posted_at + 7 * DAY
    watch.wait(days=2)
    with pytest.raises(Refused, match="window"):
        fake.network().send(answer(post, now=watch()))
    assert by_person(fake).send(answer(post, now=watch())).native_id
    watch.wait(days=6)
    with pytest.raises(Refused, match="window"):
        by_person(fake).send(answer(post, now=watch()))


@pytest.fixture(params=[Facebook, Instagram])
def pushing(request: pytest.FixtureRequest, now: datetime) -> MetaPush:
    account = Account(secrets={"token": "t"})
    network: MetaPush = request.param(account, session=httpx.Client(), clock=lambda: now)
    return network


def delivery(message: dict[str, Any], *, sender: str = "9001", recipient: str = "100", at: datetime) -> bytes:
    event = {
        "sender": {"id": sender}, "recipient": {"id": recipient},
        "timestamp": int(at.timestamp() * 1000), "message": message,
    }  # fmt: skip
    return json.dumps({"object": "page", "entry": [{"id": "100", "messaging": [event]}]}).encode()


def test_a_pushed_message_is_known_under_the_id_that_the_poll_shows(pushing: MetaPush, now: datetime) -> None:
    (post,), rejects = pushing.pushed(delivery({"mid": "m_1", "text": "Hilfe!"}, at=now))
    assert not rejects
    assert (post.native_id, post.text, post.kind) == ("message/m_1", "Hilfe!", "message")
    assert (post.author.native_id, post.reply_until) == ("9001", now + DAY)


def test_pushed_pictures_and_what_has_no_words_are_not_lost(pushing: MetaPush, now: datetime) -> None:
    picture = {"type": "image", "payload": {"url": "https://cdn.example/a.jpg"}}
    (post,), _ = pushing.pushed(delivery({"mid": "m_1", "attachments": [picture]}, at=now))
    assert (post.text, [photo.url for photo in post.photos]) == ("", ["https://cdn.example/a.jpg"])
    voice = {"type": "audio", "payload": {"url": "https://cdn.example/a.mp4"}}
    (post,), _ = pushing.pushed(delivery({"mid": "m_2", "attachments": [voice]}, at=now))
    assert (post.text, post.photos) == ("📎", ())


def test_a_pushed_echo_is_our_own_message(pushing: MetaPush, now: datetime) -> None:
    echo = {"mid": "m_1", "text": "Wir helfen.", "is_echo": True}
    (post,), _ = pushing.pushed(delivery(echo, sender="100", recipient="9001", at=now))
    assert post.is_own and post.author.native_id == "100" and post.reply_until is None


def test_a_message_taken_back_is_deleted(pushing: MetaPush, now: datetime) -> None:
    (post,), _ = pushing.pushed(delivery({"mid": "m_1", "is_deleted": True}, at=now))
    assert post.native_id == "message/m_1" and post.deleted


def test_receipts_of_reading_are_no_messages_and_nonsense_is_set_aside(
    pushing: MetaPush, now: datetime
) -> None:
    seen = {"sender": {"id": "9001"}, "recipient": {"id": "100"}, "timestamp": 1, "read": {"watermark": 1}}
    odd = {"sender": "nobody", "message": {"mid": "m_1"}}
    body = json.dumps({"entry": [{"id": "100", "messaging": [seen, odd, 7]}]}).encode()
    posts, rejects = pushing.pushed(body)
    assert (posts, len(rejects)) == ([], 1)
