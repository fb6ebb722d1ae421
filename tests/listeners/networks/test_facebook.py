from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listeners.contract import Account, OutgoingReply
from listeners.exceptions import (
    AuthFault,
    Gone,
    InputError,
    Malformed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from listeners.networks.facebook import Facebook
from listeners.networks.facebook.shapes import CLOSED, NO_STORY

PAGE = "700100"
ME = {"id": PAGE, "name": "Zehnschritt", "category": "Schuhe"}


@pytest.fixture
def session() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def facebook(
    server: HTTPServer, session: httpx.Client, now: datetime, query: str = "", **secrets: str
) -> Facebook:
    account = Account(
        query=query,
        settings={"base_url": server.url_for("").rstrip("/")},
        secrets={"token": "geheim-4711", **secrets},
    )
    return Facebook(account, session=session, clock=lambda: now)


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def post(number: int, at: datetime, **rest: Any) -> dict[str, Any]:
    return {"id": f"{PAGE}_{number}", "created_time": stamp(at), "updated_time": stamp(at), **rest}


def comment(number: int, at: datetime, **rest: Any) -> dict[str, Any]:
    by = {"id": "31", "name": "Änne Öztürk 🦊"}
    return {"id": f"1_{number}", "created_time": stamp(at), "message": "Hallo?", "from": by, **rest}


def page(*items: Any, after: str = "", url: str = "https://graph.facebook.com/x") -> dict[str, Any]:
    paging = {"paging": {"cursors": {"after": after}, "next": url}} if after else {}
    return {"data": list(items), **paging}


def serve(
    server: HTTPServer,
    path: str,
    *bodies: Any,
    status: int = 200,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Answer a path with one body after the other, the last for ever."""
    left = list(bodies)

    def answer(_: Request) -> Response:
        body = left.pop(0) if len(left) > 1 else left[0]
        data = body if isinstance(body, str) else json.dumps(body)
        return Response(data, status, headers, content_type="application/json")

    server.expect_request(f"/v26.0/{path}").respond_with_handler(answer)


def to(mention_id: str, now: datetime, thread_id: str = "") -> OutgoingReply:
    return OutgoingReply(
        key="k",
        mention_id=mention_id,
        thread_id=thread_id or mention_id,
        author_id="31",
        text="Wir sehen nach.",
        first_tried_at=now,
    )


def error(code: int, message: str = "nein", **rest: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "OAuthException", "code": code, **rest}}


def test_comments_come_with_their_post_and_stand_in_its_thread(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    below = page(
        comment(3, now, parent={"id": "1_2"}, message="👨‍👩‍👧 auch kaputt"),
        comment(2, now - timedelta(hours=1), can_comment=False),
        comment(4, now - timedelta(hours=1), **{"from": {"id": PAGE, "name": "Zehnschritt"}}),
    )
    serve(httpserver, "me", ME)
    serve(
        httpserver,
        f"{PAGE}/feed",
        page(post(1, now - timedelta(days=2), message="Neu: der «Läufer»", comments=below)),
    )
    (first, *comments) = facebook(httpserver, session, now).fetch("").posts
    by_id = {one.native_id: one for one in comments}
    assert (first.native_id, first.kind, first.thread_id) == (f"{PAGE}_1", "post", f"{PAGE}_1")
    assert {one.thread_id for one in comments} == {first.native_id}
    assert (by_id["1_3"].parent_id, by_id["1_2"].parent_id) == ("1_2", first.native_id)
    assert (by_id["1_2"].can_reply, by_id["1_2"].cannot_reply_reason) == (False, CLOSED)
    assert [one.native_id for one in comments if one.is_own] == ["1_4"]
    assert by_id["1_3"].author.name == "Änne Öztürk 🦊"


def test_more_comments_of_a_post_are_read_before_the_next_page_of_posts(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    nested = page(comment(9, now), after="c1")
    serve(httpserver, "me", ME)
    serve(
        httpserver,
        f"{PAGE}/feed",
        page(post(1, now, message="a", comments=nested), after="p1"),
        page(post(2, now, message="b")),
    )
    serve(
        httpserver,
        f"{PAGE}_1/comments",
        page(comment(8, now), after="c2"),
        page(comment(7, now - timedelta(days=3)), after="c3"),
        page(comment(6, now - timedelta(days=4))),
    )
    network, cursor, more, ids = facebook(httpserver, session, now), "", True, []
    while more:
        read = network.fetch(cursor)
        cursor, more = read.cursor, read.more
        ids += [one.native_id for one in read.posts]
    assert ids == [f"{PAGE}_1", "1_9", "1_8", "1_7", "1_6", f"{PAGE}_2"]


def test_comments_are_read_back_only_to_those_that_are_known(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    def feed(*comments: Any, after: str = "") -> dict[str, Any]:
        return page(post(1, now, message="a", comments=page(*comments, after=after)))

    serve(httpserver, "me", ME)
    serve(
        httpserver,
        f"{PAGE}/feed",
        feed(comment(1, now - timedelta(hours=1))),
        feed(comment(2, now), comment(1, now - timedelta(hours=1)), after="c1"),
    )
    network = facebook(httpserver, session, now)
    read = network.fetch(network.fetch("").cursor)
    assert ([one.native_id for one in read.posts], read.more) == ([f"{PAGE}_1", "1_2"], False)


def test_only_what_is_new_comes_again_though_all_posts_are_looked_through(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    old = post(1, now - timedelta(days=3), message="alt")
    touched = old | {
        "updated_time": stamp(now),
        "comments": page(comment(5, now), comment(4, now - timedelta(days=2))),
    }
    serve(httpserver, "me", ME)
    serve(httpserver, f"{PAGE}/feed", page(post(2, now - timedelta(days=1), message="x"), old), page(touched))
    network = facebook(httpserver, session, now)
    cursor = network.fetch("").cursor
    assert [one.native_id for one in network.fetch(cursor).posts] == [f"{PAGE}_1", "1_5"]


def test_a_post_without_words_author_or_counts_is_read(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    album = {
        "media_type": "album",
        "media": {"image": {"src": "https://cdn.example/0.jpg"}},
        "subattachments": {
            "data": [
                {"media_type": "photo", "media": {"image": {"src": f"https://cdn.example/{n}.jpg"}}}
                for n in (1, 2)
            ]
            + [{"media_type": "video", "media": {"image": {"src": "https://cdn.example/film.jpg"}}}, 17]
        },
    }
    serve(httpserver, "me", ME)
    serve(httpserver, f"{PAGE}/feed", page(post(1, now, attachments={"data": [album]}), post(2, now)))
    one, other = facebook(httpserver, session, now).fetch("").posts
    assert [photo.url for photo in one.photos] == ["https://cdn.example/1.jpg", "https://cdn.example/2.jpg"]
    assert (one.text, one.author.name, one.is_own) == ("", "", False)
    assert one.author.native_id != other.author.native_id


def test_reviews_are_read_newest_first_until_a_known_one(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    def review(number: int, days: int, **rest: Any) -> dict[str, Any]:
        return {
            "created_time": stamp(now - timedelta(days=days)),
            "recommendation_type": "negative",
            "review_text": "Nie wieder 😤",
            "open_graph_story": {"id": str(number)},
            **rest,
        }

    bare = review(0, 1, recommendation_type="POSITIVE", reviewer={"id": "8", "name": "Jo"})
    del bare["open_graph_story"]
    serve(httpserver, "me", ME)
    serve(
        httpserver,
        f"{PAGE}/ratings",
        page(review(91, 0), bare, after="r1"),
        page(review(90, 5, has_rating=True, rating=2)),
        page(review(91, 0), bare, after="r1"),
    )
    network = facebook(httpserver, session, now, "ratings")
    first = network.fetch("")
    second = network.fetch(first.cursor)
    assert [(one.native_id, one.rating) for one in second.posts] == [("90", 2)]
    stars = {one.native_id: (one.kind, one.rating, one.cannot_reply_reason) for one in first.posts}
    assert stars["91"] == ("review", 1, "")
    assert ("review", 5, NO_STORY) in stars.values()
    third = network.fetch(second.cursor)
    assert not third.more
    assert [one.native_id for one in third.posts] == ["91"]


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001, 80002])
def test_a_limit_that_comes_as_400_asks_for_a_pause(
    httpserver: HTTPServer, session: httpx.Client, now: datetime, code: int
) -> None:
    usage = {"9": [{"type": "pages", "call_count": 101, "estimated_time_to_regain_access": 19}]}
    headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
    serve(httpserver, "me", error(code), status=400, headers=headers)
    with pytest.raises(RateLimited, match="used up") as caught:
        facebook(httpserver, session, now).fetch("")
    assert caught.value.retry_at == now + timedelta(minutes=19)


def test_from_eighty_percent_on_we_pause_by_ourselves(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    serve(httpserver, "me", ME)
    usage = json.dumps({"call_count": 12, "total_time": 85, "total_cputime": 3})
    serve(httpserver, f"{PAGE}/feed", page(), headers={"X-App-Usage": usage})
    network = facebook(httpserver, session, now)
    allowance = network.fetch("").allowance
    assert allowance is not None
    assert (allowance.key, allowance.left) == (network.allowance_key(), 0)
    assert allowance.resets_at == now + timedelta(minutes=5)


@pytest.mark.parametrize("header", ["", "Unsinn", "[]", '{"call_count": "viel"}', '{"call_count": -1}', "7"])
def test_usage_that_cannot_be_read_is_no_usage(
    httpserver: HTTPServer, session: httpx.Client, now: datetime, header: str
) -> None:
    serve(httpserver, "me", ME)
    headers = {"X-App-Usage": header, "X-Business-Use-Case-Usage": header}
    serve(httpserver, f"{PAGE}/feed", page(), headers=headers)
    assert facebook(httpserver, session, now).fetch("").allowance is None


@pytest.mark.parametrize(
    ("body", "status", "fault"),
    [
        (error(190, "Malformed access token geheim-4711"), 400, AuthFault),
        (error(102), 401, AuthFault),
        (error(10), 403, Refused),
        (error(200), 400, Refused),
        (error(2, is_transient=True), 400, Unavailable),
        (error(1, "Please reduce the amount of data"), 500, Unavailable),
        (error(100, error_subcode=33), 400, Gone),
        (error(2500), 400, Malformed),
        (error(190), 200, AuthFault),
        ("<html>502</html>", 502, Unavailable),
        ("[]", 200, Malformed),
        ({"id": "x"}, 200, Malformed),
    ],
)
def test_every_error_body_has_its_fault_and_none_tells_the_token(
    httpserver: HTTPServer,
    session: httpx.Client,
    now: datetime,
    body: Any,
    status: int,
    fault: type[Exception],
) -> None:
    serve(httpserver, "me", body, status=status)
    with pytest.raises(fault) as caught:
        facebook(httpserver, session, now).fetch("")
    assert "geheim" not in str(caught.value)
    health = facebook(httpserver, session, now).check()
    assert (health.ok, bool(health.what_to_do)) == (False, True)


@pytest.mark.parametrize(
    ("body", "status", "fault"),
    [
        (error(506, "Duplicate status message"), 400, OutcomeUnknown),
        (error(2, is_transient=True), 400, OutcomeUnknown),
        (error(1), 500, OutcomeUnknown),
        (error(100, error_subcode=33), 400, Gone),
        (error(368, "The action was deemed abusive"), 400, Refused),
        (error(32), 400, RateLimited),
        ({"success": True}, 200, OutcomeUnknown),
        ({"id": ["1_2"]}, 200, OutcomeUnknown),
    ],
)
def test_a_reply_is_unknown_unless_facebook_surely_refused_it(
    httpserver: HTTPServer,
    session: httpx.Client,
    now: datetime,
    body: Any,
    status: int,
    fault: type[Exception],
) -> None:
    serve(httpserver, f"{PAGE}_1/comments", body, status=status)
    with pytest.raises(fault):
        facebook(httpserver, session, now).send(to(f"{PAGE}_1", now))


def test_the_token_travels_in_a_header_and_its_proof_is_made_with_the_app_secret(
    httpserver: HTTPServer, session: httpx.Client, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    serve(httpserver, "me", ME)
    serve(httpserver, f"{PAGE}/feed", page())
    facebook(httpserver, session, now, app_secret="app").fetch("")
    for request, _ in httpserver.log:
        assert request.headers["Authorization"] == "Bearer geheim-4711"
        assert len(request.args["appsecret_proof"]) == 64
        assert "geheim" not in request.url
    assert not [record for record in caplog.records if record.name.startswith("http")]


def test_a_next_link_without_its_cursor_is_malformed(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    serve(httpserver, "me", ME)
    body = {"data": [], "paging": {"next": "https://graph.facebook.com/v26.0/x?after=1"}}
    serve(httpserver, f"{PAGE}/feed", body)
    with pytest.raises(Malformed, match="cursor"):
        facebook(httpserver, session, now).fetch("")


def test_an_answer_to_an_answer_is_found_below_the_comment_that_both_stand_below(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    ours = comment(9, now, message="Wir sehen nach.", parent={"id": "1_2"}, **{"from": {"id": PAGE}})
    serve(httpserver, "me", ME)
    serve(httpserver, "1_5", {"id": "1_5", "parent": {"id": "1_2"}})
    serve(httpserver, f"{PAGE}_1/comments", page(ours))
    found = facebook(httpserver, session, now).find_sent(to("1_5", now, f"{PAGE}_1"))
    assert found is not None
    assert found.native_id == "1_9"


def test_having_read_back_to_the_comment_itself_proves_that_no_reply_stands_there(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    serve(httpserver, "me", ME)
    serve(httpserver, "1_5", {"id": "1_5"})
    body = page(comment(7, now), comment(5, now - timedelta(minutes=4)), after="more")
    serve(httpserver, f"{PAGE}_1/comments", body)
    later = now + timedelta(minutes=2)
    assert facebook(httpserver, session, later).find_sent(to("1_5", now, f"{PAGE}_1")) is None


@pytest.mark.parametrize("summary", [{}, {"summary": {"total_count": 3}}, {"summary": 4}])
def test_comments_that_facebook_counts_but_does_not_show_leave_it_open(
    httpserver: HTTPServer, session: httpx.Client, now: datetime, summary: dict[str, Any]
) -> None:
    serve(httpserver, "me", ME)
    serve(httpserver, f"{PAGE}_1/comments", page(comment(7, now)) | summary)
    with pytest.raises(OutcomeUnknown):
        facebook(httpserver, session, now + timedelta(hours=1)).find_sent(to(f"{PAGE}_1", now))


def parts(*answers: tuple[int, Any]) -> list[Any]:
    return [{"code": status, "body": json.dumps(body)} for status, body in answers]


def test_a_recheck_tells_edits_and_deletions_apart_from_a_lost_permission(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    gone = (400, error(100, error_subcode=33))
    serve(httpserver, "me", ME)
    serve(
        httpserver,
        "",
        parts((200, page()), gone, (200, comment(2, now - timedelta(days=9), message="Jetzt anders"))),
        parts((403, error(10)), gone, gone),
    )
    network = facebook(httpserver, session, now)
    missing, edited = network.recheck([f"{PAGE}_1", "1_2"])
    assert (missing.native_id, missing.deleted) == (f"{PAGE}_1", True)
    assert (edited.text, edited.edited_at, edited.thread_id) == ("Jetzt anders", now, f"{PAGE}_1")
    with pytest.raises(Refused):
        network.recheck([f"{PAGE}_1", "1_2"])


def test_a_part_of_a_batch_that_meta_left_out_is_to_be_repeated(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    serve(httpserver, "me", ME)
    serve(httpserver, "", [*parts((200, page())), None])
    with pytest.raises(Unavailable):
        facebook(httpserver, session, now).recheck([f"{PAGE}_1"])


def test_the_thread_of_a_comment_is_that_of_its_post(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    root = post(1, now - timedelta(days=1), message="Neu!")
    serve(httpserver, "me", ME)
    serve(httpserver, "", parts((400, error(100, "nonexisting field")), (200, comment(2, now))))
    serve(httpserver, f"{PAGE}_1", root)
    serve(httpserver, f"{PAGE}_1/comments", page(comment(2, now)))
    thread = facebook(httpserver, session, now).thread("1_2")
    assert [one.native_id for one in thread] == [f"{PAGE}_1", "1_2"]


def test_a_person_s_token_and_an_unknown_query_are_named(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    serve(httpserver, "me", error(100, "(#100) nonexisting field (category) on node type (User)"), status=400)
    assert not facebook(httpserver, session, now).check().ok
    with pytest.raises(InputError, match="feed, tagged, ratings"):
        _ = facebook(httpserver, session, now, "alles")._edge
    with pytest.raises(InputError, match="token"):
        Facebook(Account(), session=session, clock=lambda: now).fetch("")


def test_our_words_without_who_wrote_them_are_neither_found_nor_absent(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    hidden = comment(7, now, message="Wir sehen nach.")
    del hidden["from"]
    serve(httpserver, "me", ME)
    serve(httpserver, f"{PAGE}_1/comments", page(hidden) | {"summary": {"total_count": 1}})
    with pytest.raises(OutcomeUnknown, match="not who wrote them"):
        facebook(httpserver, session, now + timedelta(hours=1)).find_sent(to(f"{PAGE}_1", now))


def test_a_page_that_is_too_much_at_once_is_asked_for_by_halves(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    def answer(call: Request) -> Response:
        too_much = error(1, "Please reduce the amount of data you're asking for, then retry your request")
        is_small = int(call.args["limit"]) <= 12
        return Response(json.dumps(page(post(1, now)) if is_small else too_much), 200 if is_small else 500)

    serve(httpserver, "me", ME)
    httpserver.expect_request(f"/v26.0/{PAGE}/feed").respond_with_handler(answer)
    assert len(facebook(httpserver, session, now).fetch("").posts) == 1
    assert [call.args["limit"] for call, _ in httpserver.log if "limit" in call.args] == ["50", "25", "12"]


def test_a_page_that_is_always_too_much_is_put_off(
    httpserver: HTTPServer, session: httpx.Client, now: datetime
) -> None:
    serve(httpserver, "me", ME)
    serve(httpserver, f"{PAGE}/feed", error(1, "Please reduce the amount of data"), status=500)
    with pytest.raises(Unavailable):
        facebook(httpserver, session, now).fetch("")
    assert len(httpserver.log) == 7
