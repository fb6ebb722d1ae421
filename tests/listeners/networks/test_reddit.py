"""Reddit beyond the contract: things in Reddit's own shapes, its Markdown, its errors, and praw's traps."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listeners.contract import Account, OutgoingReply, Page, Post
from listeners.exceptions import (
    AuthFault,
    Gone,
    InputError,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.networks.reddit import Reddit
from listeners.networks.reddit import tokens as kept
from listeners.networks.reddit.cursor import Cursor
from listeners.networks.reddit.markdown import to_markdown, words
from listeners.networks.reddit.shapes import CLOSED, READ_ONLY

SEARCH, COMMENTS, MENTIONS = "/r/all/search/", "/r/laufen+berlin/comments/", "/message/mentions"
APP = {"client_id": "app", "client_secret": "app-secret"}
SECRETS = {**APP, "username": "zehnschritt", "password": "pass-word"}


def post(now: datetime, **rest: Any) -> dict[str, Any]:
    """A post in Reddit's shape, as far as every post has it."""
    data = {
        "name": "t3_abc1",
        "author": "kim_laeuft",
        "author_fullname": "t2_77",
        "created_utc": now.timestamp(),
        "edited": False,
        "title": "Zehnschritt: Öse gerissen",
        "selftext": "",
        "permalink": "/r/laufen/comments/abc1/zehnschritt/",
        "url": "https://www.reddit.com/r/laufen/comments/abc1/zehnschritt/",
    }
    return {"kind": "t3", "data": data | rest}


def comment(now: datetime, **rest: Any) -> dict[str, Any]:
    """A comment in Reddit's shape."""
    data = {
        "name": "t1_def2",
        "author": "kim_laeuft",
        "author_fullname": "t2_77",
        "created_utc": now.timestamp(),
        "edited": False,
        "body": "Meine Zehnschritt sind durch 😢",
        "link_id": "t3_abc1",
        "parent_id": "t3_abc1",
        "permalink": "/r/laufen/comments/abc1/_/def2/",
    }
    return {"kind": "t1", "data": data | rest}


