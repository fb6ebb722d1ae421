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
from listeners.exceptions import Malformed, Refused
from listeners.networks.facebook import Facebook
from listeners.networks.instagram import Instagram
from listeners.networks.meta.push import MetaPush
from tests.contract.fakes import INBOXES, Fake, Watch

DAY = timedelta(days=1)


@pytest.fixture
def watch(now: datetime) -> Watch:
    return Watch(now)


@pytest.fixture(params=sorted(INBOXES))
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


def test_conversations_are_read_page_by_page_and_then_only_what_is_new(fake: Any, watch: Watch) -> None:
    fake.handles = (f"runner{number}" for number in itertools.count())
    early = fake.write_to_inbox(*(f"Nummer {number}" for number in range(25)))
    posts, cursor = read_all(fake.network(page_size=10))
    assert sorted(post.native_id for post in posts) == sorted(early)
    watch.wait(hours=1)
    late = fake.write_to_inbox("später")
    _, cursor = read_all(fake.network(page_size=10), cursor)
    again = [post.native_id for post in read_all(fake.network(page_size=10), cursor)[0]]
    assert again == late, "only what lies within the overlap comes again"


def test_what_was_written_before_the_days_that_are_looked_back_stays_unread(fake: Any, watch: Watch) -> None:
    fake.handles = (f"runner{number}" for number in itertools.count())
    fake.write_to_inbox(*(f"Nummer {number}" for number in range(15)))
    watch.wait(days=31)
    late = fake.write_to_inbox("heute")
    page = fake.network(page_size=10).fetch("")
    assert ([post.native_id for post in page.posts], page.more) == (late, False)


def test_our_own_messages_are_context_and_have_no_deadline(fake: Any, watch: Watch) -> None:
    fake.write_to_inbox("Hallo?")
    network = fake.network()
    (theirs,), _ = read_all(network)
    watch.wait(minutes=1)
    receipt = network.send(answer(theirs, now=watch()))
    ours = next(post for post in read_all(network)[0] if post.is_own)
    assert ours.native_id == f"message/{receipt.native_id}"
    assert ours.reply_until is None
    assert ours.author.native_id != theirs.author.native_id


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


def test_a_malformed_conversation_is_set_aside_and_the_others_are_kept(fake: Any) -> None:
    published = fake.write_to_inbox("eins")
    fake.break_down("malformed_item")
    page = fake.network().fetch("")
    assert [post.native_id for post in page.posts] == published
    (reject,) = page.rejects
    with pytest.raises(Malformed):
        fake.network().read(reject.payload)


def test_messages_are_no_comments_and_comments_no_messages(fake: Any) -> None:
    fake.write_to_inbox("nur für euch")
    fake.comment_below_own("für alle")
    assert [post.text for post in read_all(fake.network())[0]] == ["nur für euch"]
    account = fake.network().account
    public = type(fake.network())(
        Account(settings=account.settings, secrets=account.secrets), session=fake.session, clock=fake.watch
    )
    assert "nur für euch" not in [post.text for post in read_all(public)[0]]


def test_messages_have_no_thread_and_are_not_looked_for_again(fake: Any) -> None:
    (native_id,) = fake.write_to_inbox("eins")
    assert fake.network().thread(native_id) == []
    assert fake.network().recheck([native_id]) == []


def test_an_inbox_that_answers_is_healthy(fake: Any) -> None:
    assert fake.network().check().ok


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
