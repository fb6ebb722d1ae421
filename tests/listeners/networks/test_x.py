"""X beyond the contract: payloads in X's own shapes, its limits, its counting, and tweepy's traps."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listeners.contract import Account, OutgoingReply, Post
from listeners.exceptions import InputError, Malformed, OutcomeUnknown, RateLimited, Refused
from listeners.networks.x import X
from listeners.networks.x.cursor import Cursor, time_of
from listeners.networks.x.length import weighted_length
from listeners.networks.x.shapes import NOT_ENGAGED, READ_ONLY

ME = "900000000000000001"
KIM = {"id": "77", "username": "kim_laeuft", "name": "Kim 🏃", "public_metrics": {"followers_count": 12}}
BRAND = {"id": ME, "username": "zehnschritt", "name": "Zehnschritt"}
SEARCH, MENTIONS = "/2/tweets/search/recent", f"/2/users/{ME}/mentions"


def id_at(at: datetime, number: int = 0) -> str:
    """Make an id that X would give at a time."""
    return str((round(at.timestamp() * 1000) - 1_288_834_974_657) << 22 | number)


def tweet(now: datetime, text: str = "@zehnschritt Öse gerissen", **rest: Any) -> dict[str, Any]:
    """A post in X's shape, as far as every post has it."""
    native_id = rest.pop("id", id_at(now))
    named = {"entities": {"mentions": [{"start": 0, "end": 12, "username": "zehnschritt", "id": ME}]}}
    return (
        {
            "id": native_id,
            "text": text,
            "author_id": "77",
            "created_at": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "edit_history_tweet_ids": [native_id],
        }
        | (named if "@zehnschritt" in text else {})
        | rest
    )


def page(*tweets: dict[str, Any], users: Any = (KIM, BRAND), **includes: Any) -> dict[str, Any]:
    """A page of posts in X's shape."""
    body = {"data": list(tweets), "includes": {"users": list(users), **includes}}
    ids = sorted((one["id"] for one in tweets), key=int)
    return body | {"meta": {"newest_id": ids[-1], "oldest_id": ids[0], "result_count": len(ids)}}


@pytest.fixture
def server(httpserver: HTTPServer) -> HTTPServer:
    """A server that knows whose token it is."""
    httpserver.expect_request("/2/users/me").respond_with_json({"data": BRAND})
    return httpserver


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


def x(server: HTTPServer, session: httpx.Client, now: datetime, query: str = "öse", **rest: Any) -> X:
    settings = {"base_url": server.url_for(""), **rest.pop("settings", {})}
    account = Account(query=query, settings=settings, secrets=rest.pop("secrets", {"token": "t"}))
    return X(account, session=session, clock=lambda: now)


def the_post(server: HTTPServer, session: httpx.Client, now: datetime, body: Any, **rest: Any) -> Post:
    """Fetch a page of one post."""
    server.expect_request(SEARCH).respond_with_json(body)
    (post,) = x(server, session, now, **rest).fetch("").posts
    return post


