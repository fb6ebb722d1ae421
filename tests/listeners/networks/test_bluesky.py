"""Bluesky beyond the contract: payloads in its own shapes, its log-ins, its keys, and atproto's traps."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listeners.contract import Account, OutgoingReply, Post
from listeners.exceptions import AuthFault, Gone, InputError, Malformed, OutcomeUnknown, Refused
from listeners.networks.bluesky import Bluesky
from listeners.networks.bluesky.keys import record_key
from listeners.networks.bluesky.shapes import NOT_ALLOWED

ME = "did:plc:zehnschrittzehnschrittz"
KIM = {"did": "did:plc:kimkimkimkimkimkimkimki", "handle": "kim.example", "displayName": "Kim 🏃"}
URI = f"at://{KIM['did']}/app.bsky.feed.post/3lbkimkimkim2"
XRPC = "/xrpc/"
SEARCH, POSTS = XRPC + "app.bsky.feed.searchPosts", XRPC + "app.bsky.feed.getPosts"
CREATE, RECORD = XRPC + "com.atproto.repo.createRecord", XRPC + "com.atproto.repo.getRecord"
LOG_IN = XRPC + "com.atproto.server.createSession"


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def view(now: datetime, text: str = "@zehnschritt Öse gerissen 😡", **rest: Any) -> dict[str, Any]:
    """A post in Bluesky's shape, as far as every post has it; `record` adds to what was written."""
    record = {"text": text, "createdAt": stamp(now), **rest.pop("record", {})}
    return {"uri": URI, "cid": "bafyone", "author": KIM, "record": record, "indexedAt": stamp(now), **rest}


def session_of(now: datetime, **rest: Any) -> dict[str, Any]:
    """The answer to a log-in that is good for two hours."""
    parts = [{"alg": "ES256K"}, {"exp": int((now + timedelta(hours=2)).timestamp())}, {"signed": 1}]
    token = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )
    return {"did": ME, "handle": "zehnschritt.example", "accessJwt": token, "refreshJwt": token, **rest}


@pytest.fixture
def server(httpserver: HTTPServer, now: datetime) -> HTTPServer:
    """A server that lets everybody in."""
    httpserver.expect_request(LOG_IN).respond_with_json(session_of(now))
    return httpserver


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


@pytest.fixture(autouse=True)
def _nobody_is_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listeners.networks.bluesky.api._SESSIONS", {})


def network(
    server: HTTPServer, session: httpx.Client, now: datetime, query: str = "öse", **rest: Any
) -> Bluesky:
    settings = {"base_url": server.url_for("").rstrip("/"), **rest.pop("settings", {})}
    secrets = {"handle": "@zehnschritt.example", "app_password": "app-secret"}
    account = Account(query=query, settings=settings, secrets=rest.pop("secrets", secrets))
    return Bluesky(account, session=session, clock=lambda: now)


def the_post(server: HTTPServer, session: httpx.Client, now: datetime, item: dict[str, Any]) -> Post:
    """Fetch a page of one post."""
    server.expect_request(SEARCH).respond_with_json({"posts": [item]})
    (post,) = network(server, session, now).fetch("").posts
    return post


def a_reply(
    now: datetime, text: str = "Das tut uns leid! 👟 https://zehnschritt.example/hilfe"
) -> OutgoingReply:
    return OutgoingReply(
        key="case-17-1",
        mention_id=URI,
        thread_id=URI,
        author_id=KIM["did"],
        text=text,
        language="de",
        first_tried_at=now - timedelta(hours=1),
    )


def calls(server: HTTPServer, path: str) -> list[Request]:
    return [request for request, _ in server.log if request.path == path]


