"""Bluesky's chat as it is heard, beyond the contract: groups, deletions, long talks, unreadable ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listeners.contract import Network, Post
from listeners.exceptions import Gone, Malformed, Refused
from tests.contract.conftest import reply_to
from tests.listeners.networks.test_bluesky import KIM, LOG_IN, ME, XRPC, calls, network, session_of, stamp
from tests.listeners.networks.test_bluesky_chat import MESSAGES, PROXY, message

LIST, CONVO = XRPC + "chat.bsky.convo.listConvos", XRPC + "chat.bsky.convo.getConvo"
BRAND = {"did": ME, "handle": "zehnschritt.example"}
TONI = {"did": "did:plc:tonitonitonitonitonitoni", "handle": "toni.example"}


@pytest.fixture(autouse=True)
def _nobody_is_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listeners.networks.bluesky.api._SESSIONS", {})


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


@pytest.fixture
def server(httpserver: HTTPServer, now: datetime) -> HTTPServer:
    httpserver.expect_request(LOG_IN).respond_with_json(session_of(now))
    return httpserver


@pytest.fixture
def inbox(server: HTTPServer, session: httpx.Client, now: datetime) -> Network:
    return network(server, session, now, query="messages")


def talk(at: datetime, native_id: str = "3lconvo", **rest: Any) -> dict[str, Any]:
    """A conversation in Bluesky's shape."""
    told = {"id": native_id, "rev": "3l", "members": [BRAND, KIM], "muted": False, "unreadCount": 1}
    return told | {"lastMessage": message(at, "…", by=KIM["did"])} | rest


def shown(server: HTTPServer, one: dict[str, Any], *messages: Any) -> None:
    server.expect_request(LIST).respond_with_json({"convos": [one]})
    server.expect_request(CONVO).respond_with_json({"convo": one})
    server.expect_request(MESSAGES).respond_with_json({"messages": list(messages)})


def read_all(inbox: Network, cursor: str = "") -> tuple[list[Post], str]:
    posts: list[Post] = []
    more = True
    while more:
        page = inbox.fetch(cursor)
        posts, cursor, more = [*posts, *page.posts], page.cursor, page.more
    return posts, cursor


def test_a_message_is_told_with_who_wrote_it_through_the_accounts_server(
    server: HTTPServer, inbox: Network, now: datetime
) -> None:
    shown(server, talk(now), message(now, "Hilfe!", by=KIM["did"]))
    ((post,), _) = read_all(inbox)
    assert (post.native_id, post.text) == ("message/3lconvo/3lmessage", "Hilfe!")
    assert (post.author.handle, post.author.name) == ("kim.example", "Kim 🏃")
    assert post.url == "https://bsky.app/messages/3lconvo"
    asked = [request for path in (LIST, CONVO, MESSAGES) for request in calls(server, path)]
    assert {request.headers["atproto-proxy"] for request in asked} == {PROXY}


@pytest.mark.parametrize(
    "rest",
    [
        {"members": [BRAND, KIM, TONI]},
        {"kind": {"$type": "chat.bsky.convo.defs#groupConvo", "memberCount": 2}},
        {"lastMessage": None},
    ],
)
def test_groups_and_talks_without_words_are_left_out(
    server: HTTPServer, inbox: Network, now: datetime, rest: dict[str, Any]
) -> None:
    shown(server, talk(now, **rest), message(now, "an alle", by=KIM["did"]))
    page = inbox.fetch("")
    assert (page.posts, page.rejects, page.more) == ((), (), False)


def test_what_was_deleted_or_told_by_the_chat_itself_is_no_message_and_a_shared_post_has_a_sign(
    server: HTTPServer, inbox: Network, now: datetime
) -> None:
    told = {"$type": "chat.bsky.convo.defs#systemMessageView", "id": "s", "sentAt": stamp(now), "data": {}}
    deleted, shared = message(now, None, by=KIM["did"]), message(now, "", by=KIM["did"])
    shown(server, talk(now), told, deleted, shared)
    assert [post.text for post in read_all(inbox)[0]] == ["📎"]


