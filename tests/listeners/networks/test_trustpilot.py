"""Trustpilot beyond the contract: its shapes, what is public and what is not, numbered pages, its log-in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer

from listeners.contract import Account, OutgoingReply
from listeners.exceptions import AuthFault, InputError, Malformed, OutcomeUnknown, RateLimited, Refused
from listeners.networks.fakes.trustpilot import UNIT
from listeners.networks.trustpilot import Trustpilot
from listeners.networks.trustpilot.network import LOGIN

LIST, ONE, REPLY = f"/v1/business-units/{UNIT}/reviews", "/v1/reviews/r1", "/v1/private/reviews/r1/reply"


def review(review_id: str = "r1", **rest: Any) -> dict[str, Any]:
    """A review in Trustpilot's shape."""
    return {
        "id": review_id,
        "consumer": {"id": "c1", "displayName": "Ida Läufer", "numberOfReviews": 3},
        "stars": 1,
        "title": "Nie wieder 😡",
        "text": "Das Paket kam nie an.",
        "language": "de",
        "createdAt": "2026-11-24T08:00:00Z",
        "updatedAt": None,
        "companyReply": None,
        "numberOfLikes": 2,
        "status": "active",
    } | rest


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


@pytest.fixture
def trustpilot(httpserver: HTTPServer, session: httpx.Client, now: datetime) -> Trustpilot:
    settings = {"base_url": httpserver.url_for(""), "business_user": "u7"}
    account = Account(query=UNIT, settings=settings, secrets={"api_key": "key", "api_secret": "secret"})
    return Trustpilot(account, session=session, clock=lambda: now)


def a_reply(now: datetime, text: str = "Wir forschen nach.") -> OutgoingReply:
    return OutgoingReply(
        key="k", mention_id="r1", thread_id="r1", author_id="c1", text=text, first_tried_at=now
    )


def test_stars_title_text_and_author_arrive(httpserver: HTTPServer, trustpilot: Trustpilot) -> None:
    httpserver.expect_request(LIST).respond_with_json({"reviews": [review()], "links": []})
    (post,) = trustpilot.fetch("").posts
    assert post.text == "Nie wieder 😡\nDas Paket kam nie an."
    assert (post.rating, post.language, post.reactions) == (1, "de", 2)
    assert (post.author.native_id, post.author.name) == ("c1", "Ida Läufer")
    assert post.url == "https://www.trustpilot.com/reviews/r1"


def test_a_time_without_a_zone_is_utc(httpserver: HTTPServer, trustpilot: Trustpilot) -> None:
    old = review(createdAt="2026-11-24T08:00:00", updatedAt="2026-11-24T09:00:00")
    httpserver.expect_request(LIST).respond_with_json({"reviews": [old]})
    (post,) = trustpilot.fetch("").posts
    assert post.posted_at == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert post.edited_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_what_is_missing_is_left_out(httpserver: HTTPServer, trustpilot: Trustpilot) -> None:
    bare = {name: review()[name] for name in ("id", "stars", "createdAt")} | {"consumer": {"id": "c1"}}
    httpserver.expect_request(LIST).respond_with_json({"reviews": [bare]})
    (post,) = trustpilot.fetch("").posts
    assert (post.text, post.author.name, post.can_reply) == ("", "", True)


def test_reading_shows_the_key_alone_and_never_the_secret(
    httpserver: HTTPServer, trustpilot: Trustpilot
) -> None:
    httpserver.expect_request(LIST).respond_with_json({"reviews": []})
    trustpilot.fetch("")
    (request, _), *_ = httpserver.log
    assert request.headers["apikey"] == "key"
    assert "Authorization" not in request.headers
    assert "key" not in request.query_string.decode()


def test_a_reply_is_written_in_the_name_of_the_user_after_a_log_in(
    httpserver: HTTPServer, trustpilot: Trustpilot, now: datetime
) -> None:
    httpserver.expect_request(ONE).respond_with_json(review())
    httpserver.expect_request(LOGIN).respond_with_json({"access_token": "abc"})
    httpserver.expect_request(REPLY).respond_with_data("", status=201)
    assert trustpilot.send(a_reply(now)).native_id == "r1/reply"
    login, write = (request for request, _ in httpserver.log[1:])
    assert login.headers["Authorization"] == f"Basic {base64.b64encode(b'key:secret').decode()}"
    assert login.form["grant_type"] == "client_credentials"
    assert write.headers["Authorization"] == "Bearer abc"
    assert json.loads(write.data) == {"message": "Wir forschen nach.", "authorBusinessUserId": "u7"}


