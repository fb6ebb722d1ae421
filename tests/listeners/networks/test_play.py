"""Google Play beyond the contract: Google's shapes, its log-in, its two ways to say a limit, its library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from listeners.contract import Account, OutgoingReply
from listeners.exceptions import (
    AuthFault,
    InputError,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.networks.fakes.google import service_account
from listeners.networks.fakes.play import PACKAGE
from listeners.networks.play import Play
from listeners.networks.reviews import ANSWERED

LIST = f"/androidpublisher/v3/applications/{PACKAGE}/reviews"
WRITTEN_AT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def moment(at: datetime) -> dict[str, Any]:
    return {"seconds": str(int(at.timestamp())), "nanos": 250_000_000}


def review(review_id: str = "gp:AOq-1", answer: str = "", **written: Any) -> dict[str, Any]:
    """A review in Google's shape."""
    user = {
        "text": "Sohle löst sich 😤\tNach drei Wochen, schade.",
        "lastModified": moment(WRITTEN_AT),
        "starRating": 2,
        "reviewerLanguage": "de_DE",
        "thumbsUpCount": 4,
    }
    comments: list[dict[str, Any]] = [{"userComment": user | written}]
    if answer:
        at = moment(WRITTEN_AT + timedelta(hours=1))
        comments.append({"developerComment": {"text": answer, "lastModified": at}})
    return {"reviewId": review_id, "authorName": "Ida Läufer", "comments": comments}


def refusal(status: int, reason: str) -> dict[str, Any]:
    errors = [{"message": "Nein.", "domain": "global", "reason": reason}]
    return {"error": {"code": status, "message": "Nein.", "errors": errors, "status": "X"}}


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


@pytest.fixture
def play(httpserver: HTTPServer, session: httpx.Client, now: datetime) -> Play:
    """Google Play, let in with an access token."""
    settings = {"base_url": httpserver.url_for("")}
    return Play(
        Account(query=PACKAGE, settings=settings, secrets={"token": "t"}), session=session, clock=lambda: now
    )


def a_reply(now: datetime) -> OutgoingReply:
    return OutgoingReply(
        key="k", mention_id="gp:AOq-1", thread_id="", author_id="", text="Tut uns leid.", first_tried_at=now
    )


def test_title_text_stars_language_and_thumbs_arrive(httpserver: HTTPServer, play: Play) -> None:
    httpserver.expect_request(LIST).respond_with_json({"reviews": [review()]})
    (post,) = play.fetch("").posts
    assert post.text == "Sohle löst sich 😤\nNach drei Wochen, schade."
    assert (post.rating, post.language, post.reactions, post.author.name) == (2, "de", 4, "Ida Läufer")
    assert post.posted_at == WRITTEN_AT.replace(microsecond=250_000)
    assert post.url.endswith("&reviewId=gp:AOq-1")


def test_a_text_without_a_title_has_no_tab(httpserver: HTTPServer, play: Play) -> None:
    httpserver.expect_request(LIST).respond_with_json({"reviews": [review(text="\tNur Text")]})
    assert play.fetch("").posts[0].text == "Nur Text"


def test_a_page_without_reviews_is_empty(httpserver: HTTPServer, play: Play) -> None:
    httpserver.expect_request(LIST).respond_with_json({})
    assert play.fetch("").posts == ()


def test_a_review_without_words_of_its_author_is_set_aside(httpserver: HTTPServer, play: Play) -> None:
    bare = review() | {"comments": review(answer="Hallo")["comments"][1:]}
    httpserver.expect_request(LIST).respond_with_json({"reviews": [bare, review("gp:2")]})
    page = play.fetch("")
    assert [post.native_id for post in page.posts] == ["gp:2"]
    assert "no words of the author" in page.rejects[0].reason


def test_an_answered_review_takes_no_other(httpserver: HTTPServer, play: Play, now: datetime) -> None:
    httpserver.expect_request(f"{LIST}/gp:AOq-1").respond_with_json(review(answer="Von Hand."))
    httpserver.expect_request(LIST).respond_with_json({"reviews": [review(answer="Von Hand.")]})
    assert play.fetch("").posts[0].cannot_reply_reason == ANSWERED
    with pytest.raises(Refused, match="by hand"):
        play.send(a_reply(now))
    assert [post.text for post in play.thread("gp:AOq-1")][1] == "Von Hand."
    assert {request.method for request, _ in httpserver.log} == {"GET"}


def test_the_answer_carries_just_the_words_and_is_known_by_its_review(
    httpserver: HTTPServer, play: Play, now: datetime
) -> None:
    httpserver.expect_request(f"{LIST}/gp:AOq-1").respond_with_json(review())
    taken = {"result": {"replyText": "Tut uns leid.", "lastEdited": moment(now)}}
    httpserver.expect_request(f"{LIST}/gp:AOq-1:reply").respond_with_json(taken)
    assert play.send(a_reply(now)).native_id == "gp:AOq-1/reply"
    assert json.loads(httpserver.log[-1][0].data) == {"replyText": "Tut uns leid."}


@pytest.mark.parametrize("told", [{}, {"result": None}, {"result": {"lastEdited": {"seconds": "bald"}}}, []])
def test_an_answer_that_does_not_say_when_is_looked_for(
    httpserver: HTTPServer, play: Play, now: datetime, told: Any
) -> None:
    httpserver.expect_request(f"{LIST}/gp:AOq-1").respond_with_json(review())
    httpserver.expect_request(f"{LIST}/gp:AOq-1:reply").respond_with_json(told)
    with pytest.raises(OutcomeUnknown):
        play.send(a_reply(now))


