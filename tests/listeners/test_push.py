from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from listeners.models import DeadLetter, Mention, Source
from tests.factories import make_source

pytestmark = pytest.mark.django_db
SECRET, VERIFY = "app-secret", "only-for-tests"
PAGE = "700100"


@pytest.fixture
def source(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.setenv("KULANZ_SECRET_PAGE__TOKEN", "t")
    monkeypatch.setenv("KULANZ_SECRET_PAGE__APP_SECRET", SECRET)
    monkeypatch.setenv("KULANZ_SECRET_PAGE__VERIFY_TOKEN", VERIFY)
    return make_source(now=now, slug="page", network="facebook")


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def push(content: Any, *, signature: str | None = None, slug: str = "page") -> tuple[int, Any]:
    # Meta escapes what is not ASCII; whoever signs anew what was parsed signs other bytes.
    body = content if isinstance(content, bytes) else json.dumps(content).replace("/", "\\/").encode()
    headers = {"X-Hub-Signature-256": signed(body) if signature is None else signature}
    answer = Client(enforce_csrf_checks=True).post(
        f"/hooks/{slug}", body, content_type="application/json", headers=headers
    )
    return answer.status_code, answer.json()


def changes(*values: dict[str, Any], field: str = "feed", at: datetime | None = None) -> dict[str, Any]:
    seconds = int((at or timezone.now()).timestamp())
    entry = {"id": PAGE, "time": seconds, "changes": [{"field": field, "value": one} for one in values]}
    return {"object": "page", "entry": [entry]}


def comment(**rest: Any) -> dict[str, Any]:
    return {
        "item": "comment",
        "verb": "add",
        "post_id": f"{PAGE}_1",
        "comment_id": "1_5",
        "parent_id": f"{PAGE}_1",
        "from": {"id": "31", "name": "Änne"},
        "message": "Die Öse ist gerissen 😡",
        "created_time": int(datetime(2026, 11, 24, 9, tzinfo=UTC).timestamp()),
        **rest,
    }


def test_the_hand_shake_echoes_the_challenge_to_whom_the_verify_token_fits(source: Source) -> None:
    def greet(token: str, mode: str = "subscribe") -> Any:
        query = {"hub.mode": mode, "hub.challenge": "1158201444", "hub.verify_token": token}
        return Client().get("/hooks/page", query)

    good = greet(VERIFY)
    assert (good.status_code, good.content, good.headers["Content-Type"]) == (
        200,
        b"1158201444",
        "text/plain",
    )
    assert [greet(token).status_code for token in ("", "ünicode", VERIFY + "x")] == [403] * 3
    assert greet(VERIFY, mode="unsubscribe").status_code == 403
    assert Client().get("/hooks/page").status_code == 403


def test_a_source_without_verify_token_greets_nobody(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KULANZ_SECRET_PAGE__VERIFY_TOKEN")
    query = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": ""}
    assert Client().get("/hooks/page", query).status_code == 403


def test_a_pushed_comment_is_stored_as_the_poll_would_store_it(source: Source) -> None:
    status, answer = push(changes(comment()))
    assert (status, answer["new"], answer["rejected"]) == (200, 1, [])
    mention = Mention.objects.select_related("author").get()
    assert (mention.native_id, mention.parent_id, mention.thread_id) == ("1_5", f"{PAGE}_1", f"{PAGE}_1")
    assert (mention.text, mention.kind) == ("Die Öse ist gerissen 😡", "comment")
    assert (mention.author.native_id, mention.author.name) == ("31", "Änne")
    assert mention.posted_at == datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha1=abc", "sha256=" + "0" * 64, "sha256=ü", signed(b"other bytes")]
)
def test_what_is_not_signed_with_the_app_s_secret_is_refused(source: Source, signature: str) -> None:
    assert push(changes(comment()), signature=signature)[0] == 401
    assert not Mention.objects.exists()


def test_one_more_byte_spoils_the_signature(source: Source) -> None:
    body = json.dumps(changes(comment())).encode()
    assert push(body + b" ", signature=signed(body))[0] == 401


def test_without_the_app_s_secret_nothing_is_taken(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KULANZ_SECRET_PAGE__APP_SECRET")
    status, answer = push(changes(comment()), signature=signed(b"", ""))
    assert (status, "app_secret" in answer["error"]) == (503, True)


def test_repeated_and_overlapping_deliveries_store_a_comment_once(source: Source) -> None:
    first = changes(comment())
    push(first)
    assert push(first)[1]["repeated"]
    assert push(changes(comment(), comment(comment_id="1_6")))[1]["new"] == 1
    assert Mention.objects.count() == 2


def test_an_edit_and_a_removal_change_what_is_stored(source: Source) -> None:
    push(changes(comment()))
    edited = comment(verb="edited", message="Alles gut")
    push(changes(edited, at=datetime(2026, 11, 24, 9, 5, tzinfo=UTC)))
    mention = Mention.objects.get()
    assert (mention.text, mention.edited_at) == ("Alles gut", datetime(2026, 11, 24, 9, 5, tzinfo=UTC))
    push(changes(comment(verb="remove", message="")))
    mention.refresh_from_db()
    assert (mention.text, mention.deleted_at is not None) == ("", True)


def test_the_page_s_own_words_are_context_and_reactions_are_nothing(source: Source) -> None:
    own = comment(comment_id="1_7", **{"from": {"id": PAGE, "name": "Zehnschritt"}})
    reaction = {"item": "reaction", "verb": "add", "reaction_type": "angry", "post_id": f"{PAGE}_1"}
    assert push(changes(own, reaction, {"item": "like", "verb": "add"}))[1]["new"] == 1
    assert Mention.objects.get().routed_at is not None


def test_whoever_calls_themselves_like_the_brand_is_a_customer_all_the_same(source: Source) -> None:
    push(changes(comment(**{"from": {"id": "700199", "name": "Zehnschritt"}})))
    mention = Mention.objects.select_related("author").get()
    assert (mention.routed_at, mention.author.handle) == (None, "Zehnschritt#0199")


def test_a_change_that_cannot_be_read_is_set_aside_and_the_others_are_kept(source: Source) -> None:
    broken = comment(created_time="gestern", comment_id="1_9")
    answer = push(changes(broken, comment()))[1]
    assert (answer["new"], [one["where"] for one in answer["rejected"]]) == (1, ["change 1"])
    assert "gestern" in DeadLetter.objects.get().payload


def test_a_visitor_s_photo_and_a_review_are_posts(source: Source) -> None:
    photo = {
        "item": "photo",
        "verb": "add",
        "post_id": f"{PAGE}_8",
        "from": {"id": "32", "name": "Jo"},
        "link": "https://cdn.example/sohle.jpg",
        "created_time": 1_795_000_000,
    }
    review = {
        "item": "rating",
        "verb": "add",
        "review_text": "Nie wieder",
        "recommendation_type": "NEGATIVE",
        "reviewer_id": "33",
        "reviewer_name": "Kim",
        "open_graph_story_id": "77",
        "created_time": 1_795_000_000,
    }
    push(changes(photo))
    push(changes(review, field="ratings"))
    assert Mention.objects.get(native_id=f"{PAGE}_8").media.get().url == "https://cdn.example/sohle.jpg"
    assert (Mention.objects.get(native_id="77").kind, Mention.objects.get(native_id="77").rating) == (
        "review",
        1,
    )


def test_pushes_of_another_page_are_left_out_when_the_source_names_its_own(source: Source) -> None:
    source.settings = {"account_id": "1"}
    source.save()
    assert push(changes(comment()))[1]["new"] == 0


def test_a_paused_source_leaves_what_is_pushed_and_a_refused_token_does_not_matter(source: Source) -> None:
    source.state = Source.State.PAUSED
    source.save()
    assert push(changes(comment())) == (200, {"paused": True})
    assert not Mention.objects.exists()
    source.state = Source.State.DISABLED
    source.save()
    assert push(changes(comment()))[1]["new"] == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"entry": 3}', b'{"entry": [1, {"changes": 2}]}'])
def test_rubbish_that_is_signed_stores_nothing_and_breaks_nothing(source: Source, body: bytes) -> None:
    assert push(body)[0] in (200, 400)
    assert not Mention.objects.exists()


def test_only_networks_that_push_have_a_hook(source: Source, now: datetime) -> None:
    make_source(now=now, slug="feed", network="feed", query="https://example.org/f")
    assert push({}, slug="feed")[0] == 404
    assert push({}, slug="nobody")[0] == 404


def test_a_comment_below_a_post_moves_its_time_but_brings_it_before_no_stage_again(
    source: Source, now: datetime
) -> None:
    push(changes(comment()))
    Mention.objects.update(assessed_at=now, routed_at=now)
    edited = comment(verb="edited")
    push(changes(edited, at=now + timedelta(minutes=1)))
    assert Mention.objects.get().assessed_at == now
