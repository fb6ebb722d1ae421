"""The App Store beyond the contract: Apple's shapes, its signed tokens, its limits, one answer a review."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from config.brand_files import brand
from listeners.contract import Account, OutgoingReply
from listeners.exceptions import Gone, InputError, Malformed, OutcomeUnknown, RateLimited, Refused
from listeners.mentions import is_own
from listeners.networks.appstore import AppStore
from listeners.networks.fakes.appstore import APP, private_key
from listeners.networks.reviews import ANSWERED

LIST = f"/v1/apps/{APP}/customerReviews"
SECRETS = {"issuer_id": "team", "key_id": "KEY", "private_key": private_key("demo")}


def review(review_id: str = "r-1", *, answered_by: str = "", **attributes: Any) -> dict[str, Any]:
    """A review in Apple's shape."""
    written = {
        "rating": 1,
        "title": "Enttäuscht 😡",
        "body": "Die Öse ist nach zwei Läufen gerissen.",
        "reviewerNickname": "Lauftreff-Ida",
        "createdDate": "2026-11-24T01:30:00-08:00",
        "territory": "AUT",
    }
    response = {"data": {"type": "customerReviewResponses", "id": answered_by} if answered_by else None}
    return {
        "type": "customerReviews",
        "id": review_id,
        "attributes": written | attributes,
        "relationships": {"response": response},
    }


def response_of(text: str, at: str = "2026-11-24T02:00:00-08:00") -> dict[str, Any]:
    """An answer in Apple's shape."""
    attributes = {"responseBody": text, "lastModifiedDate": at, "state": "PUBLISHED"}
    return {"type": "customerReviewResponses", "id": "a-1", "attributes": attributes}


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


@pytest.fixture
def store(httpserver: HTTPServer, session: httpx.Client, now: datetime) -> AppStore:
    settings = {"base_url": httpserver.url_for("")}
    account = Account(query=APP, settings=settings, secrets=SECRETS)
    return AppStore(account, session=session, clock=lambda: now)


def a_reply(now: datetime, text: str = "Das tut uns leid.") -> OutgoingReply:
    return OutgoingReply(
        key="k", mention_id="r-1", thread_id="r-1", author_id="r-1", text=text, first_tried_at=now
    )


def test_title_and_body_stars_and_nickname_arrive(httpserver: HTTPServer, store: AppStore) -> None:
    httpserver.expect_request(LIST).respond_with_json({"data": [review()], "links": {}})
    (post,) = store.fetch("").posts
    assert post.text == "Enttäuscht 😡\nDie Öse ist nach zwei Läufen gerissen."
    assert (post.rating, post.kind, post.author.name) == (1, "review", "Lauftreff-Ida")
    assert post.posted_at.isoformat() == "2026-11-24T09:30:00+00:00"


def test_what_apple_leaves_out_is_left_out(httpserver: HTTPServer, store: AppStore) -> None:
    bare = review(title=None, body="  \n", reviewerNickname=None)
    del bare["relationships"]
    httpserver.expect_request(LIST).respond_with_json({"data": [bare]})
    (post,) = store.fetch("").posts
    assert (post.text, post.author.name, post.can_reply) == ("", "", True)


def test_two_customers_of_the_same_nickname_are_two_people(httpserver: HTTPServer, store: AppStore) -> None:
    httpserver.expect_request(LIST).respond_with_json({"data": [review("r-1"), review("r-2")]})
    assert len({post.author.native_id for post in store.fetch("").posts}) == 2


def test_a_very_long_review_arrives_whole(httpserver: HTTPServer, store: AppStore) -> None:
    httpserver.expect_request(LIST).respond_with_json({"data": [review(title="", body="Öse! " * 2000)]})
    assert len(store.fetch("").posts[0].text) == 9_999