def test_shortened_addresses_are_shown_whole(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    text = "Größe 👟 steht auf laufblog.example/groe... und in #schuhe"
    start = len("Größe 👟 steht auf ".encode())
    facets = [
        {
            "index": {"byteStart": start, "byteEnd": start + len("laufblog.example/groe...")},
            "features": [
                {"$type": "app.bsky.richtext.facet#link", "uri": "https://laufblog.example/größen?a=1"}
            ],
        },
        {"index": {"byteStart": 1}, "features": []},
        "nonsense",
    ]
    post = the_post(server, session, now, view(now, text, record={"facets": facets, "langs": ["de", "en"]}))
    assert post.text == "Größe 👟 steht auf https://laufblog.example/größen?a=1 und in #schuhe"
    assert (post.language, post.author.handle, post.author.followers) == ("de", "kim.example", None)
    assert post.url == f"https://bsky.app/profile/{KIM['did']}/post/3lbkimkimkim2"


def test_an_authors_word_about_the_time_makes_a_post_older_but_never_newer(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    long_ago = now - timedelta(days=400)
    for said, counts in [
        (stamp(long_ago), long_ago),
        (stamp(now + timedelta(days=9)), now),
        ("gestern", now),
        ("2026-11-24T09:00:00", now),
        ("", now),
    ]:
        server.clear()
        server.expect_request(LOG_IN).respond_with_json(session_of(now))
        assert the_post(server, session, now, view(now, record={"createdAt": said})).posted_at == counts


@pytest.mark.parametrize(
    "embed",
    [
        {
            "images": [
                {"thumb": "https://c.example/t.jpg", "fullsize": "https://c.example/1.jpg", "alt": "Öse"}
            ]
        },
        {"media": {"images": [{"fullsize": "https://c.example/1.jpg", "alt": "Öse"}, 5]}, "record": {}},
        {"playlist": "https://v.example/1.m3u8", "thumbnail": "https://c.example/1.jpg", "alt": "Öse"},
    ],
)
def test_pictures_and_stills_are_found_in_every_embed(
    server: HTTPServer, session: httpx.Client, now: datetime, embed: Any
) -> None:
    (photo,) = the_post(server, session, now, view(now, embed=embed)).photos
    assert (photo.url, photo.alt) == ("https://c.example/1.jpg", "Öse")


def test_reach_counts_reposts_and_quotes(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    post = the_post(server, session, now, view(now, repostCount=7, quoteCount=2, likeCount=3))
    assert (post.shares, post.reactions) == (9, 3)


def test_whom_an_author_bars_may_not_answer(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    post = the_post(server, session, now, view(now, viewer={"replyDisabled": True}))
    assert (post.can_reply, post.cannot_reply_reason) == (False, NOT_ALLOWED)


def test_own_posts_are_known_as_such(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    assert the_post(server, session, now, view(now, author=KIM | {"did": ME})).is_own


def test_a_very_long_and_an_empty_text_are_read(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request(SEARCH).respond_with_json({"posts": [view(now, "ä" * 9000), view(now, "")]})
    posts = network(server, session, now).fetch("").posts
    assert sorted(len(post.text) for post in posts) == [0, 9000]


def test_one_log_in_serves_many_calls_and_stays_at_its_host(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    service = {
        "id": "#atproto_pds",
        "type": "AtprotoPersonalDataServer",
        "serviceEndpoint": "https://elsewhere.example",
    }
    server.clear()
    document = {"@context": [], "id": ME, "alsoKnownAs": [], "verificationMethod": [], "service": [service]}
    server.expect_request(LOG_IN).respond_with_json(session_of(now, didDoc=document))
    server.expect_request(SEARCH).respond_with_json({"posts": [view(now)]})
    for _ in range(3):
        network(server, session, now).fetch("")
    assert len(calls(server, LOG_IN)) == 1
    assert len(calls(server, SEARCH)) == 3
    assert calls(server, LOG_IN)[0].json == {"identifier": "zehnschritt.example", "password": "app-secret"}


def test_a_log_in_near_its_end_is_renewed_without_the_password(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    refresh = XRPC + "com.atproto.server.refreshSession"
    later = now + timedelta(hours=1, minutes=50)
    server.expect_request(refresh).respond_with_json(session_of(later))
    server.expect_request(SEARCH).respond_with_json({"posts": []})
    for at in (now, later, later):
        network(server, session, at).fetch("")
    assert (len(calls(server, LOG_IN)), len(calls(server, refresh))) == (1, 1)


def test_a_log_in_that_is_over_is_made_anew_once(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    over = {"error": "ExpiredToken", "message": "Token has expired"}
    server.expect_oneshot_request(SEARCH).respond_with_json({"posts": []})
    server.expect_oneshot_request(SEARCH).respond_with_json(over, status=400)
    server.expect_oneshot_request(SEARCH).respond_with_json({"posts": [view(now)]})
    assert [len(network(server, session, now).fetch("").posts) for _ in range(2)] == [0, 1]
    assert len(calls(server, LOG_IN)) == 2


def test_a_wrong_password_is_told_without_it(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    httpserver.expect_request(LOG_IN).respond_with_json({"error": "AuthenticationRequired"}, status=401)
    with pytest.raises(AuthFault, match="new one") as caught:
        network(httpserver, session, now).fetch("")
    assert "app-secret" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("body", [{}, [], {"accessJwt": "a.b.c"}, "text"])
def test_a_log_in_that_cannot_be_read_is_malformed(
    httpserver: HTTPServer, session: httpx.Client, now: datetime, body: Any
) -> None:
    httpserver.expect_request(LOG_IN).respond_with_json(body)
    with pytest.raises(Malformed):
        network(httpserver, session, now).fetch("")


def sent(server: HTTPServer, session: httpx.Client, now: datetime, parent: dict[str, Any]) -> dict[str, Any]:
    """Answer a post and return what was written."""
    server.expect_request(POSTS).respond_with_json({"posts": [parent]})
    uri = f"at://{ME}/app.bsky.feed.post/{record_key(a_reply(now))}"
    server.expect_request(CREATE).respond_with_json({"uri": uri, "cid": "bafytwo"})
    assert network(server, session, now).send(a_reply(now)).native_id == uri
    (request,) = calls(server, CREATE)
    body: dict[str, Any] = request.json
    return body


def test_a_reply_names_the_first_post_of_its_thread_its_language_and_its_links(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    root = {"uri": "at://did:plc:other/app.bsky.feed.post/3lbrootrootro", "cid": "bafyroot"}
    above = {"uri": "at://did:plc:other/app.bsky.feed.post/3lbabove22222", "cid": "bafyabove"}
    body = sent(server, session, now, view(now, record={"reply": {"root": root, "parent": above}}))
    assert (body["repo"], body["rkey"]) == (ME, record_key(a_reply(now)))
    record = body["record"]
    assert record["reply"]["root"]["uri"] == root["uri"]
    assert record["reply"]["root"]["cid"] == "bafyroot"
    assert (record["reply"]["parent"]["uri"], record["reply"]["parent"]["cid"]) == (URI, "bafyone")
    assert record["langs"] == ["de"]
    (facet,) = record["facets"]
    start = len("Das tut uns leid! 👟 ".encode())
    assert facet["index"]["byteStart"] == start


def test_a_reply_to_a_first_post_names_it_twice(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    reply = sent(server, session, now, view(now))["record"]["reply"]
    assert reply["root"]["uri"] == reply["parent"]["uri"] == URI


def test_a_reply_has_one_key_for_ever_and_shares_it_with_no_other(now: datetime) -> None:
    reply = a_reply(now)
    assert record_key(reply) == record_key(replace(reply, text="anders"))
    others = {record_key(replace(reply, key=f"case-{number}")) for number in range(5000)}
    assert len(others) == 5000
    assert all(len(key) == 13 and key[0] in "234567abcdefghij" for key in others)


def test_a_key_under_which_something_stands_leaves_the_outcome_open(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request(POSTS).respond_with_json({"posts": [view(now)]})
    told = {"error": "InvalidRequest", "message": "There is already a value at this key"}
    server.expect_request(CREATE).respond_with_json(told, status=400)
    with pytest.raises(OutcomeUnknown):
        network(server, session, now).send(a_reply(now))


@pytest.mark.parametrize("body", [{}, [], {"uri": "x"}, {"uri": None}])
def test_a_confirmation_without_an_id_is_no_receipt(
    server: HTTPServer, session: httpx.Client, now: datetime, body: Any
) -> None:
    server.expect_request(POSTS).respond_with_json({"posts": [view(now)]})
    server.expect_request(CREATE).respond_with_json(body)
    with pytest.raises(OutcomeUnknown):
        network(server, session, now).send(a_reply(now))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"error": "NotFound"}),
        (400, {"error": "RepoNotFound"}),
        (400, "<html>"),
        (200, {"uri": URI, "value": {"createdAt": "gestern"}}),
        (200, {"uri": URI}),
        (200, {"uri": 5, "value": {"createdAt": "2026-11-24T09:00:00Z"}}),
    ],
)
def test_only_the_word_that_there_is_no_record_proves_absence(
    server: HTTPServer, session: httpx.Client, now: datetime, status: int, body: Any
) -> None:
    server.expect_request(RECORD).respond_with_json(body, status=status)
    with pytest.raises(OutcomeUnknown):
        network(server, session, now).find_sent(a_reply(now))


@pytest.mark.parametrize(
    ("text", "length"),
    [("Grüße", 5), ("👩‍👩‍👧‍👦", 1), ("e\u0301", 1), ("https://a.example/" + "b" * 90, 108)],
)
def test_lengths_are_those_of_bluesky(text: str, length: int) -> None:
    assert Bluesky.length(text) == length


def test_few_characters_of_many_bytes_are_too_long_too(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    with pytest.raises(Refused, match="3000 bytes"):
        network(server, session, now).send(a_reply(now, "👩‍👩‍👧‍👦" * 200))
    assert server.log == []


def test_news_of_other_kinds_are_no_posts_and_gone_ones_are_left_out(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    news = [
        {"uri": f"{URI}{kind}", "cid": "b", "reason": kind, "indexedAt": stamp(now)}
        for kind in ("mention", "like", "reply", "follow", "quote")
    ]

    def shown(request: Request) -> Response:
        wanted = request.args.getlist("uris")
        found = [view(now, uri=uri) for uri in wanted if not uri.endswith("quote")]
        return Response(json.dumps({"posts": found}), content_type="application/json")

    server.expect_request(XRPC + "app.bsky.notification.listNotifications").respond_with_json(
        {"notifications": [*news, {"uri": 5}]}
    )
    server.expect_request(POSTS).respond_with_handler(shown)
    page = network(server, session, now, query="mentions").fetch("")
    assert sorted(post.native_id for post in page.posts) == [f"{URI}mention", f"{URI}reply"]
    assert len(page.rejects) == 1


def test_what_a_post_quotes_is_part_of_its_thread_and_blocked_posts_are_not(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    original = view(now - timedelta(days=30), "Das Original", uri=f"{URI}q")
    embed = {"record": {"$type": "app.bsky.embed.record#viewRecord", "uri": f"{URI}q"}}
    node = {
        "post": view(now, "so nicht", embed=embed),
        "parent": {"$type": "app.bsky.feed.defs#blockedPost", "blocked": True},
        "replies": [{"notFound": True}, 5],
    }
    server.expect_request(XRPC + "app.bsky.feed.getPostThread").respond_with_json({"thread": node})
    server.expect_request(POSTS).respond_with_json({"posts": [original]})
    thread = network(server, session, now).thread(URI)
    assert [post.text for post in thread] == ["Das Original", "so nicht"]
    assert thread[1].quoted_id == thread[0].native_id


@pytest.mark.parametrize(
    "native_id", ["5", "at://did:plc:x/app.bsky.feed.like/3", "https://bsky.app/profile/x"]
)
def test_an_id_that_is_none_is_not_asked_for(
    server: HTTPServer, session: httpx.Client, now: datetime, native_id: str
) -> None:
    with pytest.raises(Gone):
        network(server, session, now).thread(native_id)
    assert server.log == []


@pytest.mark.parametrize("secrets", [{}, {"handle": "x.example"}, {"app_password": "x"}])
def test_a_source_needs_handle_and_app_password(
    server: HTTPServer, session: httpx.Client, now: datetime, secrets: dict[str, str]
) -> None:
    with pytest.raises(InputError, match="app_password"):
        network(server, session, now, secrets=secrets).fetch("")


def test_the_password_goes_nowhere_without_encryption(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    with pytest.raises(InputError, match="base_url"):
        network(server, session, now, settings={"base_url": "http://bsky.example"}).fetch("")


@pytest.mark.parametrize("ends", ["without a cursor", "with a refusal"])
def test_where_a_searchs_cursors_end_too_early_it_goes_on_by_time(
    server: HTTPServer, session: httpx.Client, now: datetime, ends: str
) -> None:
    posts = [
        view(at, uri=f"at://did:plc:kim/app.bsky.feed.post/{number}")
        for number, at in enumerate(now - timedelta(minutes=number) for number in range(9))
    ]

    def searched(request: Request) -> Response:
        until, start = request.args.get("until", "3"), int(request.args.get("cursor", 0))
        found = [post for post in posts if post["indexedAt"] < until]
        if start >= 4:
            return Response('{"error": "InvalidRequest", "message": "too deep"}', status=400)
        is_told = start + 2 < len(found) and (start + 2 < 4 or ends == "with a refusal")
        body = {"posts": found[start : start + 2]} | ({"cursor": str(start + 2)} if is_told else {})
        return Response(json.dumps(body), content_type="application/json")

    server.expect_request("/xrpc/app.bsky.feed.searchPosts").respond_with_handler(searched)
    cursor, more, seen = "", True, set()
    for _ in range(30):
        page = network(server, session, now, query="öse").fetch(cursor)
        cursor, more = page.cursor, page.more
        seen |= {post.native_id for post in page.posts}
        if not more:
            break
    assert not more
    assert len(seen) == 9
    assert network(server, session, now, query="öse").fetch(cursor).posts
