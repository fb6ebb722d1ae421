from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listeners.contract import Account, OutgoingReply
from listeners.exceptions import Gone, InputError, Malformed, OutcomeUnknown, Refused
from listeners.networks.instagram import Instagram
from listeners.networks.instagram.shapes import ONLY_TAGGED, Me

ACCOUNT = "1784"
ME = {"instagram_business_account": {"id": ACCOUNT, "username": "zehnschritt"}, "id": "7"}


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


@pytest.fixture
def instagram(httpserver: HTTPServer, session: httpx.Client, now: datetime) -> Instagram:
    serve(httpserver, "me", ME)
    return make(httpserver, session, now)


def make(server: HTTPServer, session: httpx.Client, now: datetime, query: str = "") -> Instagram:
    settings = {"base_url": server.url_for("").rstrip("/")}
    account = Account(query=query, settings=settings, secrets={"token": "geheim"})
    return Instagram(account, session=session, clock=lambda: now)


def serve(server: HTTPServer, path: str, *bodies: Any, status: int = 200) -> None:
    """Answer a path with one body after the other, the last for ever."""
    left = list(bodies)

    def answer(_: Request) -> Response:
        body = left.pop(0) if len(left) > 1 else left[0]
        return Response(json.dumps(body), status, content_type="application/json")

    server.expect_request(f"/v26.0/{path}").respond_with_handler(answer)


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def photo(number: int, at: datetime, **rest: Any) -> dict[str, Any]:
    return {"id": str(number), "timestamp": stamp(at), "username": "zehnschritt", **rest}


def comment(number: int, at: datetime, **rest: Any) -> dict[str, Any]:
    by = {"id": "31", "username": "aenne.oe"}
    return {"id": str(number), "timestamp": stamp(at), "text": "Geht gar nicht 😤", "from": by, **rest}


def page(*items: Any, after: str = "") -> dict[str, Any]:
    paging = (
        {"paging": {"cursors": {"after": after}, "next": "https://graph.facebook.com/x"}} if after else {}
    )
    return {"data": list(items), **paging}


def error(code: int, **rest: Any) -> dict[str, Any]:
    return {"error": {"message": "nein", "type": "OAuthException", "code": code, **rest}}


def to(mention_id: str, now: datetime) -> OutgoingReply:
    return OutgoingReply(
        key="k",
        mention_id=mention_id,
        thread_id="",
        author_id="31",
        text="Schreib uns bitte!",
        first_tried_at=now,
    )


def test_comments_and_replies_come_with_the_photo_that_they_stand_below(
    httpserver: HTTPServer, instagram: Instagram, now: datetime
) -> None:
    own = comment(12, now, **{"from": {"id": "9", "username": "zehnschritt"}})
    below = page(comment(11, now, replies=page(own, comment(13, now))))
    serve(httpserver, f"{ACCOUNT}/media", page(photo(1, now, caption="Neu!", comments=below)))
    by_id = {one.native_id: one for one in instagram.fetch("").posts}
    assert sorted(by_id) == ["1", "11", "12", "13"]
    assert {one.thread_id for one in by_id.values()} == {"1"}
    assert (by_id["11"].parent_id, by_id["13"].parent_id) == ("1", "11")
    assert [one.native_id for one in by_id.values() if one.is_own] == ["1", "12"]
    assert by_id["11"].author.profile_url == "https://www.instagram.com/aenne.oe/"


def test_further_comments_and_replies_are_read_before_the_next_page_of_photos(
    httpserver: HTTPServer, instagram: Instagram, now: datetime
) -> None:
    below = page(comment(11, now, replies=page(comment(12, now), after="r1")), after="c1")
    serve(
        httpserver,
        f"{ACCOUNT}/media",
        page(photo(1, now, comments=below), after="m1"),
        page(photo(2, now - timedelta(days=1))),
    )
    serve(httpserver, "11/replies", page(comment(14, now)))
    serve(httpserver, "1/comments", page(comment(15, now)))
    cursor, more, ids = "", True, []
    while more:
        read = instagram.fetch(cursor)
        cursor, more = read.cursor, read.more
        ids += [(one.native_id, one.parent_id) for one in read.posts]
    assert ids == [("1", ""), ("11", "1"), ("12", "11"), ("14", "11"), ("15", "1"), ("2", "")]