def test_a_text_is_what_people_see(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    urls = [
        {"url": "https://t.co/abc", "expanded_url": "https://laufblog.example/öse?a=1&b=2"},
        {"url": "https://t.co/pic", "expanded_url": "https://x.com/kim/status/1/photo/1", "media_key": "3_1"},
    ]
    body = page(
        tweet(now, "A &amp; B &lt;3 👟 https://t.co/abc https://t.co/pic", entities={"urls": urls})
        | {"attachments": {"media_keys": ["3_1", "7_2", "9_9"]}, "lang": "qme"},
        media=[
            {"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg", "alt_text": "Öse"},
            {"media_key": "7_2", "type": "video", "preview_image_url": "https://pbs.example/2.jpg"},
        ],
    )
    post = the_post(server, session, now, body)
    assert post.text == "A & B <3 👟 https://laufblog.example/öse?a=1&b=2"
    assert [(photo.url, photo.alt) for photo in post.photos] == [
        ("https://pbs.example/1.jpg", "Öse"),
        ("https://pbs.example/2.jpg", ""),
    ]
    assert (post.language, post.author.followers) == ("", 12)
    assert post.url == f"https://x.com/kim_laeuft/status/{post.native_id}"


def test_a_long_post_comes_whole(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    long = "Sehr lang. " * 400
    post = the_post(server, session, now, page(tweet(now, "Sehr lang…", note_tweet={"text": long})))
    assert post.text == long.strip()


def test_an_edited_post_keeps_its_first_id_and_time(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    first, second = id_at(now - timedelta(minutes=9)), id_at(now)
    body = page(tweet(now, id=second, edit_history_tweet_ids=[first, second]))
    post = the_post(server, session, now, body)
    assert (post.native_id, post.posted_at, post.edited_at) == (first, now - timedelta(minutes=9), now)


def test_an_author_whom_x_does_not_tell_is_known_by_id(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    post = the_post(server, session, now, page(tweet(now), users=[{"id": None}, "nonsense"]))
    assert (post.author.native_id, post.author.handle) == ("77", "")
    assert post.url == f"https://x.com/i/status/{post.native_id}"


def test_a_retweet_counts_as_reach_of_its_original(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    original = tweet(
        now, id=id_at(now, 1), public_metrics={"retweet_count": 41, "quote_count": 1, "like_count": 7}
    )
    retweet = tweet(now, "RT @kim: …", referenced_tweets=[{"type": "retweeted", "id": original["id"]}])
    lost = tweet(now, "RT @x: …", id=id_at(now, 2), referenced_tweets=[{"type": "retweeted", "id": "5"}])
    post = the_post(server, session, now, page(retweet, lost, tweets=[original]))
    assert (post.native_id, post.shares, post.reactions) == (original["id"], 42, 7)


@pytest.mark.parametrize(
    ("text", "refers_to", "settings", "reason"),
    [
        ("@zehnschritt Hilfe", None, {}, ""),
        ("Zehnschritt ist Mist", None, {}, NOT_ENGAGED),
        ("Zehnschritt ist Mist", "quoted", {}, ""),
        ("Zehnschritt ist Mist", "replied_to", {}, NOT_ENGAGED),
        ("Zehnschritt ist Mist", None, {"answers_all": True}, ""),
    ],
)
def test_only_those_who_mentioned_or_quoted_the_account_may_be_answered(
    server: HTTPServer,
    session: httpx.Client,
    now: datetime,
    text: str,
    refers_to: str | None,
    settings: dict[str, Any],
    reason: str,
) -> None:
    ours = tweet(now, "Neu im Laden", id=id_at(now, 9), author_id=ME)
    references = [{"type": refers_to, "id": ours["id"]}] if refers_to else []
    body = page(tweet(now, text, referenced_tweets=references), tweets=[ours])
    post = the_post(server, session, now, body, settings=settings)
    assert (post.can_reply, post.cannot_reply_reason) == (not reason, reason)


def test_an_own_post_is_marked(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    assert the_post(server, session, now, page(tweet(now, author_id=ME))).is_own


def test_a_token_that_only_reads_says_so_at_each_post(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    post = the_post(server, session, now, page(tweet(now)), secrets={"bearer_token": "app"})
    assert post.cannot_reply_reason == READ_ONLY
    with pytest.raises(InputError, match="mentions only to the account"):
        x(server, session, now, query="mentions", secrets={"bearer_token": "app"}).fetch("")


def test_a_source_without_keys_says_which_it_needs(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    with pytest.raises(InputError, match="consumer_key"):
        x(server, session, now, secrets={}).fetch("")


def test_a_search_leaves_retweets_out_and_keeps_its_alternatives_together(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    the_post(server, session, now, page(tweet(now)), query="öse OR sohle lang:de")
    assert server.log[-1][0].args["query"] == "(öse OR sohle lang:de) -is:retweet"


def refused(parameter: str) -> dict[str, Any]:
    """X's word for a wrong parameter."""
    return {
        "errors": [{"parameters": {parameter: ["1"]}, "message": f"'{parameter}' must be something else"}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }


def refuse(server: HTTPServer, now: datetime, parameter: str) -> None:
    """Let searches with a parameter fail and others succeed."""

    def answer(request: Request) -> Response:
        wrong = parameter in request.args
        body = refused(parameter) if wrong else page(tweet(now))
        return Response(json.dumps(body), 400 if wrong else 200, content_type="application/json")

    server.expect_request(SEARCH).respond_with_handler(answer)


def test_a_cursor_that_became_too_old_reads_what_x_still_has(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    refuse(server, now, "since_id")
    found = x(server, session, now).fetch(Cursor(since=5, me=ME).write())
    assert len(found.posts) == 1
    assert found.missed_before == now - timedelta(days=7), "what X's search no longer reaches"
    assert time_of(Cursor.read(found.cursor).since) == now - timedelta(minutes=2)


def test_a_token_of_the_next_page_that_expired_is_replaced_by_the_oldest_id(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    refuse(server, now, "next_token")
    found = x(server, session, now).fetch(Cursor(since=5, newest=9, oldest=8, token="b26", me=ME).write())
    assert found.missed_before is None
    asked = server.log[-1][0].args
    assert (asked["since_id"], asked["until_id"]) == ("5", "8")


def test_a_query_that_x_refuses_is_said_and_not_tried_again(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request(SEARCH).respond_with_json(refused("query"), status=400)
    network = x(server, session, now)
    with pytest.raises(Malformed, match="'query' must be"):
        network.fetch("")
    assert [request.path for request, _ in server.log].count(SEARCH) == 1
    assert not network.check().ok


@pytest.mark.parametrize("cursor", ["nonsense", "[]", '{"since": "x"}', "17"])
def test_a_cursor_that_cannot_be_read_is_the_beginning(cursor: str) -> None:
    assert Cursor.read(cursor) == Cursor()


def test_the_cursor_moves_only_after_the_last_page_and_then_overlaps(now: datetime) -> None:
    newest, oldest = int(id_at(now)), int(id_at(now - timedelta(minutes=9)))
    reading = Cursor(since=5, me=ME).after([newest, oldest], "b26", ME)
    assert (reading.since, reading.bounds()) == (5, {"since_id": 5})
    done = reading.after([oldest - 7], "", ME)
    assert time_of(done.since) == now - timedelta(minutes=2)
    assert done.after([], "", ME) == done


@pytest.mark.parametrize("header", ["bald", "-5", "1e3", "99999999999999999999", "²"])
def test_a_nonsense_reset_is_no_time_where_tweepy_would_break(
    server: HTTPServer, session: httpx.Client, now: datetime, header: str
) -> None:
    headers = {"x-rate-limit-reset": header.encode().decode("latin-1")}
    server.expect_request(SEARCH).respond_with_json({}, status=429, headers=headers)
    with pytest.raises(RateLimited) as caught:
        x(server, session, now).fetch("")
    assert caught.value.retry_at is None


def test_the_limit_of_a_day_is_waited_for_when_that_is_the_one_used_up(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    minutes, day = now + timedelta(minutes=5), now + timedelta(hours=20)
    headers = {
        "x-rate-limit-remaining": "99",
        "x-rate-limit-reset": str(int(minutes.timestamp())),
        "x-user-limit-24hour-remaining": "0",
        "x-user-limit-24hour-reset": str(int(day.timestamp())),
    }
    server.expect_request("/2/tweets").respond_with_json({}, status=429, headers=headers)
    with pytest.raises(RateLimited) as caught:
        x(server, session, now).send(a_reply(now))
    assert caught.value.retry_at == day


def test_what_is_left_comes_with_the_page(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    reset = now + timedelta(minutes=5)
    headers = {
        "x-rate-limit-limit": "300",
        "x-rate-limit-remaining": "7",
        "x-rate-limit-reset": str(int(reset.timestamp())),
    }
    server.expect_request(SEARCH).respond_with_json(page(tweet(now)), headers=headers)
    network = x(server, session, now)
    allowance = network.fetch("").allowance
    assert allowance is not None
    assert (allowance.key, allowance.limit, allowance.left) == (network.allowance_key(), 300, 7)
    assert allowance.resets_at == reset
    assert allowance.key != x(server, session, now, query="mentions").allowance_key()


def test_of_the_posts_that_x_allows_a_day_the_fewest_are_told_with_a_reply(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    reset = str(int((now + timedelta(hours=20)).timestamp()))
    told = {"app": "9000", "user": "3"}
    headers = {
        f"x-{whose}-limit-24hour-{name}": value
        for whose in told
        for name, value in (("limit", "10000"), ("remaining", told[whose]), ("reset", reset))
    }
    server.expect_request("/2/tweets", method="POST").respond_with_json(
        {"data": {"id": "77"}}, status=201, headers=headers | {"x-rate-limit-remaining": "0"}
    )
    network = x(server, session, now)
    allowance = network.send(a_reply(now)).allowance
    assert allowance is not None
    assert (allowance.left, allowance.resets_at) == (3, now + timedelta(hours=20))
    assert [price.key for price in network.prices("send")] == [allowance.key]
    assert network.prices("look") != network.prices("send")


@pytest.mark.parametrize(
    "body", ["[1]", '"text"', '{"errors": {"a": 1}}', '{"errors": ["text"]}', "<html>", ""]
)
def test_error_bodies_of_any_shape_are_told_apart_by_status(
    server: HTTPServer, session: httpx.Client, now: datetime, body: str
) -> None:
    server.expect_request(SEARCH).respond_with_data(body, status=403, content_type="application/json")
    with pytest.raises(Refused):
        x(server, session, now).fetch("")


@pytest.mark.parametrize(
    "body", [[], {"data": {}}, {"errors": [{"title": "Not Found Error"}]}, {"meta": None}]
)
def test_a_page_without_its_list_is_malformed_or_empty(
    server: HTTPServer, session: httpx.Client, now: datetime, body: Any
) -> None:
    server.expect_request(SEARCH).respond_with_json(body)
    network = x(server, session, now)
    if body == {"meta": None}:
        assert network.fetch("").posts == ()
    else:
        with pytest.raises(Malformed):
            network.fetch("")


def a_reply(now: datetime, text: str = "Das tut uns leid, Kim! zehnschritt.example/hilfe") -> OutgoingReply:
    return OutgoingReply(
        key="k",
        mention_id="5",
        thread_id="5",
        author_id="77",
        text=text,
        first_tried_at=now - timedelta(hours=1),
    )


def test_the_rule_of_2026_is_told_in_xs_own_words(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    told = {
        "title": "Forbidden",
        "detail": "Reply to this conversation is not allowed because …",
        "status": 403,
    }
    server.expect_request("/2/tweets", method="POST").respond_with_json(told, status=403)
    with pytest.raises(Refused, match="Reply to this conversation is not allowed"):
        x(server, session, now).send(a_reply(now))


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {"id": "x"}}, [], {"data": []}])
def test_a_confirmation_without_an_id_is_no_receipt(
    server: HTTPServer, session: httpx.Client, now: datetime, body: Any
) -> None:
    server.expect_request("/2/tweets", method="POST").respond_with_json(body, status=201)
    with pytest.raises(OutcomeUnknown):
        x(server, session, now).send(a_reply(now))


def test_a_sent_reply_is_known_though_x_adds_names_and_shortens_addresses(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    shown = tweet(
        now,
        "@kim_laeuft @zehnschritt Das tut uns leid, Kim! https://t.co/xyz",
        author_id=ME,
        referenced_tweets=[{"type": "replied_to", "id": "5"}],
        entities={"urls": [{"url": "https://t.co/xyz", "expanded_url": "http://zehnschritt.example/hilfe"}]},
    )
    server.expect_request(f"/2/users/{ME}/tweets").respond_with_json(page(shown))
    receipt = x(server, session, now).find_sent(a_reply(now))
    assert receipt is not None
    assert receipt.native_id == shown["id"]


def test_an_old_post_that_the_account_passed_on_is_no_proof_that_a_reply_is_absent(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    reply = a_reply(now, "Das tut uns leid, Kim!")
    old = tweet(now - timedelta(days=3), "Mein Lauf", id=id_at(now - timedelta(days=3)))
    passed_on = tweet(
        now, "RT @kim_laeuft: Mein Lauf", author_id=ME, id=id_at(now, 2),
        referenced_tweets=[{"type": "retweeted", "id": old["id"]}],
    )  # fmt: skip
    sent = tweet(
        now, "@kim_laeuft Das tut uns leid, Kim!", author_id=ME, id=id_at(now, 1),
        referenced_tweets=[{"type": "replied_to", "id": reply.mention_id}],
    )  # fmt: skip
    first = page(passed_on, tweets=[old])
    first["meta"]["next_token"] = "b26v89c1"

    def listed(request: Request) -> Response:
        body = page(sent) if "pagination_token" in request.args else first
        return Response(json.dumps(body), content_type="application/json")

    server.expect_request(f"/2/users/{ME}/tweets").respond_with_handler(listed)
    receipt = x(server, session, now).find_sent(reply)
    assert receipt is not None and receipt.native_id == sent["id"]


def test_what_a_post_quotes_is_part_of_its_thread(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    quoted = tweet(now - timedelta(days=30), "Das Original", id=id_at(now - timedelta(days=30)))
    mention = tweet(now, "@zehnschritt so nicht", referenced_tweets=[{"type": "quoted", "id": quoted["id"]}])

    def looked_up(request: Request) -> Response:
        wanted = request.args["ids"].split(",")
        found = [one for one in (quoted, mention) if one["id"] in wanted]
        return Response(json.dumps({"data": found}), content_type="application/json")

    server.expect_request("/2/tweets").respond_with_handler(looked_up)
    server.expect_request(SEARCH).respond_with_json({"meta": {"result_count": 0}})
    thread = x(server, session, now).thread(mention["id"])
    assert [post.text for post in thread] == ["Das Original", "@zehnschritt so nicht"]
    assert thread[1].quoted_id == thread[0].native_id


def test_of_a_long_thread_the_newest_hundred_answers_are_read_page_by_page_and_no_more(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    mention = tweet(now, "@zehnschritt so nicht")
    server.expect_request("/2/tweets").respond_with_json({"data": [mention]})
    asked = []

    def searched(request: Request) -> Response:
        asked.append(request.args.get("next_token", ""))
        minutes = [len(asked) * 10 + number for number in range(10)]
        answers = [tweet(now - timedelta(minutes=each), id=id_at(now, each)) for each in minutes]
        shown = [] if len(asked) == 2 else answers
        body = {"data": shown, "meta": {"next_token": f"b26v89c{len(asked)}"}}
        return Response(json.dumps(body), content_type="application/json")

    server.expect_request(SEARCH).respond_with_handler(searched)
    thread = x(server, session, now, settings={"page_size": 10}).thread(mention["id"])
    assert asked == ["", *(f"b26v89c{number}" for number in range(1, 10))]
    assert len(thread) == 91


def test_posts_that_x_no_longer_shows_are_deleted_when_looked_at_again(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    alive = tweet(now)
    hidden = {"resource_id": "5", "title": "Authorization Error", "detail": "Sorry, you are not authorized."}
    body = {"data": [alive], "includes": {"users": [KIM]}, "errors": [hidden]}
    server.expect_request("/2/tweets").respond_with_json(body)
    again = x(server, session, now).recheck([alive["id"], "5"])
    assert [(post.native_id, post.deleted) for post in again] == [(alive["id"], False), ("5", True)]


@pytest.mark.parametrize("broken", [{"author_id": None}, {"created_at": "gestern"}])
def test_a_post_that_cannot_be_read_when_looked_at_again_is_not_taken_for_deleted(
    server: HTTPServer, session: httpx.Client, now: datetime, broken: dict[str, Any]
) -> None:
    server.expect_request("/2/tweets").respond_with_json({"data": [tweet(now) | broken]})
    assert x(server, session, now).recheck([tweet(now)["id"]]) == []


def test_an_answer_that_names_no_post_deletes_none(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request("/2/tweets").respond_with_json({"errors": [{"title": "Service Unavailable"}]})
    assert x(server, session, now).recheck(["5", "6"]) == []


def test_an_old_version_leads_to_the_latest_when_looked_at_again(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    first, second = id_at(now - timedelta(minutes=9)), id_at(now)
    history = {"edit_history_tweet_ids": [first, second]}
    versions = {
        first: tweet(now - timedelta(minutes=9), "Mist", id=first, **history),
        second: tweet(now, "Schade", id=second, **history),
    }

    def looked_up(request: Request) -> Response:
        body = {"data": [versions[request.args["ids"]]], "includes": {"users": [KIM]}}
        return Response(json.dumps(body), content_type="application/json")

    server.expect_request("/2/tweets").respond_with_handler(looked_up)
    (post,) = x(server, session, now).recheck([first])
    assert (post.native_id, post.text, post.edited_at) == (first, "Schade", now)


def test_no_token_stands_in_the_log(
    server: HTTPServer, session: httpx.Client, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="root")
    the_post(server, session, now, page(tweet(now)), secrets={"token": "top-secret"})
    assert "top-secret" not in caplog.text


@pytest.mark.parametrize(
    "url", ["http://api.example", "ftp://127.0.0.1", "file:///etc", "127.0.0.1:80", "http://"]
)
def test_keys_go_nowhere_without_encryption(session: httpx.Client, now: datetime, url: str) -> None:
    account = Account(query="q", settings={"base_url": url}, secrets={"token": "t"})
    with pytest.raises(InputError, match="base_url"):
        X(account, session=session, clock=lambda: now).fetch("")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("ü" * 280, 280),
        ("„Grüße“ – ‚x‘", 13),
        ("日本語", 6),
        ("👍", 2),
        ("👍🏽", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇩🇪🇦🇹", 4),
        ("1️⃣", 2),
        ("12#*", 4),
        ("e\u0301" * 10, 10),
        ("https://zehnschritt.example/a/very/long/address?with=parameters&and=more", 23),
        ("siehe zehnschritt.de/hilfe.", 30),
        ("kim@zehnschritt.de", 18),
        ("…", 2),
    ],
)
def test_characters_are_counted_as_x_counts_them(text: str, length: int) -> None:
    assert weighted_length(text) == length


def test_the_time_in_an_id_is_the_time_of_its_post() -> None:
    assert time_of(1212092628029698048).replace(microsecond=0) == datetime(
        2019, 12, 31, 19, 26, 16, tzinfo=UTC
    )
