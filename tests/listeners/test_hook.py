from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from listeners.hook import LARGEST
from listeners.models import DeadLetter, HookDelivery, Mention, Source
from listeners.signature import sign
from tests.factories import make_source

pytestmark = pytest.mark.django_db
SECRET = "only for tests"


@pytest.fixture
def source(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.setenv("KULANZ_HOOK_SECRET_SHOP_REVIEWS", SECRET)
    return make_source(now=now, slug="shop-reviews", network="webhook")


def post_json(**changes: Any) -> dict[str, Any]:
    return {
        "id": "r1",
        "text": "Die Sohle löst sich.",
        "posted_at": "2026-11-24T09:00:00+01:00",
        "author": {"id": "7", "handle": "jana", "followers": 12},
        "photos": [{"url": "https://shop.example/1.jpg", "alt": "sole"}],
        **changes,
    }


def deliver(
    content: Any,
    *,
    at: datetime | None = None,
    secret: str = SECRET,
    slug: str = "shop-reviews",
    **headers: str,
) -> tuple[int, dict[str, Any]]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers.setdefault("X-Kulanz-Signature", sign(body, secret=secret, at=at or timezone.now()))
    answer = Client(enforce_csrf_checks=True).post(
        f"/hooks/{slug}", body, content_type="application/json", headers=headers
    )
    return answer.status_code, answer.json()


def test_a_signed_post_is_stored(source: Source) -> None:
    status, answer = deliver(post_json())
    assert (status, answer["new"], answer["rejected"], answer["repeated"]) == (202, 1, [], False)
    mention = Mention.objects.select_related("author").get()
    assert (mention.native_id, mention.network, mention.can_reply) == ("shop-reviews:r1", "webhook", False)
    assert (mention.author.handle, mention.author.followers) == ("jana", 12)
    assert mention.posted_at.isoformat() == "2026-11-24T08:00:00+00:00"
    assert mention.media.get().alt == "sole"
    source.refresh_from_db()
    assert source.last_success_at is not None


def test_the_same_delivery_again_changes_nothing(source: Source) -> None:
    deliver(post_json(), **{"X-Kulanz-Delivery": "d1"})
    status, answer = deliver(post_json(id="r2"), **{"X-Kulanz-Delivery": "d1"})
    assert (status, answer["repeated"], answer["new"]) == (202, True, 0)
    assert deliver(post_json())[1] == {
        "repeated": False,
        "new": 0,
        "known": 1,
        "updated": 0,
        "ignored": 0,
        "rejected": [],
    }
    assert Mention.objects.count() == 1


def test_bad_posts_among_good_ones_are_named_and_kept(source: Source) -> None:
    posts = [
        post_json(id="a"),
        post_json(id="b", text=" ", photos=[]),
        7,
        post_json(id="c", posted_at="soon"),
    ]
    status, answer = deliver(posts)
    assert (status, answer["new"]) == (202, 1)
    assert [reject["where"] for reject in answer["rejected"]] == ["post 2", "post 3", "post 4"]
    assert "posted_at: 'soon' is not a date" in answer["rejected"][2]["reason"]
    assert DeadLetter.objects.filter(source=source).count() == 3


def test_a_body_that_was_changed_is_refused(source: Source) -> None:
    signature = sign(json.dumps(post_json()).encode(), secret=SECRET, at=timezone.now())
    status, answer = deliver(post_json(text="Changed"), **{"X-Kulanz-Signature": signature})
    assert status == 401 and "does not fit" in answer["error"]


@pytest.mark.parametrize(
    "header", ["", "v1=abc", "t=1,v1=é", "t=" + "9" * 400 + ",v1=" + "0" * 64, "sha256=00"]
)
def test_a_header_that_is_no_signature_is_refused(source: Source, header: str) -> None:
    status, answer = deliver(post_json(), **{"X-Kulanz-Signature": header})
    assert status == 401 and "must read t=" in answer["error"]


def test_another_secret_is_refused(source: Source) -> None:
    assert deliver(post_json(), secret="guessed")[0] == 401


def test_a_post_without_a_time_was_posted_now(source: Source) -> None:
    assert deliver({"id": "1", "text": "Gerissen"})[1]["new"] == 1
    mention = Mention.objects.get()
    assert mention.posted_at == mention.seen_at


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_delivery_out_of_its_time_is_refused(source: Source, minutes: int) -> None:
    status, answer = deliver(post_json(), at=timezone.now() + timedelta(minutes=minutes))
    assert status == 401 and "five minutes" in answer["error"]
    assert not HookDelivery.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b"NaN,"])
def test_a_body_that_holds_no_posts_is_refused(source: Source, body: bytes) -> None:
    status, answer = deliver(body)
    assert status == 400 and answer["error"]


@pytest.mark.parametrize("body", [b"7", b'"text"', b"null", b'{"author": 7}', b'{"text": {"a": {"b": [1]}}}'])
def test_json_that_is_no_post_is_a_reject(source: Source, body: bytes) -> None:
    status, answer = deliver(body)
    assert status == 202 and len(answer["rejected"]) == 1


def test_too_large_a_delivery_is_refused(source: Source) -> None:
    assert deliver(b" " * (LARGEST + 1))[0] == 413
    assert deliver([post_json(id=str(number)) for number in range(1001)])[0] == 413


def test_an_unknown_webhook_is_not_found(source: Source, now: datetime) -> None:
    assert deliver(post_json(), slug="other")[0] == 404
    make_source(now=now, slug="a-feed", network="feed")
    assert deliver(post_json(), slug="a-feed")[0] == 404


def test_a_webhook_without_a_secret_says_what_to_set(now: datetime) -> None:
    make_source(now=now, slug="shop-reviews", network="webhook")
    status, answer = deliver(post_json())
    assert status == 503 and "KULANZ_HOOK_SECRET_SHOP_REVIEWS" in answer["error"]


def test_a_paused_webhook_asks_to_send_later(source: Source) -> None:
    Source.objects.update(state=Source.State.PAUSED)
    assert deliver(post_json())[0] == 503


def test_only_post_is_taken(source: Source) -> None:
    assert Client().get("/hooks/shop-reviews").status_code == 405


def test_old_delivery_ids_are_forgotten(source: Source) -> None:
    HookDelivery.objects.create(source=source, delivery_id="old", at=timezone.now() - timedelta(days=31))
    deliver(post_json())
    assert not HookDelivery.objects.filter(delivery_id="old").exists()


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_comes_twice_at_once_is_stored_once(source: Source) -> None:
    answers: list[dict[str, Any]] = []

    def send() -> None:
        try:
            answers.append(
                deliver([post_json(id=str(n)) for n in range(50)], **{"X-Kulanz-Delivery": "d"})[1]
            )
        finally:
            connection.close()

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(answer["repeated"] for answer in answers) == [False, True, True, True]
    assert sum(answer["new"] for answer in answers) == Mention.objects.count() == 50