def test_a_long_talk_is_read_page_by_page_back_to_a_week_before_the_beginning(
    server: HTTPServer, inbox: Network, now: datetime
) -> None:
    def listed(request: Request) -> Response:
        day = int(request.args.get("cursor", 0))
        one = message(now - timedelta(days=day), f"vor {day} Tagen", by=KIM["did"]) | {"id": f"3l{day}"}
        return Response(json.dumps({"messages": [one], "cursor": str(day + 1)}))

    server.expect_request(LIST).respond_with_json({"convos": [talk(now)]})
    server.expect_request(CONVO).respond_with_json({"convo": talk(now)})
    server.expect_request(MESSAGES).respond_with_handler(listed)
    posts, _ = read_all(inbox)
    assert sorted(post.text for post in posts) == [f"vor {day} Tagen" for day in range(8)]


def test_a_reaction_at_the_top_of_the_list_hides_no_message_further_down(
    server: HTTPServer, inbox: Network, now: datetime
) -> None:
    old, new = talk(now - timedelta(days=9), "3lold"), talk(now, "3lnew")
    server.expect_request(LIST).respond_with_json({"convos": [old, new]})
    server.expect_request(CONVO).respond_with_json({"convo": new})
    server.expect_request(MESSAGES).respond_with_json({"messages": [message(now, "neu", by=KIM["did"])]})
    assert [post.text for post in read_all(inbox)[0]] == ["neu"]
    assert [request.args["convoId"] for request in calls(server, MESSAGES)] == ["3lnew"]


@pytest.mark.parametrize(
    ("name", "told"), [("InvalidConvo", "Convo not found"), ("BlockedActor", "blocked"), ("NotFound", "gone")]
)
def test_a_talk_that_is_closed_is_set_aside_and_the_others_are_read(
    server: HTTPServer, inbox: Network, now: datetime, name: str, told: str
) -> None:
    def conversation(request: Request) -> Response:
        if request.args["convoId"] == "3lbad":
            return Response(json.dumps({"error": name, "message": told}), status=400)
        return Response(json.dumps({"convo": talk(now)}))

    server.expect_request(LIST).respond_with_json({"convos": [talk(now, "3lbad"), talk(now)]})
    server.expect_request(CONVO).respond_with_handler(conversation)
    server.expect_request(MESSAGES).respond_with_json({"messages": [message(now, "da", by=KIM["did"])]})
    first = inbox.fetch("")
    assert [reject.where for reject in first.rejects] == ["conversation 3lbad"]
    assert [post.text for post in read_all(inbox, first.cursor)[0]] == ["da"]


def test_an_app_password_without_the_chat_hears_nothing_and_says_how_to_make_one(
    server: HTTPServer, inbox: Network
) -> None:
    body = {"error": "InvalidToken", "message": "Bad token method"}
    server.expect_request(LIST).respond_with_json(body, status=400)
    with pytest.raises(Refused, match="direct messages allowed"):
        inbox.fetch("")
    assert not inbox.check().ok


@pytest.mark.parametrize(
    "body", [{}, {"convos": None}, {"convos": [], "cursor": "https://elsewhere.example/"}]
)
def test_a_list_that_cannot_be_read_is_malformed(server: HTTPServer, inbox: Network, body: Any) -> None:
    server.expect_request(LIST).respond_with_json(body)
    with pytest.raises(Malformed):
        inbox.fetch("")


def test_a_page_of_messages_that_leads_to_itself_ends(
    server: HTTPServer, inbox: Network, now: datetime
) -> None:
    server.expect_request(LIST).respond_with_json({"convos": [talk(now)]})
    server.expect_request(CONVO).respond_with_json({"convo": talk(now)})
    server.expect_request(MESSAGES).respond_with_json(
        {"messages": [message(now, "x", by=KIM["did"])], "cursor": "same"}
    )
    with pytest.raises(Malformed, match="itself"):
        read_all(inbox)


def test_a_message_that_could_not_be_read_is_read_again_once_it_can(
    server: HTTPServer, inbox: Network, now: datetime
) -> None:
    whole = message(now, "doch noch", by=KIM["did"])
    shown(server, talk(now), whole | {"sentAt": "bald"})
    (reject,) = inbox.fetch("").rejects
    payload = json.loads(reject.payload) | {"message": whole}
    assert inbox.read(json.dumps(payload)).author.handle == "kim.example"
    for nonsense in ("", "[]", "{}", '{"conversation": 7, "message": 7}', reject.payload):
        with pytest.raises(Malformed):
            inbox.read(nonsense)


def test_nobody_is_written_to_whose_id_is_none(inbox: Network, now: datetime) -> None:
    with pytest.raises(Gone):
        inbox.send(reply_to("message/3lconvo/3l", now=now))
