"""YouTube beyond the contract: Google's shapes, threads of one level, answers in parts, its quota."""

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

from listeners.contract import Account, OutgoingReply, Price
from listeners.exceptions import Gone, InputError, Malformed, OutcomeUnknown, Refused, Unavailable
from listeners.networks.fakes.youtube import CHANNEL
from listeners.networks.youtube import YouTube, network
from listeners.networks.youtube.shapes import CLOSED

THREADS, COMMENTS = "/youtube/v3/commentThreads", "/youtube/v3/comments"


def comment(comment_id: str = "Ugz1", text: str = "Wo ist mein Paket? 😩", **snippet: Any) -> dict[str, Any]:
    """A comment in Google's shape."""
    words = {
        "videoId": "v1",
        "textDisplay": text,
        "authorDisplayName": "@ida.läuft",
        "authorChannelUrl": "http://www.youtube.com/@ida.läuft",
        "authorChannelId": {"value": "UCida"},
        "likeCount": 3,
        "publishedAt": "2026-11-24T09:00:00Z",
        "updatedAt": "2026-11-24T09:00:00Z",
    }
    return {"kind": "youtube#comment", "id": comment_id, "snippet": words | snippet}


def thread(*answers: dict[str, Any], total: int | None = None, **snippet: Any) -> dict[str, Any]:
    """A thread in Google's shape; `total` is what it says of its answers."""
    about = {
        "channelId": CHANNEL,
        "videoId": "v1",
        "canReply": True,
        "topLevelComment": comment(),
        "totalReplyCount": len(answers) if total is None else total,
    }
    shown = {"replies": {"comments": list(answers)}} if answers else {}
    return {"kind": "youtube#commentThread", "id": "Ugz1", "snippet": about | snippet} | shown


def ours(text: str = "Wir sehen nach.", **snippet: Any) -> dict[str, Any]:
    """An answer of the channel itself."""
    own = {"authorChannelId": {"value": CHANNEL}, "parentId": "Ugz1"}
    return comment("Ugz1.own", text, **own | snippet)


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


@pytest.fixture
def youtube(httpserver: HTTPServer, session: httpx.Client, now: datetime) -> YouTube:
    account = Account(query=CHANNEL, settings={"base_url": httpserver.url_for("")}, secrets={"token": "t"})
    return YouTube(account, session=session, clock=lambda: now)


def a_reply(now: datetime, mention_id: str = "Ugz1") -> OutgoingReply:
    return OutgoingReply(
        key="k",
        mention_id=mention_id,
        thread_id="Ugz1",
        author_id="",
        text="Wir sehen nach.",
        first_tried_at=now - timedelta(minutes=5),
    )


def test_a_thread_and_its_answers_arrive_as_posts(httpserver: HTTPServer, youtube: YouTube) -> None:
    below = comment("Ugz1.9a", "Bei mir auch!", parentId="Ugz1", likeCount=0)
    httpserver.expect_request(THREADS).respond_with_json({"items": [thread(below, ours())]})
    posts = {post.native_id: post for post in youtube.fetch("").posts}
    assert posts["Ugz1"].author.handle == "ida.läuft"
    assert (posts["Ugz1"].reactions, posts["Ugz1"].parent_id) == (3, "")
    assert (posts["Ugz1.9a"].parent_id, posts["Ugz1.9a"].thread_id) == ("Ugz1", "Ugz1")
    assert posts["Ugz1.9a"].url == "https://www.youtube.com/watch?v=v1&lc=Ugz1.9a"
    assert [native_id for native_id, post in posts.items() if post.is_own] == ["Ugz1.own"]


def test_answers_beyond_those_that_came_along_are_fetched(httpserver: HTTPServer, youtube: YouTube) -> None:
    answers = [comment(f"Ugz1.{number}", f"Antwort {number}") for number in range(7)]
    httpserver.expect_request(THREADS).respond_with_json({"items": [thread(*answers[:5], total=7)]})
    httpserver.expect_request(COMMENTS).respond_with_json({"items": answers})
    assert len(youtube.fetch("").posts) == 8
    assert httpserver.log[-1][0].args["parentId"] == "Ugz1"


def test_each_reading_of_a_page_counts(httpserver: HTTPServer, youtube: YouTube) -> None:
    threads = [thread(total=7) | {"id": f"Ugz{number}"} for number in range(3)]
    httpserver.expect_request(THREADS).respond_with_json({"items": threads})
    httpserver.expect_request(COMMENTS).respond_with_json({"items": []})
    assert youtube.fetch("").further_calls == 3