def test_a_review_that_has_an_answer_says_why_it_takes_no_other(
    httpserver: HTTPServer, store: AppStore
) -> None:
    body = {"data": [review(answered_by="a-1")], "included": [response_of("Schon gelöst.")]}
    httpserver.expect_request(LIST).respond_with_json(body)
    (post,) = store.fetch("").posts
    assert (post.can_reply, post.cannot_reply_reason) == (False, ANSWERED)


def test_the_words_of_somebody_else_are_never_overwritten(
    httpserver: HTTPServer, store: AppStore, now: datetime
) -> None:
    body = {"data": review(answered_by="a-1"), "included": [response_of("Von Hand beantwortet.")]}
    httpserver.expect_request("/v1/customerReviews/r-1").respond_with_json(body)
    with pytest.raises(Refused, match="by hand"):
        store.send(a_reply(now))
    assert [request.method for request, _ in httpserver.log] == ["GET"]


def test_our_own_words_that_stand_there_are_looked_for_and_not_sent_again(
    httpserver: HTTPServer, store: AppStore, now: datetime
) -> None:
    body = {"data": review(answered_by="a-1"), "included": [response_of("Das  tut uns leid. ")]}
    httpserver.expect_request("/v1/customerReviews/r-1").respond_with_json(body)
    with pytest.raises(OutcomeUnknown):
        store.send(a_reply(now))
    found = store.find_sent(a_reply(now))
    assert found is not None
    assert found.native_id == "a-1"


def test_without_its_review_nobody_can_tell_whether_a_reply_stands(
    httpserver: HTTPServer, store: AppStore, now: datetime
) -> None:
    httpserver.expect_request("/v1/customerReviews/r-1").respond_with_data("{}", status=404)
    with pytest.raises(OutcomeUnknown):
        store.find_sent(replace(a_reply(now), first_tried_at=now - timedelta(hours=1)))


def test_each_call_bears_a_token_of_a_quarter_of_an_hour(
    httpserver: HTTPServer, store: AppStore, now: datetime
) -> None:
    httpserver.expect_request(LIST).respond_with_json({"data": []})
    store.fetch("")
    token = httpserver.log[0][0].headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims == {
        "iss": "team",
        "aud": "appstoreconnect-v1",
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 900,
    }
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "kid": "KEY", "typ": "JWT"}


def test_a_key_in_one_line_is_a_key_too(
    httpserver: HTTPServer, store: AppStore, session: httpx.Client
) -> None:
    httpserver.expect_request(LIST).respond_with_json({"data": []})
    one_line = SECRETS | {"private_key": SECRETS["private_key"].replace("\n", "\\n")}
    AppStore(replace(store.account, secrets=one_line), session=session, clock=store.clock).fetch("")


@pytest.mark.parametrize("secrets", [{}, SECRETS | {"private_key": "geheim-4711"}])
def test_a_key_that_is_none_is_refused_without_showing_it(
    store: AppStore, session: httpx.Client, secrets: dict[str, str]
) -> None:
    broken = AppStore(replace(store.account, secrets=secrets), session=session, clock=store.clock)
    with pytest.raises(InputError, match="private_key") as caught:
        broken.fetch("")
    assert "4711" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert not broken.check().ok


@pytest.mark.parametrize("query", ["", "zehnschritt", "12/../34", "1" * 13])
def test_a_query_that_is_no_apple_id_is_refused(store: AppStore, session: httpx.Client, query: str) -> None:
    with pytest.raises(InputError, match="Apple ID"):
        AppStore(replace(store.account, query=query), session=session, clock=store.clock).fetch("")


def test_the_calls_of_the_hour_are_noted_for_all_sources_of_the_account(
    httpserver: HTTPServer, store: AppStore, now: datetime
) -> None:
    left = {"X-Rate-Limit": "user-hour-lim:3500;user-hour-rem:499;"}
    httpserver.expect_request(LIST).respond_with_json({"data": []}, headers=left)
    allowance = store.fetch("").allowance
    assert allowance is not None
    assert (allowance.limit, allowance.left, allowance.resets_at) == (3500, 499, now + timedelta(hours=1))
    assert allowance.key == store.allowance_key()
    assert "demo" not in allowance.key


