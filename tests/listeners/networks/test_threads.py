from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listeners.contract import Account, OutgoingReply
from listeners.exceptions import InputError, Malformed, OutcomeUnknown, Refused, Unavailable
from listeners.networks.threads import Threads


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def make(
    server: HTTPServer, session: httpx.Client, now: datetime, query: str = "", **settings: Any
) -> Threads:
    settings |= {"base_url": server.url_for("").rstrip("/")}
    account = Account(query=query, settings=settings, secrets={"token": "geheim", "app_secret": "app"})
    return Threads(account, session=session, clock=lambda: now)


@pytest.fixture
def threads(httpserver: HTTPServer, session: httpx.Client, now: datetime) -> Threads:
    serve(httpserver, "me", {"id": "70", "username": "zehnschritt"})
    return make(httpserver, session, now)


def serve(server: HTTPServer, path: str, *bodies: Any, status: int = 200) -> None:
    """Answer a path with one body after the other, the last for ever."""
    left = list(bodies)

    def answer(_: Request) -> Response:
        body = left.pop(0) if len(left) > 1 else left[0]
        return Response(json.dumps(body), status, content_type="application/json")

    server.expect_request(f"/v1.0/{path}").respond_with_handler(answer)


def post(number: int, at: datetime, **rest: Any) -> dict[str, Any]:
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {"id": str(number), "timestamp": stamp, "username": "jo", "text": "Hä? 🤷‍♀️", **rest}


def page(*items: Any, after: str = "") -> dict[str, Any]:
    return {"data": list(items), **({"paging": {"cursors": {"after": after}}} if after else {})}


def to(mention_id: str, now: datetime, text: str = "Schreib uns!") -> OutgoingReply:
    return OutgoingReply(
        key="k", mention_id=mention_id, thread_id="", author_id="jo", text=text, first_tried_at=now
    )


def read_all(threads: Threads, cursor: str = "") -> tuple[list[str], str]:
    ids: list[str] = []
    more = True
    while more:
        read = threads.fetch(cursor)
        cursor, more, ids = read.cursor, read.more, [*ids, *(one.native_id for one in read.posts)]
    return ids, cursor


def test_a_cursor_without_an_address_leads_to_the_next_page_and_an_empty_page_ends_the_list(
    httpserver: HTTPServer, threads: Threads, now: datetime
) -> None:
    serve(httpserver, "me/mentions", page(post(2, now), after="a"), page(post(1, now), after="b"), page())
    assert read_all(threads)[0] == ["2", "1"]


def test_replies_to_own_posts_are_read_post_by_post_until_a_known_one(
    httpserver: HTTPServer, session: httpx.Client, threads: Threads, now: datetime
) -> None:
    own = {"username": "zehnschritt", "has_replies": True}
    below = {"replied_to": {"id": "1"}, "root_post": {"id": "1"}}
    serve(
        httpserver,
        "me/threads",
        page(post(1, now - timedelta(days=1), **own), post(9, now - timedelta(days=8))),
    )
    first, later = post(5, now - timedelta(hours=9), **below), post(6, now, **below)
    serve(httpserver, "1/conversation", page(first), page(later, first, after="old"))
    replies = make(httpserver, session, now, "replies")
    ids, cursor = read_all(replies)
    assert ids == ["1", "5"]
    assert read_all(replies, cursor)[0] == ["6"]


def test_a_post_shows_its_conversation_its_pictures_and_whether_it_is_ours(
    httpserver: HTTPServer, threads: Threads, now: datetime
) -> None:
    parts = [
        {"media_type": "IMAGE", "media_url": "https://c/1.jpg", "alt_text": "Öse"},
        {"media_type": "VIDEO", "media_url": "https://c/f.mp4", "thumbnail_url": "https://c/f.jpg"},
    ]
    answer = {"replied_to": {"id": "2"}, "root_post": {"id": "1"}}
    serve(
        httpserver,
        "me/mentions",
        page(
            post(3, now, children={"data": parts}, **answer),
            post(4, now, username="Zehnschritt"),
            post(5, now, media_type="REPOST_FACADE"),
            {key: value for key, value in post(6, now).items() if key in ("id", "timestamp")},
        ),
    )
    read = threads.fetch("")
    by_id = {one.native_id: one for one in read.posts}
    assert sorted(by_id) == ["3", "4", "6"]
    assert (by_id["3"].parent_id, by_id["3"].thread_id, by_id["3"].kind) == ("2", "1", "comment")
    assert [(one.url, one.alt) for one in by_id["3"].photos] == [
        ("https://c/1.jpg", "Öse"),
        ("https://c/f.jpg", ""),
    ]
    assert (by_id["3"].is_own, by_id["4"].is_own, by_id["6"].is_own) == (False, True, False)
    assert read.rejects == ()


@pytest.mark.parametrize(
    ("text", "length"),
    [("Grüße", 5), ("👟", 4), ("👩‍👩‍👧", 18), ("🇩🇪", 8), ("❤️", 6), ("1 2 #", 5), ("漢字", 2), ("", 0)],
)
def test_an_emoji_counts_as_many_characters_as_it_has_bytes(text: str, length: int) -> None:
    assert Threads.length(text) == length


def test_too_many_emoji_are_refused_before_anything_is_sent(
    httpserver: HTTPServer, threads: Threads, now: datetime
) -> None:
    with pytest.raises(Refused, match="504 of 500"):
        threads.send(to("1", now, "👟" * 126))
    assert httpserver.log == []


@pytest.mark.parametrize("body", [{"success": True}, {"id": 5}, {"id": "x/../y"}, []])
def test_a_reply_that_was_not_made_is_surely_not_published(
    httpserver: HTTPServer, threads: Threads, now: datetime, body: Any
) -> None:
    serve(httpserver, "me/threads", body)
    with pytest.raises(Unavailable, match="nothing is published"):
        threads.send(to("1", now))
    assert [request.path for request, _ in httpserver.log] == ["/v1.0/me/threads"]