def test_a_log_in_that_is_refused_tells_of_the_key_and_posts_nothing(
    httpserver: HTTPServer, trustpilot: Trustpilot, now: datetime
) -> None:
    httpserver.expect_request(ONE).respond_with_json(review())
    httpserver.expect_request(LOGIN).respond_with_json({"message": "Nein."}, status=401)
    with pytest.raises(AuthFault, match="api_secret"):
        trustpilot.send(a_reply(now))


def test_words_that_stand_there_are_never_overwritten(
    httpserver: HTTPServer, trustpilot: Trustpilot, now: datetime
) -> None:
    standing = {"text": "Von Hand.", "createdAt": "2026-11-24T09:00:00Z"}
    httpserver.expect_request(ONE).respond_with_json(review(companyReply=standing))
    with pytest.raises(Refused, match="by hand"):
        trustpilot.send(a_reply(now))
    assert [request.method for request, _ in httpserver.log] == ["GET"]


def test_a_reply_whose_writing_fails_in_the_middle_is_unknown(
    httpserver: HTTPServer, trustpilot: Trustpilot, now: datetime
) -> None:
    httpserver.expect_request(ONE).respond_with_json(review())
    httpserver.expect_request(LOGIN).respond_with_json({"access_token": "abc"})
    httpserver.expect_request(REPLY).respond_with_data("kaputt", status=500)
    with pytest.raises(OutcomeUnknown):
        trustpilot.send(a_reply(now))


def test_what_is_to_be_paid_is_used_up(httpserver: HTTPServer, trustpilot: Trustpilot) -> None:
    httpserver.expect_request(LIST).respond_with_json({"message": "Der Tarif reicht nicht."}, status=402)
    with pytest.raises(RateLimited, match="Der Tarif reicht nicht"):
        trustpilot.fetch("")


def test_pages_are_numbered_and_end_without_a_link(httpserver: HTTPServer, trustpilot: Trustpilot) -> None:
    link = {"href": httpserver.url_for(f"{LIST}?page=2"), "method": "GET", "rel": "next-page"}
    httpserver.expect_request(LIST, query_string={**_params("2")}).respond_with_json(
        {"reviews": [review("r2")], "links": []}
    )
    httpserver.expect_request(LIST).respond_with_json({"reviews": [review()], "links": [link]})
    first = trustpilot.fetch("")
    second = trustpilot.fetch(first.cursor)
    assert (first.more, second.more) == (True, False)
    assert second.posts[0].native_id == "r2"


def _params(page: str) -> dict[str, str]:
    return {"orderBy": "createdat.desc", "perPage": "100", "page": page}


def test_a_link_without_a_number_is_refused(httpserver: HTTPServer, trustpilot: Trustpilot) -> None:
    link = {"href": httpserver.url_for(f"{LIST}?page=../2"), "rel": "next-page"}
    httpserver.expect_request(LIST).respond_with_json({"reviews": [], "links": [link]})
    with pytest.raises(Malformed, match="number"):
        trustpilot.fetch("")


@pytest.mark.parametrize("query", ["", "zehnschritt.example", "5e1f/../0a7b0000ff0001abcdef"])
def test_a_query_that_is_no_business_unit_is_refused(trustpilot: Trustpilot, query: str) -> None:
    broken = replace(trustpilot.account, query=query)
    with pytest.raises(InputError, match="business unit"):
        Trustpilot(broken, session=trustpilot.session, clock=trustpilot.clock).fetch("")


@pytest.mark.parametrize("key", ["", "schlüssel", "a\nb"])
def test_a_key_that_is_none_is_refused_without_showing_it(trustpilot: Trustpilot, key: str) -> None:
    broken = replace(trustpilot.account, secrets={"api_key": key})
    with pytest.raises(InputError, match="api_key"):
        Trustpilot(broken, session=trustpilot.session, clock=trustpilot.clock).fetch("")
