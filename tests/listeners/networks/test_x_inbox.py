"""Direct messages on X as they are heard, beyond the contract: groups, media, tokens, and X's 30 days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listeners.contract import OutgoingReply, Page
from listeners.exceptions import InputError, Malformed, Unavailable
from listeners.networks.x import X
from tests.listeners.networks.test_x import BRAND, KIM, ME, x
from tests.listeners.networks.test_x_messages import event

EVENTS = "/2/dm_events"
WRONG = {"errors": [{"parameters": {"pagination_token": ["18LAA"]}, "message": "is invalid"}], "status": 400}


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


@pytest.fixture
def server(httpserver: HTTPServer) -> HTTPServer:
    httpserver.expect_request("/2/users/me").respond_with_json({"data": BRAND})
    return httpserver


def inbox(server: HTTPServer, session: httpx.Client, now: datetime, **rest: Any) -> X:
    return x(server, session, now, query="messages", **rest)


def shown(*events: Any, **meta: Any) -> dict[str, Any]:
    return {"data": list(events), "includes": {"users": [KIM, BRAND]}, "meta": meta}


def heard(server: HTTPServer, session: httpx.Client, now: datetime, body: Any) -> Page:
    server.expect_request(EVENTS).respond_with_json(body)
    return inbox(server, session, now).fetch("")


def test_a_message_is_what_people_see_and_leads_to_its_conversation(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    urls = [
        {"url": "https://t.co/a", "expanded_url": "https://laufblog.example/öse?a=1&b=2"},
        {"url": "https://t.co/b", "expanded_url": "https://twitter.com/messages/media/5"},
    ]
    body = shown(
        event(now, "A &amp; B https://t.co/a https://t.co/b", "77")
        | {"entities": {"urls": urls}, "attachments": {"media_keys": ["3_5", "3_6"]}}
    )
    body["includes"]["media"] = [{"media_key": "3_5", "type": "photo", "url": "https://ton.example/5.jpg"}]
    (post,) = heard(server, session, now, body).posts
    assert post.text == "A & B https://laufblog.example/öse?a=1&b=2"
    assert [photo.url for photo in post.photos] == ["https://ton.example/5.jpg"]
    assert (post.author.handle, post.author.followers) == ("kim_laeuft", 12)
    assert post.url == f"https://x.com/messages/77-{ME}"
    asked = server.log[-1][0].args
    assert (asked["event_types"], asked["max_results"]) == ("MessageCreate", "100")


def test_a_film_alone_is_not_lost(server: HTTPServer, session: httpx.Client, now: datetime) -> None:
    urls = [{"url": "https://t.co/b", "expanded_url": "https://twitter.com/messages/media/5"}]
    page = heard(
        server, session, now, shown(event(now, "https://t.co/b", "77") | {"entities": {"urls": urls}})
    )
    assert [post.text for post in page.posts] == ["📎"]


@pytest.mark.parametrize("conversation", ["1580000000000000000", "77-78"])
def test_what_others_read_too_is_left_out(
    server: HTTPServer, session: httpx.Client, now: datetime, conversation: str
) -> None:
    page = heard(
        server, session, now, shown(event(now, "an alle", "77") | {"dm_conversation_id": conversation})
    )
    assert (page.posts, page.rejects) == ((), ())


def test_a_page_that_reaches_what_was_read_is_the_last_one(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    bodies = [
        shown(event(now - timedelta(minutes=1), "eins", "77")),
        shown(event(now, "zwei", "77"), event(now - timedelta(days=2), "alt", "77"), next_token="18LAA"),
    ]
    server.expect_request(EVENTS).respond_with_handler(lambda _: Response(json.dumps(bodies.pop(0))))
    network = inbox(server, session, now)
    first = network.fetch("")
    second = network.fetch(first.cursor)
    assert not second.more, "X allows 15 calls in 15 minutes"
    assert first.missed_before == now - timedelta(days=30), "X showed all that it still has"
    assert second.missed_before is None


def test_a_token_that_x_refuses_is_followed_by_a_look_from_the_top_and_then_by_a_pause(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    def listed(request: Request) -> Response:
        if "pagination_token" in request.args:
            return Response(json.dumps(WRONG), status=400)
        return Response(json.dumps(shown(event(now, "eins", "77"), next_token="18LAA")))

    server.expect_request(EVENTS).respond_with_handler(listed)
    network = inbox(server, session, now)
    first = network.fetch("")
    again = network.fetch(first.cursor)
    assert [post.text for post in again.posts] == ["eins"]
    with pytest.raises(Unavailable, match="does not go on"):
        network.fetch(again.cursor)


@pytest.mark.parametrize("body", [[], {"data": {}, "meta": {}}, {"data": []}])
def test_a_page_without_its_list_is_malformed(
    server: HTTPServer, session: httpx.Client, now: datetime, body: Any
) -> None:
    with pytest.raises(Malformed):
        heard(server, session, now, body)


def test_a_message_that_could_not_be_read_is_read_again_once_it_can(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    whole = event(now, "doch noch", "77")
    (reject,) = heard(server, session, now, shown(whole | {"sender_id": None})).rejects
    payload = json.loads(reject.payload) | {"data": whole}
    assert inbox(server, session, now).read(json.dumps(payload)).text == "doch noch"
    for nonsense in ("", "[]", "{}", '{"data": 7}', reject.payload):
        with pytest.raises(Malformed):
            inbox(server, session, now).read(nonsense)


def test_a_log_in_that_only_reads_and_a_stream_hear_no_messages(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    secrets = {"token": "t", "bearer_token": "b"}
    with pytest.raises(InputError, match="only to the account itself"):
        inbox(server, session, now, secrets={"bearer_token": "b"}).fetch("")
    streaming = inbox(server, session, now, secrets=secrets, settings={"stream": True})
    assert not streaming.check().ok
    with pytest.raises(InputError, match="leave out"):
        streaming.stream_key()


def test_reading_writing_and_looking_draw_on_three_allowances(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    network = inbox(server, session, now)
    keys = {network.allowance_key()} | {network.private_prices(call)[0].key for call in ("send", "look")}
    assert len(keys) == 3


def test_an_answer_to_a_message_asks_for_no_post_and_goes_to_whom_wrote_it(
    server: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    told = {"data": {"dm_event_id": "9", "dm_conversation_id": f"77-{ME}"}}
    path = "/2/dm_conversations/with/77/messages"
    server.expect_request(path, method="POST").respond_with_json(told, status=201)
    reply = OutgoingReply(
        key="k", mention_id="message/5", thread_id="message/5", author_id="77", text="Hallo", kind="message"
    )
    assert inbox(server, session, now).send(reply).native_id == "9"
    assert [request.path for request, _ in server.log] == [path]
