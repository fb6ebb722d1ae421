"""Bluesky's chat beyond the contract: its proxy, its refusals, and what of a conversation is a proof."""

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
from listeners.exceptions import AuthFault, Malformed, OutcomeUnknown, Refused
from tests.listeners.networks.test_bluesky import (
    KIM,
    LOG_IN,
    ME,
    POSTS,
    URI,
    XRPC,
    a_reply,
    calls,
    network,
    session_of,
    stamp,
    view,
)

CONVO, MESSAGES, SEND = (
    f"{XRPC}chat.bsky.convo.{name}" for name in ("getConvoForMembers", "getMessages", "sendMessage")
)
PROXY = "did:web:api.bsky.chat#bsky_chat"


@pytest.fixture(autouse=True)
def _nobody_is_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listeners.networks.bluesky.api._SESSIONS", {})


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


@pytest.fixture
def server(httpserver: HTTPServer, now: datetime) -> HTTPServer:
    """A server that lets everybody in and shows the post."""
    httpserver.expect_request(LOG_IN).respond_with_json(session_of(now))
    httpserver.expect_request(POSTS).respond_with_json({"posts": [view(now)]})
    return httpserver


@pytest.fixture
def reply(now: datetime) -> OutgoingReply:
    return replace(a_reply(now), is_private=True)


def open_chat(server: HTTPServer, *members: str) -> None:
    people = [{"did": did, "handle": "x.example"} for did in members or (ME, KIM["did"])]
    server.expect_request(CONVO).respond_with_json({"convo": {"id": "3lconvo", "members": people}})


def message(at: datetime, text: str | None, by: str = ME, **rest: Any) -> dict[str, Any]:
    """A message as the chat shows it; one without text was deleted."""
    words = {} if text is None else {"text": text}
    return {"id": "3lmessage", "rev": "3l", "sender": {"did": by}, "sentAt": stamp(at), **words, **rest}


def shown(server: HTTPServer, *messages: Any, **rest: Any) -> None:
    open_chat(server)
    server.expect_request(MESSAGES).respond_with_json({"messages": list(messages), **rest})


def test_a_private_reply_goes_through_the_accounts_server_to_the_chat_with_its_links(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply
) -> None:
    open_chat(server)
    server.expect_request(SEND).respond_with_json(message(now, reply.text))
    receipt = network(server, session, now).send(reply)
    assert (receipt.native_id, receipt.posted_at) == ("3lconvo/3lmessage", now)
    assert receipt.url == "https://bsky.app/messages/3lconvo"
    (asked,), (written,) = calls(server, CONVO), calls(server, SEND)
    assert asked.args.getlist("members") == [KIM["did"]]
    assert asked.headers["atproto-proxy"] == written.headers["atproto-proxy"] == PROXY
    assert written.json["convoId"] == "3lconvo"
    assert written.json["message"]["text"] == reply.text
    (facet,) = written.json["message"]["facets"]
    assert facet["features"][0]["uri"] == "https://zehnschritt.example/hilfe"
    assert "atproto-proxy" not in calls(server, LOG_IN)[0].headers


@pytest.mark.parametrize("told", ["Bad token method", "Bad token scope"])
def test_an_app_password_without_messages_refuses_the_reply_and_says_how_to_make_one_but_ends_no_source(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply, told: str
) -> None:
    body = {"error": "InvalidToken", "message": told}
    server.expect_request(CONVO).respond_with_json(body, status=400)
    with pytest.raises(Refused, match="direct messages allowed"):
        network(server, session, now).send(reply)
    assert calls(server, SEND) == []


def test_a_log_in_that_is_over_is_no_app_password_without_messages(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply
) -> None:
    body = {"error": "ExpiredToken", "message": "Token has expired"}
    server.expect_request(CONVO).respond_with_json(body, status=400)
    with pytest.raises(AuthFault):
        network(server, session, now).send(reply)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("InvalidRequest", "recipient has disabled incoming messages"),
        ("InvalidRequest", "recipient requires incoming messages to come from someone they follow"),
        ("MessagesDisabled", "no messages"),
        ("NotFollowedBySender", ""),
        ("BlockedActor", "blocked"),
    ],
)
@pytest.mark.parametrize("path", [CONVO, SEND])
def test_an_author_who_takes_no_messages_from_us_is_a_refusal_that_says_what_to_do(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply, name: str, told: str,
    path: str,
) -> None:  # fmt: skip
    if path == SEND:
        open_chat(server)
    server.expect_request(path).respond_with_json({"error": name, "message": told}, status=400)
    with pytest.raises(Refused, match="Answer for all to read"):
        network(server, session, now).send(reply)


