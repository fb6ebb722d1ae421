"""Direct messages on X beyond the contract: X's refusals, pages, and what its lists do not prove."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listeners.contract import OutgoingReply
from listeners.exceptions import OutcomeUnknown, Refused
from tests.listeners.networks.test_x import BRAND, ME, a_reply, id_at, tweet, x

TALK = "/2/dm_conversations/with/77"


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


@pytest.fixture
def server(httpserver: HTTPServer, now: datetime) -> HTTPServer:
    """A server on which the post that is answered still stands."""
    httpserver.expect_request("/2/users/me").respond_with_json({"data": BRAND})
    httpserver.expect_request("/2/tweets", method="GET").respond_with_json({"data": [tweet(now, id="5")]})
    return httpserver


def private(now: datetime, **rest: Any) -> OutgoingReply:
    return replace(
        a_reply(now, "Dein Code: http://zehnschritt.example/c"), mention_id="5", is_private=True, **rest
    )


def event(at: datetime, text: str, sender_id: str = ME) -> dict[str, Any]:
    """A direct message in X's shape."""
    told = {"id": id_at(at), "event_type": "MessageCreate", "text": text, "sender_id": sender_id}
    return told | {"dm_conversation_id": f"77-{ME}"}


def test_who_takes_no_messages_is_told_with_what_to_do(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    told = {"detail": "You do not have permission to DM one or more participants.", "status": 403}
    server.expect_request(f"{TALK}/messages", method="POST").respond_with_json(told, status=403)
    with pytest.raises(Refused, match=r"permission to DM.*answer publicly, or ask them to write"):
        x(server, session, now).send(private(now))


def test_a_log_in_that_only_reads_writes_to_nobody(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    with pytest.raises(Refused, match="only read"):
        x(server, session, now, secrets={"bearer_token": "b"}).send(private(now))
    assert not server.log


@pytest.mark.parametrize("body", [{}, {"data": {"dm_event_id": "x"}}, {"data": []}])
def test_a_message_without_an_id_is_no_receipt(
    server: HTTPServer, session: httpx.Client, now: datetime, body: Any
) -> None:
    server.expect_request(f"{TALK}/messages", method="POST").respond_with_json(body, status=201)
    with pytest.raises(OutcomeUnknown):
        x(server, session, now).send(private(now))


def test_a_message_is_found_on_a_later_page_though_its_address_was_shortened(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    urls = [{"url": "https://t.co/x", "expanded_url": "http://zehnschritt.example/c"}]
    ours = event(now - timedelta(minutes=50), "Dein Code: https://t.co/x") | {"entities": {"urls": urls}}
    first = {"data": [event(now, "Danke!", "77")], "meta": {"result_count": 1, "next_token": "18LAA"}}

    def listed(request: Request) -> Response:
        body = {"data": [ours], "meta": {}} if "pagination_token" in request.args else first
        return Response(json.dumps(body), content_type="application/json")

    server.expect_request(f"{TALK}/dm_events").respond_with_handler(listed)
    receipt = x(server, session, now).find_sent(private(now))
    assert receipt is not None and receipt.native_id == ours["id"]


def test_the_authors_own_words_and_a_list_that_never_ends_prove_nothing(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    theirs = event(now, "Dein Code: http://zehnschritt.example/c", "77")
    body = {"data": [theirs], "meta": {"next_token": "18LAA"}}
    server.expect_request(f"{TALK}/dm_events").respond_with_json(body)
    with pytest.raises(OutcomeUnknown):
        x(server, session, now).find_sent(private(now))


def test_an_empty_conversation_is_a_proof_only_as_far_back_as_x_shows_messages(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    server.expect_request(f"{TALK}/dm_events").respond_with_json({"meta": {"result_count": 0}})
    assert x(server, session, now).find_sent(private(now)) is None
    with pytest.raises(OutcomeUnknown):
        x(server, session, now).find_sent(replace(private(now), first_tried_at=now - timedelta(days=31)))