def test_the_silent_limit_is_not_taken_for_the_hour_that_is_used_up(
    httpserver: HTTPServer, store: AppStore
) -> None:
    left = {"X-Rate-Limit": "user-hour-lim:3500;user-hour-rem:499;"}
    httpserver.expect_request(LIST).respond_with_json({"errors": []}, status=429, headers=left)
    with pytest.raises(RateLimited, match="asks for a pause"):
        store.fetch("")


def test_a_page_whose_token_is_too_old_is_read_from_the_top_again(
    httpserver: HTTPServer, store: AppStore
) -> None:
    def answer(request: Request) -> Response:
        if "cursor" in request.args:
            return Response(json.dumps({"errors": [{"title": "cursor is old"}]}), 400)
        links = {"next": httpserver.url_for(f"{LIST}?cursor=old")}
        return Response(json.dumps({"data": [review()], "links": links}))

    httpserver.expect_request(LIST).respond_with_handler(answer)
    first = store.fetch("")
    again = store.fetch(first.cursor)
    assert first.more
    assert [post.native_id for post in again.posts] == ["r-1"]


def test_a_page_that_names_itself_as_the_next_is_left(httpserver: HTTPServer, store: AppStore) -> None:
    links = {"next": httpserver.url_for(f"{LIST}?cursor=same")}
    httpserver.expect_request(LIST).respond_with_json({"data": [review()], "links": links})
    with pytest.raises(Malformed, match="names itself"):
        store.fetch(store.fetch("").cursor)


def test_reading_ends_with_the_first_page_that_is_older_than_the_overlap(
    httpserver: HTTPServer, store: AppStore
) -> None:
    links = {"next": httpserver.url_for(f"{LIST}?cursor=more")}
    old = review("r-0", createdDate="2026-10-01T00:00:00Z")
    httpserver.expect_request(LIST).respond_with_json({"data": [old], "links": links})
    assert not store.fetch("").more


def test_a_date_far_ahead_does_not_end_the_reading_for_ever(
    httpserver: HTTPServer, store: AppStore, now: datetime
) -> None:
    ahead = review("r-9", createdDate="2099-01-01T00:00:00Z")
    httpserver.expect_request(LIST).respond_with_json({"data": [ahead]})
    cursor = json.loads(store.fetch("").cursor)
    assert datetime.fromisoformat(cursor["since"]) < now


def test_ids_that_lead_elsewhere_are_never_called(httpserver: HTTPServer, store: AppStore) -> None:
    with pytest.raises(Gone):
        store.thread("../apps")
    assert httpserver.log == []


def test_apples_own_reason_of_a_refusal_is_handed_on(
    httpserver: HTTPServer, store: AppStore, now: datetime
) -> None:
    httpserver.expect_request("/v1/customerReviews/r-1").respond_with_json({"data": review()})
    error = {"errors": [{"status": "409", "title": "No", "detail": "The words are not allowed."}]}
    httpserver.expect_request("/v1/customerReviewResponses").respond_with_json(error, status=409)
    with pytest.raises(Refused, match="not allowed"):
        store.send(a_reply(now))


def test_a_dead_letter_is_read_again(store: AppStore) -> None:
    assert store.read(json.dumps(review())).rating == 1
    with pytest.raises(Malformed):
        store.read("kein JSON")


def test_a_reviewer_who_calls_himself_like_the_brand_is_a_customer(
    httpserver: HTTPServer, store: AppStore
) -> None:
    reviews = {"data": [review(reviewerNickname="zehnschritt")]}
    httpserver.expect_request(LIST).respond_with_json(reviews)
    (post,) = store.fetch("").posts
    assert brand("zehnschritt").is_own(post.author.handle)
    assert not is_own(post, brand("zehnschritt"))