def test_a_reply_that_is_not_ready_to_be_published_may_be_tried_again(
    httpserver: HTTPServer, threads: Threads, now: datetime
) -> None:
    serve(httpserver, "me/threads", {"id": "500"})
    fault = {"error": {"message": "Media Not Found", "code": 24, "error_subcode": 4279009}}
    serve(httpserver, "me/threads_publish", fault, status=400)
    with pytest.raises(Unavailable):
        threads.send(to("1", now))


def test_a_published_reply_has_a_time_and_an_address_even_if_threads_tells_none(
    httpserver: HTTPServer, threads: Threads, now: datetime
) -> None:
    serve(httpserver, "me/threads", {"id": "500"})
    serve(httpserver, "me/threads_publish", {"id": "600"})
    receipt = threads.send(to("1", now))
    assert (receipt.native_id, receipt.posted_at, receipt.url) == ("600", now, "https://www.threads.com")
    made, published = (request.form for request, _ in httpserver.log)
    assert (made["reply_to_id"], made["media_type"], made["text"]) == ("1", "TEXT", "Schreib uns!")
    assert published["creation_id"] == "500"


@pytest.mark.parametrize(("published", "is_proven"), [(0, True), (1, True), (2, False)])
def test_the_end_of_the_list_proves_something_only_if_threads_counts_no_more_replies(
    httpserver: HTTPServer, threads: Threads, now: datetime, published: int, is_proven: bool
) -> None:
    serve(httpserver, "me/replies", page(post(8, now, replied_to={"id": "2"})))
    serve(httpserver, "me/threads_publishing_limit", {"data": [{"reply_quota_usage": published}]})
    tried = to("1", now - timedelta(minutes=5))
    if is_proven:
        assert threads.find_sent(tried) is None
    else:
        with pytest.raises(OutcomeUnknown):
            threads.find_sent(tried)


@pytest.mark.parametrize("body", [{"data": []}, {"data": [{"reply_quota_usage": "viel"}]}, {}, {"data": [3]}])
def test_a_count_that_cannot_be_read_proves_nothing(
    httpserver: HTTPServer, threads: Threads, now: datetime, body: Any
) -> None:
    serve(httpserver, "me/replies", page())
    serve(httpserver, "me/threads_publishing_limit", body)
    with pytest.raises(OutcomeUnknown):
        threads.find_sent(to("1", now - timedelta(minutes=5)))


def test_what_was_tried_before_the_counted_day_is_proven_only_by_older_replies(
    httpserver: HTTPServer, threads: Threads, now: datetime
) -> None:
    tried = to("1", now - timedelta(days=2))
    serve(httpserver, "me/replies", page(), page(post(8, now - timedelta(days=3), replied_to={"id": "1"})))
    with pytest.raises(OutcomeUnknown):
        threads.find_sent(tried)
    assert threads.find_sent(tried) is None


def test_a_conversation_that_threads_does_not_show_leaves_the_post_alone(
    httpserver: HTTPServer, threads: Threads, now: datetime
) -> None:
    serve(httpserver, "5", post(5, now, replied_to={"id": "1"}, root_post={"id": "1"}))
    fault = {"error": {"message": "nein", "code": 10}}
    for path in ("1", "1/conversation"):
        serve(httpserver, path, fault, status=403)
    assert [one.native_id for one in threads.thread("5")] == ["5"]


def push(threads: Threads, values: Any, **rest: Any) -> tuple[list[Any], list[Any]]:
    return threads.pushed(
        json.dumps({"topic": "moderate", "time": 1_795_000_000, "values": values, **rest}).encode()
    )


def test_pushed_replies_mentions_and_deletions_are_posts(
    httpserver: HTTPServer, session: httpx.Client, threads: Threads, now: datetime
) -> None:
    reply = post(5, now, replied_to={"id": "2"}, root_post={"id": "1", "owner_id": "70"})
    (one,), _ = push(threads, {"value": reply, "field": "replies"})
    assert (one.native_id, one.parent_id, one.thread_id, one.posted_at) == ("5", "2", "1", now)
    posts, rejects = push(
        threads,
        [
            {"value": post(6, now), "field": "mentions"},
            {"value": {"id": "6"}, "field": "delete"},
            {"value": {"id": "6"}, "field": "publish"},
            {"value": {"text": "ohne id"}, "field": "replies"},
            7,
        ],
    )
    assert [(post.native_id, post.deleted) for post in posts] == [("6", False), ("6", True)]
    assert len(rejects) == 1
    other = make(httpserver, session, now, account_id="71")
    assert push(other, {"value": reply, "field": "replies"}) == ([], [])


def test_dead_letters_are_read_again(threads: Threads, now: datetime) -> None:
    letter = {"kind": "post", "username": "zehnschritt", "item": post(3, now, username="zehnschritt")}
    assert threads.read(json.dumps(letter)).is_own
    change = {"kind": "change", "account_id": "", "time": 0, "field": "replies", "value": post(4, now)}
    assert threads.read(json.dumps(change)).native_id == "4"
    for rubbish in ("", "[]", "{}", '{"kind": "post"}', '{"kind": "change", "time": 1}'):
        with pytest.raises(Malformed):
            threads.read(rubbish)


def test_a_token_of_nobody_and_an_unknown_query_are_named(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    serve(httpserver, "me", {"id": "70"})
    health = make(httpserver, session, now).check()
    assert (health.ok, bool(health.what_to_do)) == (False, True)
    with pytest.raises(InputError, match="mentions, replies"):
        _ = make(httpserver, session, now, "alles")._path
