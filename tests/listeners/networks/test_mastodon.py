"""Mastodon beyond the contract: payloads in its own shapes, its counting, and Mastodon.py's traps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listeners.contract import Account, OutgoingReply, Post
from listeners.exceptions import (
    AuthFault,
    Gone,
    InputError,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
)
from listeners.networks.mastodon import Mastodon
from listeners.networks.mastodon.cursor import Cursor, Mark
from listeners.networks.mastodon.length import counted_length

ME = {"id": "900", "acct": "zehnschritt", "url": "https://social.example/@zehnschritt", "statuses_count": 3}
KIM = {
    "id": "77",
    "acct": "kim@laufen.example",
    "url": "https://laufen.example/@kim",
    "display_name": "Kim 🏃",
    "followers_count": 12,
    "created_at": "2022-11-05T00:00:00.000Z",
}
API = "/api/v1"
TAG = f"{API}/timelines/tag/laufschuh"


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def status(now: datetime, content: str = "<p>Öse gerissen 😡</p>", **rest: Any) -> dict[str, Any]:
    """A post in Mastodon's shape, as far as every post has it."""
    return {"id": "111", "created_at": stamp(now), "content": content, "account": KIM, **rest}


@pytest.fixture
def server(httpserver: HTTPServer) -> HTTPServer:
    """A server that knows whose token it is."""
    httpserver.expect_request(f"{API}/accounts/verify_credentials").respond_with_json(ME)
    return httpserver


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


def network(
    server: HTTPServer, session: httpx.Client, now: datetime, query: str = "#laufschuh", **rest: Any
) -> Mastodon:
    settings = {"base_url": server.url_for("")}
    account = Account(query=query, settings=settings, secrets=rest.pop("secrets", {"token": "t"}))
    return Mastodon(account, session=session, clock=lambda: now)


def the_post(server: HTTPServer, session: httpx.Client, now: datetime, item: dict[str, Any]) -> Post:
    """Fetch a page of one post."""
    server.expect_request(TAG).respond_with_json([item])
    (post,) = network(server, session, now).fetch("").posts
    return post


def a_reply(now: datetime, text: str = "Das tut uns leid, Kim!", **rest: Any) -> OutgoingReply:
    return OutgoingReply(
        key="case-17-1",
        mention_id="111",
        thread_id="111",
        author_id="kim@laufen.example",
        text=text,
        language="de",
        first_tried_at=now - timedelta(hours=1),
        **rest,
    )


