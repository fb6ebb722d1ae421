"""Google Business Profile beyond the contract: stars as words, translations, bytes, replies by PUT."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer

from listeners.contract import Account, OutgoingReply
from listeners.exceptions import Gone, InputError, Malformed, OutcomeUnknown, RateLimited, Refused
from listeners.networks.business import Business
from listeners.networks.business.shapes import original
from listeners.networks.fakes.business import PLACE

LIST = f"/v4/{PLACE}/reviews"


def review(review_id: str = "r1", **rest: Any) -> dict[str, Any]:
    """A review in Google's shape."""
    return {
        "name": f"{PLACE}/reviews/{review_id}",
        "reviewId": review_id,
        "reviewer": {"displayName": "Ida Läufer", "profilePhotoUrl": "https://elsewhere.example/ida.png"},
        "starRating": "ONE",
        "comment": "Zwei Stunden gewartet 😤",
        "createTime": "2026-11-23T10:00:00.123456Z",
        "updateTime": "2026-11-23T10:00:00.123456Z",
    } | rest


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


@pytest.fixture
def business(httpserver: HTTPServer, session: httpx.Client, now: datetime) -> Business:
    account = Account(query=PLACE, settings={"base_url": httpserver.url_for("")}, secrets={"token": "t"})
    return Business(account, session=session, clock=lambda: now)


def a_reply(now: datetime, text: str = "Das tut uns leid.") -> OutgoingReply:
    return OutgoingReply(
        key="k", mention_id="r1", thread_id="r1", author_id="r1", text=text, first_tried_at=now
    )


def test_stars_words_and_name_arrive(httpserver: HTTPServer, business: Business) -> None:
    httpserver.expect_request(LIST).respond_with_json({"reviews": [review()]})
    (post,) = business.fetch("").posts
    assert (post.rating, post.text, post.author.name) == (1, "Zwei Stunden gewartet 😤", "Ida Läufer")
    assert (post.kind, post.edited_at, post.photos) == ("review", None, ())


def test_stars_without_words_or_a_name_arrive_too(httpserver: HTTPServer, business: Business) -> None:
    bare = review(reviewer={"isAnonymous": True, "displayName": "Ein Google-Nutzer"}, starRating="FIVE")
    del bare["comment"]
    httpserver.expect_request(LIST).respond_with_json({"reviews": [bare]})
    (post,) = business.fetch("").posts
    assert (post.rating, post.text, post.author.name) == (5, "", "")


def test_a_place_without_reviews_is_empty(httpserver: HTTPServer, business: Business) -> None:
    httpserver.expect_request(LIST).respond_with_json({})
    assert business.fetch("").posts == ()


def test_stars_that_google_does_not_tell_are_set_aside(httpserver: HTTPServer, business: Business) -> None:
    unrated = review(starRating="STAR_RATING_UNSPECIFIED")
    httpserver.expect_request(LIST).respond_with_json({"reviews": [unrated, review("r2")]})
    page = business.fetch("")
    assert [post.native_id for post in page.posts] == ["r2"]
    assert "starRating" in page.rejects[0].reason


def test_an_edit_is_told_by_its_time(httpserver: HTTPServer, business: Business) -> None:
    edited = review(updateTime="2026-11-24T08:00:00Z")
    httpserver.expect_request(LIST).respond_with_json({"reviews": [edited]})
    assert business.fetch("").posts[0].edited_at == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "comment",
    [
        "Toller Laden!\nGerne wieder.",
        "Toller Laden!\nGerne wieder.\n\n(Translated by Google)\nGreat shop!\nGladly again.",
        "(Translated by Google) Great shop!\nGladly again.\n\n(Original)\nToller Laden!\nGerne wieder.",
    ],
)
def test_the_authors_own_words_count_and_not_their_translation(comment: str) -> None:
    assert original(comment) == "Toller Laden!\nGerne wieder."


def test_an_umlaut_counts_two(business: Business) -> None:
    assert business.length("Öse 👟") == 9


def test_a_reply_is_put_below_its_review(httpserver: HTTPServer, business: Business, now: datetime) -> None:
    httpserver.expect_request(f"{LIST}/r1").respond_with_json(review())
    told = {"comment": "Das tut uns leid.", "updateTime": "2026-11-24T10:00:00Z"}
    httpserver.expect_request(f"{LIST}/r1/reply", method="PUT").respond_with_json(told)
    receipt = business.send(a_reply(now))
    assert (receipt.native_id, receipt.posted_at) == ("r1/reply", now)
    assert json.loads(httpserver.log[-1][0].data) == {"comment": "Das tut uns leid."}


def test_the_owners_words_are_never_overwritten(
    httpserver: HTTPServer, business: Business, now: datetime
) -> None:
    standing = {"comment": "Von Hand.", "updateTime": "2026-11-24T09:00:00Z"}
    httpserver.expect_request(f"{LIST}/r1").respond_with_json(review(reviewReply=standing))
    with pytest.raises(Refused, match="by hand"):
        business.send(a_reply(now))
    assert [post.text for post in business.thread("r1")][1] == "Von Hand."


def test_a_reply_that_google_took_without_saying_so_is_looked_for(
    httpserver: HTTPServer, business: Business, now: datetime
) -> None:
    httpserver.expect_request(f"{LIST}/r1").respond_with_json(review())
    httpserver.expect_request(f"{LIST}/r1/reply", method="PUT").respond_with_data("")
    with pytest.raises(OutcomeUnknown):
        business.send(a_reply(now))


def test_a_quota_that_was_never_granted_is_a_pause(httpserver: HTTPServer, business: Business) -> None:
    told = {"error": {"code": 429, "message": "Quota is 0.", "status": "RESOURCE_EXHAUSTED"}}
    httpserver.expect_request(LIST).respond_with_json(told, status=429)
    with pytest.raises(RateLimited):
        business.fetch("")
    assert not business.check().ok


def test_a_token_of_the_next_page_that_is_no_text_is_refused(
    httpserver: HTTPServer, business: Business
) -> None:
    httpserver.expect_request(LIST).respond_with_json({"reviews": [], "nextPageToken": ["x"]})
    with pytest.raises(Malformed):
        business.fetch("")


@pytest.mark.parametrize(
    "query", ["", "locations/2", "accounts/1/locations/2/../3", "accounts/x/locations/2"]
)
def test_a_query_that_is_no_place_is_refused(business: Business, query: str) -> None:
    with pytest.raises(InputError, match="place"):
        Business(
            replace(business.account, query=query), session=business.session, clock=business.clock
        ).fetch("")


def test_a_review_that_is_gone_is_deleted_when_its_place_still_stands(
    httpserver: HTTPServer, business: Business
) -> None:
    httpserver.expect_request(f"{LIST}/r1").respond_with_json(review())
    httpserver.expect_request(LIST).respond_with_json({"reviews": [review()]})
    httpserver.expect_request(f"{LIST}/r2").respond_with_json({"error": {"message": "none"}}, status=404)
    again = business.recheck(["r1", "r2"])
    assert [(post.deleted, post.text) for post in again] == [(False, "Zwei Stunden gewartet 😤"), (True, "")]


def test_a_place_that_is_gone_does_not_delete_its_reviews(httpserver: HTTPServer, business: Business) -> None:
    gone = {"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}}
    for path in (LIST, f"{LIST}/r1"):
        httpserver.expect_request(path).respond_with_json(gone, status=404)
    with pytest.raises(Gone):
        business.recheck(["r1"])