def test_the_library_neither_repeats_a_write_nor_sleeps(
    httpserver: HTTPServer, play: Play, now: datetime
) -> None:
    httpserver.expect_request(f"{LIST}/gp:AOq-1").respond_with_json(review())
    httpserver.expect_request(f"{LIST}/gp:AOq-1:reply").respond_with_json({}, status=503)
    with pytest.raises(OutcomeUnknown):
        play.send(a_reply(now))
    assert [request.method for request, _ in httpserver.log] == ["GET", "POST"]


def test_a_day_that_is_used_up_ends_at_midnight_in_california(httpserver: HTTPServer, play: Play) -> None:
    httpserver.expect_request(LIST).respond_with_json(refusal(403, "quotaExceeded"), status=403)
    with pytest.raises(RateLimited, match="used up") as caught:
        play.fetch("")
    assert caught.value.retry_at == datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def test_calls_that_follow_too_fast_are_a_pause_though_google_says_forbidden(
    httpserver: HTTPServer, play: Play
) -> None:
    httpserver.expect_request(LIST).respond_with_json(refusal(403, "userRateLimitExceeded"), status=403)
    with pytest.raises(RateLimited) as caught:
        play.fetch("")
    assert caught.value.retry_at is None


def test_a_right_that_is_missing_is_told_in_googles_words(httpserver: HTTPServer, play: Play) -> None:
    httpserver.expect_request(LIST).respond_with_json(refusal(403, "permissionDenied"), status=403)
    with pytest.raises(Refused, match="Nein"):
        play.fetch("")
    assert "rights" in play.check().what_to_do


def test_each_reading_counts_within_its_hour(httpserver: HTTPServer, play: Play, now: datetime) -> None:
    httpserver.expect_request(LIST).respond_with_json({})
    allowance = play.fetch("").allowance
    assert allowance is not None
    assert (allowance.limit, allowance.left, allowance.resets_at) == (200, 199, now + timedelta(hours=1))


def with_key(play: Play, key: str) -> Play:
    secrets = {"service_account": key}
    return Play(replace(play.account, secrets=secrets), session=play.session, clock=play.clock)


@pytest.mark.parametrize(
    ("status", "fault"), [(400, AuthFault), (401, AuthFault), (403, Refused), (503, Unavailable)]
)
def test_a_log_in_that_fails_says_whether_the_key_is_dead(
    httpserver: HTTPServer, play: Play, status: int, fault: type[Exception]
) -> None:
    told = {"error": "invalid_grant", "error_description": "Der Schlüssel ist weg."}
    httpserver.expect_request("/token").respond_with_json(told, status=status)
    with pytest.raises(fault):
        with_key(play, service_account("demo")).fetch("")


@pytest.mark.parametrize("token", [None, "", 7, "a\nb"])
def test_a_log_in_without_a_token_is_malformed(httpserver: HTTPServer, play: Play, token: Any) -> None:
    httpserver.expect_request("/token").respond_with_json({"access_token": token})
    with pytest.raises(Malformed, match="no token"):
        with_key(play, service_account("demo")).fetch("")


def test_a_keys_own_address_of_the_log_in_counts_for_nothing(httpserver: HTTPServer, play: Play) -> None:
    key = json.loads(service_account("demo")) | {"token_uri": "https://elsewhere.example/token"}
    httpserver.expect_request("/token").respond_with_json({"access_token": "demo"})
    httpserver.expect_request(LIST).respond_with_json({})
    with_key(play, json.dumps(key)).fetch("")
    assert httpserver.log[-1][0].headers["Authorization"] == "Bearer demo"


@pytest.mark.parametrize("key", ["geheim-4711", "[]", '{"private_key": "geheim-4711"}'])
def test_a_key_that_is_none_is_refused_without_showing_it(play: Play, key: str) -> None:
    with pytest.raises(InputError, match="service_account") as caught:
        with_key(play, key).fetch("")
    assert "4711" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("query", ["", "zehnschritt", "../reviews", "org..app", "org.example.äpp"])
def test_a_query_that_is_no_package_name_is_refused(play: Play, query: str) -> None:
    with pytest.raises(InputError, match="package name"):
        Play(replace(play.account, query=query), session=play.session, clock=play.clock).fetch("")


def test_a_token_of_the_next_page_that_is_an_address_is_refused(httpserver: HTTPServer, play: Play) -> None:
    body = {"reviews": [], "tokenPagination": {"nextPageToken": "https://elsewhere.example/"}}
    httpserver.expect_request(LIST).respond_with_json(body)
    with pytest.raises(Malformed, match="another host"):
        play.fetch("")


def test_reviews_whose_next_page_is_always_refused_are_asked_for_with_pauses(
    httpserver: HTTPServer, play: Play
) -> None:
    tokens = {"tokenPagination": {"nextPageToken": "zwei"}}
    whole, refused = json.dumps({"reviews": [review()]} | tokens), json.dumps(refusal(400, "invalid"))
    httpserver.expect_request(LIST).respond_with_handler(
        lambda call: Response(refused, 400) if "token" in call.args else Response(whole)
    )
    again = play.fetch(play.fetch("").cursor)
    assert again.posts and again.more
    with pytest.raises(Unavailable, match="does not go on"):
        play.fetch(again.cursor)