def test_photos_older_than_is_looked_back_end_the_list(
    httpserver: HTTPServer, instagram: Instagram, now: datetime
) -> None:
    old = photo(2, now - timedelta(days=31))
    serve(httpserver, f"{ACCOUNT}/media", page(photo(1, now), old, after="m1"))
    read = instagram.fetch("")
    assert ([one.native_id for one in read.posts], read.more) == (["1"], False)


def test_a_photo_that_only_tags_the_account_cannot_be_answered(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    serve(httpserver, "me", ME)
    tagged = [
        photo(5, now, username="jo", caption="Danke @Zehnschritt!", media_type="IMAGE", media_url="https://c/1.jpg"),
        photo(6, now, username="jo", media_type="VIDEO", media_url="https://c/f.mp4", thumbnail_url="https://c/f.jpg"),
        photo(7, now, username="jo", caption="@zehnschritt.fan"),
    ]  # fmt: skip
    serve(httpserver, f"{ACCOUNT}/tags", page(*tagged))
    posts = make(httpserver, session, now, "tags").fetch("").posts
    assert [(one.native_id, one.can_reply) for one in posts] == [
        ("media/5", True),
        ("media/6", False),
        ("media/7", False),
    ]
    assert posts[1].cannot_reply_reason == ONLY_TAGGED
    assert [one.url for post in posts for one in post.photos] == ["https://c/1.jpg", "https://c/f.jpg"]


@pytest.mark.parametrize(
    ("mention_id", "path", "told"),
    [
        ("11", "11/replies", {}),
        ("media/5", f"{ACCOUNT}/mentions", {"media_id": "5"}),
        ("media/5/8", f"{ACCOUNT}/mentions", {"media_id": "5", "comment_id": "8"}),
    ],
)
def test_what_is_ours_and_what_mentions_us_is_answered_each_in_its_way(
    httpserver: HTTPServer,
    instagram: Instagram,
    now: datetime,
    mention_id: str,
    path: str,
    told: dict[str, str],
) -> None:
    serve(httpserver, path, {"id": "99"})
    receipt = instagram.send(to(mention_id, now))
    request = httpserver.log[-1][0]
    assert request.form["message"] == "Schreib uns bitte!"
    assert {name: request.form[name] for name in told} == told
    assert receipt.posted_at == now
    assert receipt.native_id == ("99" if mention_id == "11" else "media/5/99")


def test_a_reply_to_a_reply_is_looked_for_below_the_comment_of_both(
    httpserver: HTTPServer, instagram: Instagram, now: datetime
) -> None:
    ours = comment(99, now, text="Schreib uns bitte!", **{"from": {"id": "9", "username": "zehnschritt"}})
    serve(httpserver, "12", {"id": "12", "parent_id": "11"})
    serve(httpserver, "11/replies", page(comment(12, now), after="r1"), page(ours))
    found = instagram.find_sent(to("12", now))
    assert found is not None
    assert found.native_id == "99"


def test_what_stands_below_a_stranger_s_comment_nobody_can_tell(instagram: Instagram, now: datetime) -> None:
    with pytest.raises(OutcomeUnknown):
        instagram.find_sent(to("media/5/8", now))


def test_a_page_without_business_account_and_an_unknown_query_are_named(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    serve(httpserver, "me", {"id": "7"})
    health = make(httpserver, session, now).check()
    assert (health.ok, "business account" in health.message) == (False, True)
    with pytest.raises(InputError, match="comments, tags"):
        _ = make(httpserver, session, now, "alles")._edge


def test_a_recheck_tells_deleted_comments_and_never_takes_a_hidden_photo_for_deleted(
    httpserver: HTTPServer, instagram: Instagram, now: datetime
) -> None:
    gone = (400, error(100, error_subcode=33))
    changed = comment(12, now - timedelta(days=2), text="Doch gut", media={"id": "1"})
    answers = [(200, page()), gone, (200, changed), gone]
    bodies = [{"code": code, "body": json.dumps(body)} for code, body in answers]
    serve(httpserver, "", bodies, [{"code": 403, "body": json.dumps(error(10))}, *bodies[1:]])
    missing, edited = instagram.recheck(["11", "12", "media/5"])
    assert (missing.native_id, missing.deleted) == ("11", True)
    assert (edited.native_id, edited.text, edited.edited_at) == ("12", "Doch gut", now)
    with pytest.raises(Refused):
        instagram.recheck(["11", "12", "media/5"])


def push(change: dict[str, Any], at: datetime) -> bytes:
    entry = {"id": ACCOUNT, "time": int(at.timestamp()), "changes": [change]}
    return json.dumps({"object": "instagram", "entry": [entry]}).encode()


def test_a_pushed_comment_is_a_post_and_a_pushed_mention_is_read(
    httpserver: HTTPServer, instagram: Instagram, now: datetime
) -> None:
    value = {"id": "12", "text": "Hä?", "from": {"id": "31", "username": "jo"}, "media": {"id": "1"}}
    (post,), rejects = instagram.pushed(
        push({"field": "comments", "value": value | {"parent_id": "11"}}, now)
    )
    assert (post.native_id, post.parent_id, post.thread_id, post.posted_at) == ("12", "11", "1", now)
    assert (rejects, post.is_own) == ([], False)
    read = {"mentioned_comment": comment(8, now, text="@zehnschritt hilf"), "id": ACCOUNT}
    serve(httpserver, ACCOUNT, read)
    mention = {"field": "mentions", "value": {"media_id": "5", "comment_id": "8"}}
    (post,), _ = instagram.pushed(push(mention, now))
    assert (post.native_id, post.thread_id, post.can_reply) == ("media/5/8", "media/5", True)


def test_a_mention_that_cannot_be_read_now_is_set_aside_and_read_later(
    httpserver: HTTPServer, instagram: Instagram, now: datetime
) -> None:
    serve(httpserver, ACCOUNT, error(2, is_transient=True), {"mentioned_media": photo(5, now, username="jo")})
    mention = {"field": "mentions", "value": {"media_id": "5"}}
    posts, (reject,) = instagram.pushed(push(mention, now))
    assert posts == []
    assert instagram.read(reject.payload).native_id == "media/5"
    broken: Any
    for broken in ({}, {"media_id": "5/../9"}, {"media_id": "5", "comment_id": "x"}, 7):
        assert instagram.pushed(push({"field": "mentions", "value": broken}, now))[0] == []
    for broken in ({}, {"id": "1"}, None, {"id": "1", "media": 5}):
        assert len(instagram.pushed(push({"field": "comments", "value": broken}, now))[1]) == 1
    assert instagram.pushed(push({"field": "story_insights", "value": {}}, now)) == ([], [])


@pytest.mark.parametrize("native_id", ["", "media/", "media/5/8/1", "a", "5/8", "５"])
def test_ids_that_are_none_of_ours_are_gone(instagram: Instagram, now: datetime, native_id: str) -> None:
    with pytest.raises(Gone):
        instagram.send(to(native_id, now))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@zehnschritt", True),
        ("Hallo @Zehnschritt.", True),
        ("(@zehnschritt)", True),
        ("@zehnschritt_de", False),
        ("@zehnschritt.de", False),
        ("a@zehnschritt", False),
        ("zehnschritt", False),
    ],
)
def test_a_user_name_is_named_only_by_itself(text: str, named: bool) -> None:
    assert Me("1", "zehnschritt").is_named(text) is named


def test_a_dead_letter_of_either_kind_is_read_again(instagram: Instagram, now: datetime) -> None:
    me = {"id": ACCOUNT, "username": "zehnschritt"}
    item = {"kind": "CommentShape", "me": me, "item": comment(3, now), "media_id": "1", "own_media": True}
    assert instagram.read(json.dumps(item)).thread_id == "1"
    assert instagram.read(json.dumps({"kind": "MediaShape", "me": me, "item": photo(1, now)})).is_own
    for rubbish in ("", "[]", "{}", '{"kind": "MediaShape"}', '{"kind": "change"}'):
        with pytest.raises(Malformed):
            instagram.read(rubbish)