def test_html_becomes_the_text_that_people_see(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    content = (
        '<p class="quote-inline">RE: <a href="https://b.example/@jo/5">b.example/@jo/5</a></p>'
        '<p><span class="h-card"><a href="https://social.example/@zehnschritt" class="u-url mention">@<span>'
        "zehnschritt</span></a></span> A &amp; B &lt;3<br />zweite Zeile 👟</p><p>Siehe "
        '<a href="https://blog.example/öse"><span class="invisible">https://</span><span>blog.example/öse</span>'
        "</a></p>"
    )
    post = the_post(server, session, now, status(now, content, spoiler_text="Blut", language="de"))
    assert post.text == ("Blut\n\n@zehnschritt A & B <3\nzweite Zeile 👟\n\nSiehe https://blog.example/öse")
    assert (post.language, post.author.handle, post.author.followers) == ("de", "kim@laufen.example", 12)


def test_a_post_with_next_to_nothing_is_read(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    sparse = status(now, "", account={"id": "1", "acct": "eva"}, language=None, spoiler_text=None, url=None)
    post = the_post(server, session, now, sparse)
    assert (post.text, post.url, post.photos, post.author.native_id) == ("", "", (), "eva")


def test_films_show_their_still_and_sounds_show_nothing(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    media = [
        {"type": "image", "url": "https://m.example/1.jpg", "description": "Die Öse"},
        {"type": "image", "url": None, "remote_url": "https://far.example/2.jpg"},
        {"type": "gifv", "url": "https://m.example/3.mp4", "preview_url": "https://m.example/3.png"},
        {"type": "audio", "url": "https://m.example/4.mp3"},
        {"type": "image", "url": None},
        "nonsense",
    ]
    post = the_post(server, session, now, status(now, media_attachments=media))
    assert [(photo.url, photo.alt) for photo in post.photos] == [
        ("https://m.example/1.jpg", "Die Öse"),
        ("https://far.example/2.jpg", ""),
        ("https://m.example/3.png", ""),
    ]


def test_a_boost_counts_as_reach_of_the_original(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    original = status(now - timedelta(days=1), id="99", reblogs_count=7, quotes_count=2, favourites_count=3)
    post = the_post(server, session, now, status(now, "", id="112", reblog=original, account=ME))
    assert (post.native_id, post.shares, post.reactions, post.is_own) == ("99", 9, 3, False)


def test_own_posts_are_known_as_such(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    assert the_post(server, session, now, status(now, account=ME)).is_own


@pytest.mark.parametrize("visibility", ["direct", "private"])
def test_what_not_everybody_may_read_is_a_message_and_answered_as_one(
    server: HTTPServer, session: httpx.Client, now: datetime, visibility: str
) -> None:
    post = the_post(server, session, now, status(now, visibility=visibility))
    assert post.kind == "message"
    sent = posted(server, session, now, a_reply(now, kind=post.kind))
    assert sent.form["visibility"] == "direct"


def posted(server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply) -> Request:
    """Send a reply and return the request that posted it."""
    server.expect_request(f"{API}/statuses", method="POST").respond_with_json(status(now, id="112"))
    network(server, session, now).send(reply)
    (request,) = [request for request, _ in server.log if request.method == "POST"]
    return request


def test_a_reply_names_its_author_says_its_language_and_bears_its_key(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    request = posted(server, session, now, a_reply(now))
    assert dict(request.form) | {"sensitive": ""} == {
        "status": "@kim@laufen.example Das tut uns leid, Kim!",
        "in_reply_to_id": "111",
        "visibility": "unlisted",
        "language": "de",
        "sensitive": "",
    }
    assert request.headers["Idempotency-Key"] == "case-17-1"


def test_a_neighbour_on_the_same_server_is_named_without_it(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    neighbour = f"kim@{server.host}:{server.port}"
    request = posted(server, session, now, replace(a_reply(now), author_id=neighbour))
    assert request.form["status"] == "@kim Das tut uns leid, Kim!"


def test_a_name_that_an_agent_wrote_is_not_written_twice(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    text = "@Kim@laufen.example Schickst du uns ein Foto?"
    assert posted(server, session, now, a_reply(now, text)).form["status"] == text


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Grüße", 5),
        ("👩‍👩‍👧‍👦", 1),
        ("https://sehr.lang.example/" + "a" * 400, 23),
        ("@kim@laufen.example hallo", 10),
        ("kim@laufen.example", 18),
        ("", 0),
    ],
)
def test_lengths_are_those_of_mastodon(text: str, length: int) -> None:
    assert counted_length(text) == length


def test_a_name_that_leaves_too_little_room_is_a_refusal(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    reply = replace(a_reply(now, "ü" * Mastodon.max_length), author_id="k" * 40 + "@laufen.example")
    with pytest.raises(Refused, match="name"):
        network(server, session, now).send(reply)


def test_a_good_post_with_a_nonsense_limit_is_still_sent(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    headers = {"X-RateLimit-Reset": "bald", "X-RateLimit-Remaining": "viel", "X-RateLimit-Limit": "300"}
    server.expect_request(f"{API}/statuses", method="POST").respond_with_json(
        status(now, id="112"), headers=headers
    )
    assert network(server, session, now).send(a_reply(now)).native_id == "112"


@pytest.mark.parametrize("body", [{}, [], {"id": "112"}, {"id": 112, "content": None}, "ok"])
def test_a_confirmation_that_cannot_be_read_is_no_receipt(
    server: HTTPServer, session: httpx.Client, now: datetime, body: Any
) -> None:
    server.expect_request(f"{API}/statuses", method="POST").respond_with_json(body)
    with pytest.raises(OutcomeUnknown):
        network(server, session, now).send(a_reply(now))


def test_a_sent_reply_is_known_in_the_servers_own_words(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    shown = status(
        now,
        '<p><span class="h-card"><a href="https://laufen.example/@kim">@<span>kim</span></a></span> Frag '
        '<span class="h-card"><a href="https://b.example/@jo">@<span>jo</span></a></span>: <a href='
        '"https://zehnschritt.example/hilfe"><span class="invisible">https://</span>zehnschritt.example/hilfe</a>'
        "</p>",
        id="112",
        in_reply_to_id="111",
        account=ME,
    )
    server.expect_request(f"{API}/accounts/900/statuses").respond_with_json([shown])
    reply = a_reply(now, "Frag @jo@b.example: https://zehnschritt.example/hilfe")
    receipt = network(server, session, now).find_sent(reply)
    assert receipt is not None
    assert receipt.native_id == "112"


def test_an_old_post_that_the_account_boosted_is_no_proof_that_a_reply_is_absent(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    old = status(now - timedelta(days=3), id="50")
    boost = status(now, "", id="119", account=ME, reblog=old)
    sent = status(now, "<p>@kim Das tut uns leid, Kim!</p>", id="112", in_reply_to_id="111", account=ME)

    def listed(request: Request) -> Response:
        below = request.args.get("max_id", "999")
        items = [item for item in (boost, sent) if int(item["id"]) < int(below)]
        return Response(json.dumps(items[:1]), content_type="application/json")

    server.expect_request(f"{API}/accounts/900/statuses").respond_with_handler(listed)
    receipt = network(server, session, now).find_sent(a_reply(now))
    assert receipt is not None and receipt.native_id == "112"


def test_a_search_asks_nothing_else_even_while_the_server_is_half_down(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request("/api/v2/search").respond_with_json({"statuses": [status(now)]})
    (post,) = network(server, session, now, query="zehnschritt öse").fetch("").posts
    assert post.native_id == "111"
    paths = [request.path for request, _ in server.log]
    assert paths == [f"{API}/accounts/verify_credentials", "/api/v2/search"]
    asked = server.log[-1][0].args
    assert (asked["q"], asked["type"], asked["limit"]) == ("zehnschritt öse", "statuses", "40")
    assert "resolve" not in asked


def test_a_hashtag_asks_nothing_else(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    server.expect_request(f"{API}/timelines/tag/öse").respond_with_json([])
    assert network(server, session, now, query="#öse").fetch("").posts == ()
    assert len(server.log) == 2


def test_what_is_no_hashtag_stays_a_search(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    query = "#../../accounts/1?x="
    server.expect_request("/api/v2/search").respond_with_json({"statuses": []})
    assert network(server, session, now, query=query).fetch("").posts == ()
    assert server.log[-1][0].args["q"] == query


def test_only_mentions_and_quotes_are_posts_to_the_account(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    told = [
        {"id": str(9 - number), "type": kind, "created_at": stamp(now), "account": KIM, "status": shown}
        for number, (kind, shown) in enumerate(
            [
                ("mention", status(now, id="5")),
                ("favourite", status(now, id="4", account=ME)),
                ("mention", None),
                ("quote", status(now, id="3")),
            ]
        )
    ]
    server.expect_request(f"{API}/notifications").respond_with_json(told)
    page = network(server, session, now, query="mentions").fetch("")
    assert [post.native_id for post in page.posts] == ["3", "5"]
    assert page.rejects == ()
    assert Cursor.read(page.cursor).oldest == "6"
    assert server.log[-1][0].args.getlist("types[]") == ["mention", "quote"]


def test_a_set_aside_notification_is_read_again(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    item = {"id": "8", "type": "mention", "created_at": stamp(now), "status": status(now)}
    assert network(server, session, now).read(json.dumps(item)).native_id == "111"
    for payload in ["", "[]", '{"id": "8", "type": "follow"}', '{"content": 17}']:
        with pytest.raises(Malformed):
            network(server, session, now).read(payload)


def test_posts_are_looked_at_again_twenty_at_a_time(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    def shown(request: Request) -> Response:
        wanted = request.args.getlist("id[]")
        items = [status(now, id=one) for one in wanted if int(one) % 2]
        items += [{"id": one, "content": 17} for one in wanted if one == "30"]
        return Response(json.dumps(items), content_type="application/json")

    server.expect_request(f"{API}/statuses").respond_with_handler(shown)
    again = network(server, session, now).recheck([str(number) for number in range(45)])
    gone = {post.native_id for post in again if post.deleted}
    assert gone == {str(number) for number in range(0, 45, 2)} - {"30"}
    assert len(again) == 44
    assert len([1 for request, _ in server.log if request.path == f"{API}/statuses"]) == 3


def test_an_answer_with_a_nameless_post_deletes_none(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request(f"{API}/statuses").respond_with_json([status(now, id=None)])
    with pytest.raises(Malformed):
        network(server, session, now).recheck(["111"])


def test_an_old_server_that_cannot_look_again_deletes_nothing(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request(f"{API}/statuses").respond_with_json({"error": "Not found"}, status=404)
    with pytest.raises(Refused, match=r"4\.3"):
        network(server, session, now).recheck(["1"])


def test_what_a_post_quotes_is_part_of_its_thread(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    original = status(now - timedelta(days=30), "<p>Das Original</p>", id="5")
    mention = status(now, "<p>so nicht</p>", quote={"state": "accepted", "quoted_status": original})
    server.expect_request(f"{API}/statuses/111").respond_with_json(mention)
    server.expect_request(f"{API}/statuses/111/context").respond_with_json(
        {"ancestors": [], "descendants": []}
    )
    thread = network(server, session, now).thread("111")
    assert [post.text for post in thread] == ["Das Original", "so nicht"]
    assert thread[1].quoted_id == thread[0].native_id


def test_an_id_that_is_none_is_not_asked_for(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    with pytest.raises(Gone):
        network(server, session, now).thread("../accounts/1")
    assert server.log == []


def test_a_pause_told_in_seconds_counts_where_no_date_is(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request(TAG).respond_with_json({"error": "x"}, status=429, headers={"Retry-After": "90"})
    with pytest.raises(RateLimited) as caught:
        network(server, session, now).fetch("")
    assert caught.value.retry_at == now + timedelta(seconds=90)


def test_what_the_server_says_of_calls_left_is_told(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    until = now + timedelta(minutes=4)
    headers = {
        "X-RateLimit-Limit": "300",
        "X-RateLimit-Remaining": "17",
        "X-RateLimit-Reset": until.isoformat(),
    }
    server.expect_request(TAG).respond_with_json([], headers=headers)
    allowance = network(server, session, now).fetch("").allowance
    assert allowance is not None
    assert (allowance.limit, allowance.left, allowance.resets_at) == (300, 17, until)


@pytest.mark.parametrize("body", ["[1]", '"text"', '{"error": {"a": 1}}', "<html>", ""])
def test_error_bodies_of_any_shape_are_told_apart_by_status(
    server: HTTPServer, session: httpx.Client, now: datetime, body: str
) -> None:
    server.expect_request(TAG).respond_with_data(body, status=403, content_type="application/json")
    with pytest.raises(Refused):
        network(server, session, now).fetch("")


@pytest.mark.parametrize("body", [{}, {"error": "x"}, "text", None])
def test_a_page_that_is_no_list_is_malformed(
    server: HTTPServer, session: httpx.Client, now: datetime, body: Any
) -> None:
    server.expect_request(TAG).respond_with_json(body)
    with pytest.raises(Malformed):
        network(server, session, now).fetch("")


def test_a_token_that_is_also_the_name_of_a_file_stays_a_token(
    server: HTTPServer, session: httpx.Client, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t").write_text("another-token\nhttps://elsewhere.example\n")
    monkeypatch.chdir(tmp_path)
    server.expect_request(TAG).respond_with_json([])
    network(server, session, now).fetch("")
    assert {request.headers["Authorization"] for request, _ in server.log} == {"Bearer t"}


def test_no_token_stands_in_a_fault(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    server.expect_request(TAG).respond_with_json({"error": "revoked"}, status=401)
    with pytest.raises(AuthFault) as caught:
        network(server, session, now, secrets={"token": "top-secret"}).fetch("")
    assert "top-secret" not in f"{caught.value!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize("settings", [{}, {"base_url": ""}, {"base_url": "http://social.example"}])
def test_a_source_needs_the_address_of_its_server(
    session: httpx.Client, now: datetime, settings: dict[str, str]
) -> None:
    account = Account(query="#q", settings=settings, secrets={"token": "t"})
    with pytest.raises(InputError, match="base_url"):
        Mastodon(account, session=session, clock=lambda: now).fetch("")


def test_a_source_needs_a_token(session: httpx.Client, now: datetime) -> None:
    account = Account(query="#q", settings={"base_url": "https://social.example"})
    with pytest.raises(InputError, match="token"):
        Mastodon(account, session=session, clock=lambda: now).fetch("")


def test_a_window_moves_only_when_it_was_read_to_its_end(now: datetime) -> None:
    earliest = now - timedelta(days=7)
    new, old = Mark("1000", now), Mark("999", now - timedelta(hours=1))
    at, more = Cursor().after([new, old], earliest=earliest, me="9")
    assert (at.since, at.oldest, more) == ("", "999", True)
    at, more = Cursor.read(at.write()).after([], earliest=earliest, me="9")
    assert (at.since, at.oldest, more) == ("999", "", False)
    at, more = at.after([Mark("1001", now), new, old], earliest=earliest, me="9")
    assert (at.since, more) == ("999", False)


def test_a_new_source_is_read_back_a_week_and_no_further(now: datetime) -> None:
    marks = [Mark("1000", now), Mark("999", now - timedelta(days=8))]
    at, more = Cursor().after(marks, earliest=now - timedelta(days=7), me="9")
    assert (at.since, more) == ("999", False)


@pytest.mark.parametrize(
    "text", ["x", "[]", "{}", '{"since": 1, "page": 2}', '{"newest_at": "bald"}', "null"]
)
def test_a_cursor_that_is_nonsense_is_the_beginning(text: str) -> None:
    assert Cursor.read(text) == Cursor()