@pytest.mark.parametrize("others", [(ME, "did:plc:toni"), (ME, KIM["did"], "did:plc:toni")])
def test_nothing_is_written_into_a_conversation_with_others_than_the_author(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply, others: tuple[str, ...]
) -> None:
    open_chat(server, *others)
    with pytest.raises(Malformed, match="others"):
        network(server, session, now).send(reply)
    assert calls(server, SEND) == []


@pytest.mark.parametrize("body", [{}, [], {"id": "3l"}, {"id": "", "sentAt": "2026-11-24T09:00:00Z"}])
def test_a_confirmation_that_names_no_message_leaves_the_outcome_open(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply, body: Any
) -> None:
    open_chat(server)
    server.expect_request(SEND).respond_with_json(body)
    with pytest.raises(OutcomeUnknown):
        network(server, session, now).send(reply)


def test_few_characters_of_many_bytes_are_too_long_for_a_message_too(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply
) -> None:
    with pytest.raises(Refused, match="10000 bytes"):
        network(server, session, now).send(replace(reply, text="👩‍👩‍👧‍👦" * 401))
    assert server.log == []


def test_only_our_own_words_since_the_first_try_are_the_reply(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply
) -> None:
    told = {"$type": "chat.bsky.convo.defs#systemMessageView", "id": "s", "sentAt": stamp(now), "data": {}}
    theirs = message(now, reply.text, by=KIM["did"])
    shown(server, told, theirs, message(now, "anderes"), message(now - timedelta(days=1), reply.text))
    assert network(server, session, now).find_sent(reply) is None


def test_a_message_is_looked_for_on_later_pages_until_they_reach_back_to_the_first_try(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply
) -> None:
    def listed(request: Request) -> Response:
        number = int(request.args.get("cursor", 0))
        at = now - timedelta(hours=number)
        body = {"messages": [message(at, f"Nummer {number}")], "cursor": str(number + 1)}
        return Response(json.dumps(body), content_type="application/json")

    open_chat(server)
    server.expect_request(MESSAGES).respond_with_handler(listed)
    bluesky = network(server, session, now)
    found = bluesky.find_sent(replace(reply, text="Nummer 2"))
    assert found and found.posted_at == now - timedelta(hours=2)
    server.log.clear()
    assert bluesky.find_sent(reply) is None
    assert len(calls(server, MESSAGES)) == 5


def test_messages_that_never_reach_back_to_the_first_try_prove_nothing(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply
) -> None:
    shown(server, message(now, "anderes"), cursor="more")
    with pytest.raises(OutcomeUnknown, match="longer conversation"):
        network(server, session, now).find_sent(reply)
    assert len(calls(server, MESSAGES)) == 10


@pytest.mark.parametrize(
    "rest", [{"messages": [{"id": 5}]}, {"messages": None}, {"cursor": "https://elsewhere.example/"}]
)
def test_messages_that_cannot_be_read_prove_nothing(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply, rest: dict[str, Any]
) -> None:
    shown(server, **rest)
    with pytest.raises(OutcomeUnknown):
        network(server, session, now).find_sent(reply)


def test_a_message_of_ours_that_was_deleted_may_be_the_reply_so_that_absence_is_not_proven(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply
) -> None:
    shown(server, message(now, None), message(now, "noch eine"))
    bluesky = network(server, session, now)
    with pytest.raises(OutcomeUnknown, match="deleted"):
        bluesky.find_sent(reply)
    assert bluesky.find_sent(replace(reply, text="noch eine"))


def test_a_chat_that_is_closed_meanwhile_proves_nothing(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply
) -> None:
    body = {"error": "MessagesDisabled", "message": "recipient has disabled incoming messages"}
    server.expect_request(CONVO).respond_with_json(body, status=400)
    with pytest.raises(OutcomeUnknown):
        network(server, session, now).find_sent(reply)


def test_whom_a_private_reply_is_for_is_read_from_the_post_itself(
    server: HTTPServer, session: httpx.Client, now: datetime, reply: OutgoingReply
) -> None:
    shown(server)
    assert network(server, session, now).find_sent(replace(reply, author_id="did:plc:toni")) is None
    assert URI.startswith(f"at://{calls(server, CONVO)[0].args['members']}/")