def test_one_answer_that_cannot_be_read_leaves_its_thread(httpserver: HTTPServer, youtube: YouTube) -> None:
    broken = comment("Ugz1.x") | {"snippet": "weg"}
    httpserver.expect_request(THREADS).respond_with_json({"items": [thread(broken, ours())]})
    page = youtube.fetch("")
    assert {post.native_id for post in page.posts} == {"Ugz1", "Ugz1.own"}
    assert len(page.rejects) == 1


def test_an_account_that_is_gone_leaves_its_words(httpserver: HTTPServer, youtube: YouTube) -> None:
    orphan = comment(authorChannelId=None, authorDisplayName="Ehemalige", authorChannelUrl="")
    httpserver.expect_request(THREADS).respond_with_json({"items": [thread(topLevelComment=orphan)]})
    (post,) = youtube.fetch("").posts
    assert (post.author.handle, post.author.name) == ("", "Ehemalige")


def test_an_edit_is_told_by_its_time(httpserver: HTTPServer, youtube: YouTube) -> None:
    edited = comment(updatedAt="2026-11-24T09:30:00Z")
    httpserver.expect_request(THREADS).respond_with_json({"items": [thread(topLevelComment=edited)]})
    (post,) = youtube.fetch("").posts
    assert post.edited_at == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def test_a_thread_that_takes_no_answers_says_why(httpserver: HTTPServer, youtube: YouTube) -> None:
    httpserver.expect_request(THREADS).respond_with_json({"items": [thread(canReply=False)]})
    (post,) = youtube.fetch("").posts
    assert (post.can_reply, post.cannot_reply_reason) == (False, CLOSED)


def test_an_answer_to_an_answer_stands_below_the_first_comment(
    httpserver: HTTPServer, youtube: YouTube, now: datetime
) -> None:
    httpserver.expect_request(COMMENTS, method="POST").respond_with_json(ours())
    youtube.send(a_reply(now, "Ugz1.9a"))
    sent = json.loads(httpserver.log[0][0].data)
    assert sent == {"snippet": {"parentId": "Ugz1", "textOriginal": "Wir sehen nach."}}


def test_the_same_words_of_somebody_else_are_not_ours(
    httpserver: HTTPServer, youtube: YouTube, now: datetime
) -> None:
    echo = comment("Ugz1.9b", "Wir sehen nach.", publishedAt="2026-11-24T09:58:00Z")
    httpserver.expect_request(THREADS).respond_with_json({"items": [thread(total=1)]})
    httpserver.expect_request(COMMENTS).respond_with_json({"items": [echo]})
    assert youtube.find_sent(a_reply(now)) is None


def test_answers_that_youtube_keeps_back_are_no_proof(
    httpserver: HTTPServer, youtube: YouTube, now: datetime
) -> None:
    httpserver.expect_request(THREADS).respond_with_json({"items": [thread(total=2)]})
    httpserver.expect_request(COMMENTS).respond_with_json({"items": [comment("Ugz1.9b")]})
    with pytest.raises(OutcomeUnknown, match="1 of 2"):
        youtube.find_sent(a_reply(now))


def test_a_thread_that_is_gone_is_no_proof(httpserver: HTTPServer, youtube: YouTube, now: datetime) -> None:
    httpserver.expect_request(THREADS).respond_with_json({"items": []})
    with pytest.raises(OutcomeUnknown):
        youtube.find_sent(a_reply(now))
    with pytest.raises(Gone):
        youtube.thread("Ugz1")


def test_a_thread_without_an_end_stops_no_source_and_is_no_proof(
    httpserver: HTTPServer, youtube: YouTube, now: datetime
) -> None:
    httpserver.expect_request(THREADS).respond_with_json({"items": [thread(total=9)]})
    httpserver.expect_request(COMMENTS).respond_with_json({"items": [ours()], "nextPageToken": "same"})
    page = youtube.fetch("")
    assert {post.native_id for post in page.posts} == {"Ugz1", "Ugz1.own"}
    assert "more than 20 pages" in page.rejects[0].reason
    with pytest.raises(OutcomeUnknown, match="more than"):
        youtube.find_sent(a_reply(now))


def test_comments_that_are_closed_refuse_with_googles_words(
    httpserver: HTTPServer, youtube: YouTube, now: datetime
) -> None:
    errors = [{"message": "Kommentare sind aus.", "reason": "commentsDisabled"}]
    told = {"error": {"code": 403, "message": "Kommentare sind aus.", "errors": errors}}
    httpserver.expect_request(COMMENTS, method="POST").respond_with_json(told, status=403)
    with pytest.raises(Refused, match="Kommentare sind aus"):
        youtube.send(a_reply(now))


