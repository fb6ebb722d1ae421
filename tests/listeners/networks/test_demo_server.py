"""The demo network over HTTP: its dials, its book, its public pages, and rubbish."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer

from listeners.contract import Account, OutgoingReply
from listeners.exceptions import InputError, Malformed, OutcomeUnknown, RateLimited, Unavailable
from listeners.networks.demo import DEMO_NETWORKS, DemoServer, Dials, serve
from listeners.networks.demo.client import DemoFacebook
from listeners.networks.demo.dials import Dice
from listeners.networks.demo.script import Author, Entry, Script

SCRIPT = Script(
    {"kim": Author(network="facebook", name="<b>Kim</b>")},
    {"one": Entry(by="kim", at=-1, text="<script>alert(1)</script>", photo="torn-eyelet")},
)


@pytest.fixture
def server(tmp_path: Path, now: datetime) -> Iterator[DemoServer]:
    with serve(tmp_path / "book.sqlite3", clock=lambda: now, script=SCRIPT) as server:
        yield server


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


def facebook(url: str, session: httpx.Client, now: datetime) -> DemoFacebook:
    return DemoFacebook(Account(settings={"base_url": url}), session=session, clock=lambda: now)


def a_reply(mention_id: str = "1") -> OutgoingReply:
    return OutgoingReply(key="k", mention_id=mention_id, thread_id="", author_id="", text="Hallo")


def test_dials_are_turned_and_read_over_http(
    server: DemoServer, session: httpx.Client, now: datetime
) -> None:
    turned = session.put(f"{server.url}/dials", json={"rate_limited": 1, "retry_after": "3"}).json()
    assert session.get(f"{server.url}/dials").json() == turned
    assert turned["rate_limited"] == 1
    with pytest.raises(RateLimited):
        facebook(server.url, session, now).fetch("")
    assert session.put(f"{server.url}/dials", json={}).json()["rate_limited"] == 0


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"rate_limited": 2}', b'{"wrong": 1}', b'{"retry_after": "a\\nb"}']
)
def test_wrong_dials_are_refused_and_change_nothing(
    server: DemoServer, session: httpx.Client, body: bytes
) -> None:
    before = session.get(f"{server.url}/dials").json()
    answer = session.put(f"{server.url}/dials", content=body)
    assert answer.status_code == 422
    assert session.get(f"{server.url}/dials").json() == before


def test_dials_outside_their_range_are_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="lose_answer"):
        Dials(lose_answer=1.5)


def test_the_same_seed_rolls_the_same_dice() -> None:
    rolls = [[dice.hit(0.5) for _ in range(50)] for dice in (Dice(Dials(seed=4)), Dice(Dials(seed=4)))]
    assert rolls[0] == rolls[1]
    assert 10 < sum(rolls[0]) < 40


def test_an_outage_refuses_reading_and_sending(
    server: DemoServer, session: httpx.Client, now: datetime
) -> None:
    server.dial(outage=True)
    network = facebook(server.url, session, now)
    with pytest.raises(Unavailable):
        network.fetch("")
    with pytest.raises(Unavailable):
        network.send(a_reply())


def test_the_book_lists_every_reply_as_posted(
    server: DemoServer, session: httpx.Client, now: datetime
) -> None:
    network = facebook(server.url, session, now)
    (post,) = network.fetch("").posts
    network.send(a_reply(post.native_id))
    network.send(a_reply(post.native_id))
    replies = session.get(f"{server.url}/book/replies").json()["replies"]
    assert [(one["network"], one["parent_id"], one["text"]) for one in replies] == [
        ("facebook", post.native_id, "Hallo")
    ] * 2


def test_public_pages_show_posts_and_replies_as_text(
    server: DemoServer, session: httpx.Client, now: datetime
) -> None:
    (post,) = facebook(server.url, session, now).fetch("").posts
    for page in (server.url, post.url, post.author.profile_url):
        html = session.get(page).text
        assert "&lt;script&gt;alert(1)" in html
        assert "<b>Kim" not in html
        assert "<script" not in html


@pytest.mark.parametrize(
    "path",
    [
        "/photos/../dials.py",
        "/photos/%2e%2e%2fserver.py",
        "/photos/none.jpg",
        "/facebook/p/1",
        "/x/y/z",
        "/%00",
    ],
)
def test_what_is_not_there_is_not_found(server: DemoServer, path: str) -> None:
    assert httpx.get(f"{server.url}{path}").status_code in (401, 404)


@pytest.mark.parametrize("cursor", ["rubbish", "ÿ", "MQ==", "=" * 9])
def test_a_cursor_that_is_not_ours_is_malformed(
    server: DemoServer, session: httpx.Client, now: datetime, cursor: str
) -> None:
    with pytest.raises(Malformed):
        facebook(server.url, session, now).fetch(cursor)


@pytest.mark.parametrize(
    "noise", [b"\r\n\r\n", b"GET\r\n\r\n", b"POST /x/posts/1/replies HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
)
def test_noise_on_the_line_does_not_stop_the_server(
    server: DemoServer, session: httpx.Client, now: datetime, noise: bytes
) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as line:
        line.sendall(noise)
    assert facebook(server.url, session, now).check().ok


def test_a_port_that_is_taken_is_an_error(server: DemoServer, tmp_path: Path, now: datetime) -> None:
    with pytest.raises(OSError, match="in use"):
        serve(
            tmp_path / "other.sqlite3",
            clock=lambda: now,
            port=int(urlsplit(server.url).port or 0),
            script=SCRIPT,
        )


@pytest.mark.parametrize("kind", DEMO_NETWORKS)
def test_a_setting_without_an_address_is_refused(
    kind: type[DemoFacebook], session: httpx.Client, now: datetime
) -> None:
    with pytest.raises(InputError, match="base_url"):
        kind(Account(), session=session, clock=lambda: now).fetch("")


def test_a_redirect_to_another_host_is_not_followed(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    httpserver.expect_request("/facebook/posts").respond_with_data(
        status=302, headers={"Location": httpserver.url_for("/elsewhere")}
    )
    httpserver.expect_request("/facebook/posts/1/replies").respond_with_data(
        status=307, headers={"Location": httpserver.url_for("/elsewhere")}
    )
    network = facebook(httpserver.url_for(""), session, now)
    with pytest.raises(Malformed, match="302"):
        network.fetch("")
    with pytest.raises(OutcomeUnknown, match="307"):
        network.send(a_reply())
    assert [request.path for request, _ in httpserver.log] == ["/facebook/posts", "/facebook/posts/1/replies"]


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "null",
        "{}",
        '{"posts": {}}',
        '{"posts": [], "cursor": 4}',
        "\x00",
        '{"posts": [], "cursor": "c", "next": "ftp://x/"}',
    ],
)
def test_pages_of_any_other_shape_are_malformed(
    httpserver: HTTPServer, session: httpx.Client, now: datetime, body: str
) -> None:
    httpserver.expect_request("/facebook/posts").respond_with_data(body, content_type="application/json")
    with pytest.raises(Malformed):
        facebook(httpserver.url_for(""), session, now).fetch("")


@pytest.mark.parametrize(
    "item",
    [
        None,
        7,
        {},
        {
            "id": "1",
            "kind": "post",
            "text": "x",
            "posted_at": "gestern",
            "author": {"id": "1", "handle": "h"},
        },
        {
            "id": "1",
            "kind": "post",
            "text": "x",
            "posted_at": "2026-11-24T10:00:00",
            "author": {"id": "1", "handle": "h"},
        },
        {
            "id": "1",
            "kind": "post",
            "text": "x",
            "posted_at": "0001-01-01T00:00:00+14:00",
            "author": {"id": "1", "handle": "h"},
        },
    ],
)
def test_an_item_of_any_other_shape_is_set_aside(
    httpserver: HTTPServer, session: httpx.Client, now: datetime, item: object
) -> None:
    httpserver.expect_request("/facebook/posts").respond_with_json(
        {"posts": [item], "cursor": "c", "next": None}
    )
    page = facebook(httpserver.url_for(""), session, now).fetch("")
    assert page.posts == ()
    assert len(page.rejects) == 1


def test_a_mended_item_of_a_dead_letter_is_read_again(
    server: DemoServer, session: httpx.Client, now: datetime
) -> None:
    network = facebook(server.url, session, now)
    (post,) = network.fetch("").posts
    headers = {"Authorization": "Bearer demo"}
    (item,) = session.get(f"{server.url}/facebook/posts", headers=headers).json()["posts"]
    assert network.read(json.dumps(item)) == post
    with pytest.raises(Malformed, match="JSON"):
        network.read(json.dumps(item)[:-5])