def listing(*things: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": after, "before": None, "children": list(things)}}


@pytest.fixture(autouse=True)
def _no_token_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_KNOWN", {})


@pytest.fixture
def server(httpserver: HTTPServer) -> HTTPServer:
    """A server that lets the account in."""
    token = {"access_token": "acc-token", "token_type": "bearer", "expires_in": 86_400, "scope": "*"}
    httpserver.expect_request("/api/v1/access_token", method="POST").respond_with_json(token)
    return httpserver


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


def reddit(
    server: HTTPServer, session: httpx.Client, now: datetime, query: str = "öse", **rest: Any
) -> Reddit:
    settings = {"base_url": server.url_for(""), **rest.pop("settings", {})}
    account = Account(query=query, settings=settings, secrets=rest.pop("secrets", SECRETS))
    return Reddit(account, session=session, clock=lambda: now)


def the_page(server: HTTPServer, session: httpx.Client, now: datetime, *things: Any, **rest: Any) -> Page:
    server.expect_request(rest.pop("path", SEARCH)).respond_with_json(listing(*things))
    return reddit(server, session, now, **rest).fetch("")


def the_post(server: HTTPServer, session: httpx.Client, now: datetime, *things: Any, **rest: Any) -> Post:
    (found,) = the_page(server, session, now, *things, **rest).posts
    return found


def answer(now: datetime, text: str = "Das tut uns leid.") -> OutgoingReply:
    return OutgoingReply(
        key="k", mention_id="t3_abc1", thread_id="t3_abc1", author_id="t2_77", text=text, first_tried_at=now
    )


def calls(server: HTTPServer, path: str) -> list[Request]:
    return [request for request, _ in server.log if request.path == path]


def test_title_and_text_are_what_people_see(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    text = "Nach *zwei* Läufen\\! A &amp; B\u200b\n\n&#x200B;\n\n![img](ab12cd)"
    found = the_post(server, session, now, post(now, selftext=text))
    assert found.text == "Zehnschritt: Öse gerissen\nNach *zwei* Läufen! A & B"
    assert (found.native_id, found.kind, found.thread_id) == ("t3_abc1", "post", "t3_abc1")
    assert (found.author.native_id, found.author.handle) == ("t2_77", "kim_laeuft")
    assert found.url == "https://www.reddit.com/r/laufen/comments/abc1/zehnschritt/"


def test_the_pictures_of_a_gallery_and_of_an_image_post_are_found(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    media = {
        "a": {"e": "Image", "s": {"u": "https://preview.example/a.jpg?width=9", "x": 9}},
        "b": {"e": "RedditVideo"},
        "c": {"status": "failed"},
        "d": None,
    }
    things = [
        post(now, media_metadata=media),
        post(now, name="t3_abc2", url="https://i.example/b.PNG", media_metadata=None),
        post(now, name="t3_abc3", url="https://laufblog.example/a"),
    ]
    urls = [[one.url for one in each.photos] for each in the_page(server, session, now, *things).posts]
    assert urls == [[], ["https://i.example/b.PNG"], ["https://preview.example/a.jpg?width=9"]]


def test_a_post_with_hardly_any_fields_and_a_very_long_one_arrive(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    bare: dict[str, Any] = {
        "kind": "t3",
        "data": {"name": "t3_1", "author": "kim", "created_utc": now.timestamp()},
    }
    for name in ("selftext", "score", "edited", "locked", "url", "crosspost_parent_list", "link_id"):
        bare["data"][name] = None
    long = post(now, selftext="Sehr lang. 😡" * 4000)
    page = the_page(server, session, now, bare, long)
    assert page.rejects == ()
    assert [len(found.text) > 40_000 for found in page.posts] == [True, False]


@pytest.mark.parametrize(
    "gone",
    [
        {"author": "[deleted]", "author_fullname": None},
        {"author": None},
        {"selftext": "[removed]"},
        {"removed_by_category": "moderator"},
    ],
)
def test_what_its_author_or_a_moderator_took_away_is_deleted(
    server: HTTPServer, session: httpx.Client, now: datetime, gone: dict[str, Any]
) -> None:
    found = the_post(server, session, now, post(now, **gone))
    assert (found.deleted, found.text, found.author.native_id) == (True, "", "deleted")


def test_a_crosspost_is_reach_of_the_original_unless_it_has_words_of_its_own(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    original = post(now, num_crossposts=2)
    parents = {"crosspost_parent_list": [original["data"]], "crosspost_parent": "t3_abc1"}
    again = post(now, name="t3_abc2", author="jo", **parents)
    quote = post(now, name="t3_abc3", author="li", title="Bei mir auch!", **parents)
    found = the_page(server, session, now, quote, again, original).posts
    assert [(one.native_id, one.shares) for one in found] == [("t3_abc1", 2), ("t3_abc3", 0)]


def test_nobody_can_answer_what_is_locked_and_a_reader_can_answer_nothing(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    found = the_post(server, session, now, post(now, locked=True))
    assert (found.can_reply, found.cannot_reply_reason) == (False, CLOSED)
    reader = reddit(server, session, now, secrets=APP)
    (found,) = reader.fetch("").posts
    assert (found.can_reply, found.cannot_reply_reason) == (False, READ_ONLY)
    with pytest.raises(Refused, match="only read"):
        reader.send(answer(now))


def test_own_posts_are_known_whatever_the_letters(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    assert the_post(server, session, now, post(now, author="ZehnSchritt")).is_own


def test_comments_of_subreddits_and_mentions_are_read_with_their_place(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    below = the_post(server, session, now, comment(now), path=COMMENTS, query="r/laufen+berlin")
    assert (below.kind, below.parent_id, below.thread_id) == ("comment", "t3_abc1", "t3_abc1")
    told = comment(now, context="/r/laufen/comments/abc1/_/def2/?context=3", parent_id="t1_x")
    for name in ("link_id", "permalink"):
        del told["data"][name]
    mention = the_post(server, session, now, told, path=MENTIONS, query="mentions")
    assert (mention.parent_id, mention.thread_id) == ("t1_x", "t3_abc1")
    assert mention.url == "https://www.reddit.com/r/laufen/comments/abc1/_/def2/"


def test_mentions_need_an_account_and_subreddits_need_names(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    with pytest.raises(InputError, match="username"):
        reddit(server, session, now, query="mentions", secrets=APP).fetch("")
    with pytest.raises(InputError, match="laufen\\+berlin"):
        reddit(server, session, now, settings={"subreddits": "../api/v1/me?"}).fetch("")
    with pytest.raises(InputError, match="client_id"):
        reddit(server, session, now, secrets={}).fetch("")


def test_one_log_in_serves_many_calls_and_a_refused_token_is_renewed_once(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    answers = iter([Response("{}", 200), Response(status=401), Response(status=401), Response(status=401)])
    server.expect_request(SEARCH).respond_with_handler(lambda _: next(answers))
    with pytest.raises(Exception, match="listing"):
        reddit(server, session, now).fetch("")
    with pytest.raises(AuthFault, match="new one"):
        reddit(server, session, now).fetch("")
    assert len(calls(server, SEARCH)) == 3
    assert len(calls(server, "/api/v1/access_token")) == 2


@pytest.mark.parametrize(
    ("body", "status"), [({"error": "invalid_grant"}, 200), ({"message": "Unauthorized", "error": 401}, 401)]
)
def test_a_refused_log_in_says_what_to_do_and_tells_no_secret(
    httpserver: HTTPServer,
    session: httpx.Client,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
    body: Any,
    status: int,
) -> None:
    httpserver.expect_request("/api/v1/access_token").respond_with_json(body, status=status)
    with caplog.at_level(logging.DEBUG, logger="root"), pytest.raises(AuthFault, match="new one") as caught:
        reddit(httpserver, session, now).fetch("")
    told = f"{caught.value!r} {caught.value.__context__!r} {caplog.text}"
    assert not [secret for secret in SECRETS.values() if secret in told and secret != "app"]


def test_a_lost_log_in_is_no_lost_reply(httpserver: HTTPServer, session: httpx.Client, now: datetime) -> None:
    httpserver.expect_request("/api/v1/access_token").respond_with_data(status=502)
    with pytest.raises(Unavailable):
        reddit(httpserver, session, now).send(answer(now))


@pytest.mark.parametrize("headers", [("0", "600"), ("nonsense", "soon"), ("nan", "-1")])
def test_praw_neither_sleeps_nor_fails_over_what_reddit_says_of_the_calls_left(
    server: HTTPServer, session: httpx.Client, now: datetime, headers: tuple[str, str]
) -> None:
    told = {"x-ratelimit-remaining": headers[0], "x-ratelimit-reset": headers[1], "x-ratelimit-used": "100"}
    for path, body in {
        "/api/info/": listing(post(now)),
        "/comments/abc1/": [listing(post(now)), listing(comment(now))],
    }.items():
        server.expect_request(path).respond_with_json(body, headers=told)
    began = time.monotonic()
    assert len(reddit(server, session, now).thread("t3_abc1")) == 2
    assert time.monotonic() - began < 30


def test_the_calls_left_are_told_to_the_minute(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    told = {"x-ratelimit-remaining": "87.0", "x-ratelimit-reset": "301", "x-ratelimit-used": "13"}
    server.expect_request(SEARCH).respond_with_json(listing(), headers=told)
    network = reddit(server, session, now)
    allowance = network.fetch("").allowance
    assert allowance is not None
    assert (allowance.key, allowance.limit, allowance.left) == (network.allowance_key(), 100, 87)
    assert allowance.resets_at == now + timedelta(minutes=5)


def test_files_and_variables_meant_for_praw_change_nothing(
    server: HTTPServer, session: httpx.Client, now: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("praw_site", "elsewhere")
    monkeypatch.setenv("praw_oauth_url", "https://elsewhere.example")
    monkeypatch.setenv("praw_password", "other")
    assert the_post(server, session, now, post(now)).native_id == "t3_abc1"


def test_a_page_behind_a_deleted_post_begins_the_window_anew_once(now: datetime) -> None:
    at = Cursor(since=5.0, newest=90.0, after="t3_gone")
    again = at.following([], "", now=now)
    assert (again.after, again.is_within) == ("", True)
    rest = again.following([now - timedelta(hours=1)], "t3_next", now=now)
    assert (rest.after, rest.again) == ("t3_next", True)
    assert not rest.following([], "", now=now).is_within


def test_a_time_that_lies_ahead_does_not_carry_the_cursor_away(now: datetime) -> None:
    moved = Cursor().following([now + timedelta(days=900)], "", now=now)
    assert moved.since < now.timestamp()
    assert Cursor.read("{nonsense") == Cursor()


@pytest.mark.parametrize(
    "text",
    [
        "1. Foto\n2. Beleg\n\n- bitte *beides*",
        "# Liebe Kim,\n    eingerückt > nicht_kursiv_ ~~ [Link](x)",
        "https://zehnschritt.example/foto_hier*neu u/kim_laeuft_gern",
        "Zwei\nZeilen & ein \\ Strich | mehr 😊",
    ],
)
def test_a_plain_text_is_read_on_reddit_as_it_was_written(text: str) -> None:
    shown = [line.split() for line in words(to_markdown(text)).split("\n")]
    assert shown == [line.split() for line in text.split("\n")]


def test_what_is_sent_keeps_its_lines_and_is_counted_as_it_is_sent() -> None:
    assert to_markdown("Hallo\nKim\n\n1. *Foto*") == "Hallo  \nKim\n\n1\\. \\*Foto\\*"
    assert to_markdown("https://a.example/b_c") == "https://a.example/b_c"
    assert Reddit.length("*" * 10) == 20


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (["DELETED_COMMENT", "that comment has been deleted", "parent"], Gone),
        (["DELETED_LINK", "that has been deleted", "parent"], Gone),
        (["THREAD_LOCKED", "Comments are locked.", "parent"], Refused),
        (["TOO_OLD", "that's a piece of history now", "parent"], Refused),
        ([], Refused),
        ("SOMETHING", Refused),
    ],
)
def test_an_error_inside_a_success_is_no_reply(
    server: HTTPServer, session: httpx.Client, now: datetime, error: Any, fault: type[Exception]
) -> None:
    server.expect_request("/api/comment/").respond_with_json({"json": {"errors": [error]}})
    with pytest.raises(fault):
        reddit(server, session, now).send(answer(now))


@pytest.mark.parametrize(
    ("message", "ratelimit", "pause"),
    [
        ("Take a break for 9 minutes before trying again.", None, timedelta(minutes=9)),
        ("Take a break for 3 seconds before trying again.", 3.2, timedelta(seconds=3.2)),
        ("Later.", "x", None),
    ],
)
def test_being_asked_to_write_less_often_is_a_pause_and_no_sleep(
    server: HTTPServer, session: httpx.Client, now: datetime, message: str, ratelimit: Any, pause: Any
) -> None:
    body = {"json": {"ratelimit": ratelimit, "errors": [["RATELIMIT", message, "ratelimit"]]}}
    server.expect_request("/api/comment/").respond_with_json(body)
    with pytest.raises(RateLimited) as caught:
        reddit(server, session, now).send(answer(now))
    assert caught.value.retry_at == (now + pause if pause else None)
    assert len(calls(server, "/api/comment/")) == 1


def test_a_reply_whose_answer_is_a_server_error_is_sent_once(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request("/api/comment/").respond_with_data(status=503)
    with pytest.raises(OutcomeUnknown):
        reddit(server, session, now).send(answer(now))
    assert len(calls(server, "/api/comment/")) == 1


def test_a_reply_below_a_comment_is_looked_for_there_when_the_own_list_ends_early(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    own = comment(now, name="t1_own", author="zehnschritt", body="Das tut uns *leid*.", parent_id="t1_def2")
    more = {"kind": "more", "data": {"count": 3, "children": ["a"]}}
    server.expect_request("/user/zehnschritt/comments/").respond_with_json(listing())
    server.expect_request("/api/info/").respond_with_json(listing(comment(now)))
    sent = OutgoingReply(
        key="k", mention_id="t1_def2", thread_id="t3_abc1", author_id="t2_77", text="Das tut uns *leid*."
    )
    for below, expected in (([own], "t1_own"), ([], None), ([more], OutcomeUnknown)):
        top = comment(now, replies=listing(*below) if below else "")
        server.expect_oneshot_request("/comments/abc1/").respond_with_json([listing(post(now)), listing(top)])
        if expected is OutcomeUnknown:
            with pytest.raises(OutcomeUnknown):
                reddit(server, session, now).find_sent(sent)
        else:
            receipt = reddit(server, session, now).find_sent(sent)
            assert (receipt.native_id if receipt else None) == expected


def test_a_token_is_forgotten_before_it_ends_and_never_shown(now: datetime) -> None:
    kept.keep("one", kept.Token("very-secret", until=now + timedelta(hours=1)))
    assert "very-secret" not in repr(kept.known("one", now=now))
    assert kept.known("one", now=now + timedelta(minutes=59, seconds=30)) is None
    kept.forget("one")
    assert kept.known("one", now=now) is None


def test_a_refresh_token_serves_too_and_the_account_is_asked_for_its_name_once(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request("/api/v1/me").respond_with_json({"name": "ZehnschrittCare", "id": "b1"})
    server.expect_request(SEARCH).respond_with_json(listing(post(now, author="zehnschrittcare")))
    network = reddit(server, session, now, secrets={**APP, "refresh_token": "r-1"})
    page = network.fetch(network.fetch("").cursor)
    assert page.posts[0].is_own
    assert len(calls(server, "/api/v1/me")) == 1
    (login,) = calls(server, "/api/v1/access_token")
    assert login.form.to_dict() == {"grant_type": "refresh_token", "refresh_token": "r-1"}


def test_a_post_that_cannot_be_read_when_looked_at_again_is_not_taken_for_deleted(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    broken = comment(now, name="t1_def3", created_utc="gestern")
    server.expect_request("/api/info/").respond_with_json(listing(post(now), broken))
    again = reddit(server, session, now).recheck(["t3_abc1", "t1_def3", "t1_def4"])
    assert [(one.native_id, one.deleted) for one in again] == [("t3_abc1", False), ("t1_def4", True)]


def test_an_answer_with_a_nameless_post_deletes_none(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request("/api/info/").respond_with_json(listing(comment(now, name=None)))
    with pytest.raises(Malformed):
        reddit(server, session, now).recheck(["t1_def2"])


def test_a_listing_that_ends_before_what_was_read_last_says_up_to_when_posts_were_missed(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request(SEARCH).respond_with_json(listing(post(now)))
    known = [
        Cursor(since=(now + ago).timestamp(), me="us") for ago in (-timedelta(days=9), timedelta(hours=1))
    ]
    pages = [reddit(server, session, now).fetch(cursor.write()) for cursor in (*known, Cursor(me="us"))]
    assert [page.missed_before for page in pages] == [pages[0].posts[0].posted_at, None, None]


def test_a_page_on_which_nothing_can_be_read_leads_on_to_the_next(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    broken = post(now, name="t3_abc2", created_utc="gestern")
    older = post(now - timedelta(hours=1), name="t3_abc3")

    def searched(request: Request) -> Response:
        pages = {"": listing(post(now), after="t3_abc1"), "t3_abc1": listing(broken, after="t3_abc2")}
        body = pages.get(request.args.get("after", ""), listing(older))
        return Response(json.dumps(body), content_type="application/json")

    server.expect_request(SEARCH).respond_with_handler(searched)
    cursor, seen = "", []
    for _ in range(3):
        page = reddit(server, session, now).fetch(cursor)
        cursor, seen = page.cursor, [*seen, *(one.native_id for one in page.posts)]
    assert seen == ["t3_abc1", "t3_abc3"]
    assert not page.more