def test_a_hundred_posts_are_looked_at_again_by_fifties(httpserver: HTTPServer, youtube: YouTube) -> None:
    httpserver.expect_request(COMMENTS).respond_with_json({"items": [comment("Ugz7", "anders")]})
    again = youtube.recheck([f"Ugz{number}" for number in range(100)])
    assert [len(request.args["id"].split(",")) for request, _ in httpserver.log] == [50, 50]
    assert {post.native_id for post in again if not post.deleted} == {"Ugz7"}


def test_half_of_the_days_units_are_for_reading(
    httpserver: HTTPServer, youtube: YouTube, now: datetime
) -> None:
    httpserver.expect_request(THREADS).respond_with_json({"items": []})
    allowance = youtube.fetch("").allowance
    assert allowance is not None
    assert (allowance.limit, allowance.left) == (5000, 4999)
    assert allowance.resets_at == datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def test_a_reply_takes_fifty_units_of_the_other_half(
    httpserver: HTTPServer, youtube: YouTube, now: datetime
) -> None:
    httpserver.expect_request(COMMENTS, method="POST").respond_with_json(ours())
    allowance = youtube.send(a_reply(now)).allowance
    assert allowance is not None
    assert (allowance.limit, allowance.left) == (5000, 4950)
    assert youtube.prices("send") == (Price(allowance.key, 50),)
    assert youtube.prices("look") == (Price(youtube.allowance_key()),)


@pytest.mark.parametrize("query", ["", "@zehnschritt", "UC", "UC../../../../../../../.."])
def test_a_query_that_is_no_channel_is_refused(youtube: YouTube, query: str) -> None:
    with pytest.raises(InputError, match="channel"):
        YouTube(replace(youtube.account, query=query), session=youtube.session, clock=youtube.clock).fetch("")


def test_a_dead_letter_is_read_again(youtube: YouTube) -> None:
    assert youtube.read(json.dumps(thread())).native_id == "Ugz1"
    assert youtube.read(json.dumps(ours())).is_own
    with pytest.raises(Malformed):
        youtube.read('{"snippet": 5}')


def test_a_comment_that_cannot_be_read_when_looked_at_again_is_not_taken_for_deleted(
    httpserver: HTTPServer, youtube: YouTube
) -> None:
    broken = comment("Ugz2", publishedAt="gestern")
    httpserver.expect_request(COMMENTS).respond_with_json({"items": [comment(), broken]})
    again = youtube.recheck(["Ugz1", "Ugz2", "Ugz3"])
    assert [(post.native_id, post.deleted) for post in again] == [("Ugz1", False), ("Ugz3", True)]


def test_a_list_whose_next_page_is_always_refused_is_asked_with_pauses_and_loses_nothing(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    clock = [now]
    account = Account(query=CHANNEL, settings={"base_url": httpserver.url_for("")}, secrets={"token": "t"})
    youtube = YouTube(account, session=session, clock=lambda: clock[0])
    refusal = {"error": {"code": 400, "message": "Nein.", "errors": [{"reason": "invalidPageToken"}]}}
    whole = {"items": [thread()], "nextPageToken": "zwei"}
    httpserver.expect_request(THREADS).respond_with_handler(
        lambda call: (
            Response(json.dumps(refusal), 400) if "pageToken" in call.args else Response(json.dumps(whole))
        )
    )
    first = youtube.fetch("")
    again = youtube.fetch(first.cursor)
    assert again.more and again.posts, "a token may be too old: once from the top"
    with pytest.raises(Unavailable, match="does not go on"):
        youtube.fetch(again.cursor)
    assert json.loads(again.cursor)["since"] == json.loads(first.cursor)["since"]
    clock[0] += timedelta(hours=1)
    assert youtube.fetch(again.cursor).posts


def test_a_page_with_many_long_threads_takes_a_bounded_number_of_calls_and_says_what_is_unread(
    httpserver: HTTPServer, youtube: YouTube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "MOST_READINGS", 3)
    threads = [thread(ours(), total=7) | {"id": f"Ugz{number}"} for number in range(4)]
    httpserver.expect_request(THREADS).respond_with_json({"items": threads})
    httpserver.expect_request(COMMENTS).respond_with_json({"items": []})
    page = youtube.fetch("")
    assert page.further_calls == 2
    assert [reject.where for reject in page.rejects] == ["answers of Ugz2", "answers of Ugz3"]
    assert youtube.read(page.rejects[0].payload).native_id == "Ugz1"
