from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from listeners.contract import Page, Reject
from listeners.dead_letters import replay
from listeners.intake import store
from listeners.models import DeadLetter, Mention, Source
from tests.factories import make_agent, make_mention, make_source

pytestmark = pytest.mark.django_db


def letter_of(payload: Any, now: datetime, *, network: str = "webhook") -> DeadLetter:
    source = make_source(now=now, slug="shop", network=network)
    reject = Reject(where="post 1", reason="odd", payload=json.dumps(payload))
    store(Page(posts=(), cursor="", rejects=(reject,)), source=source, now=now)
    return DeadLetter.objects.get()


GOOD = {"id": "1", "text": "Gerissen", "posted_at": "2026-11-24T09:00:00Z", "author": {"handle": "jana"}}


def test_an_item_that_can_be_read_by_now_is_stored_once(now: datetime) -> None:
    letter = letter_of(GOOD, now)
    assert replay(letter, now=now).done
    assert Mention.objects.get().native_id == "shop:1"
    assert DeadLetter.objects.get().replayed_at == now
    assert not replay(letter, now=now).done


def test_an_item_of_the_demo_network_is_read_again(now: datetime) -> None:
    item = {
        "id": "1",
        "kind": "post",
        "author": {"id": "7", "handle": "jana"},
        "text": "Gerissen",
        "posted_at": "2026-11-24T09:00:00Z",
    }
    assert replay(letter_of(item, now, network="demo_x"), now=now).done
    assert Mention.objects.get().native_id == "1"


@pytest.mark.parametrize("payload", [{}, [], "text", {**GOOD, "posted_at": "soon"}])
def test_an_item_that_is_still_bad_stays_with_its_new_error(payload: Any, now: datetime) -> None:
    letter = letter_of(payload, now)
    outcome = replay(letter, now=now)
    letter.refresh_from_db()
    assert not outcome.done and letter.error == outcome.message and letter.replayed_at is None


def test_a_network_that_cannot_read_single_items_says_so(now: datetime) -> None:
    assert "cannot read single items" in replay(letter_of({}, now, network="feed"), now=now).message


def test_a_mention_goes_back_to_its_stage(now: datetime) -> None:
    mention = make_mention(now=now, dead=True)
    letter = DeadLetter.objects.create(stage="assess", mention=mention, error="odd", at=now)
    assert replay(letter, now=now).done
    mention.refresh_from_db()
    assert not mention.dead


def test_a_letter_of_nobody_stays(now: datetime) -> None:
    assert not replay(DeadLetter.objects.create(stage="listen", error="odd", at=now), now=now).done


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_agent(role="ops", is_staff=True, is_superuser=True, language="en"))
    return client


def test_the_admin_replays_letters(admin: Client, now: datetime) -> None:
    letter = letter_of(GOOD, now)
    answer = admin.post(
        "/admin/listeners/deadletter/", {"action": "replay", "_selected_action": [letter.pk]}, follow=True
    )
    assert "The post is stored." in answer.content.decode()
    assert Mention.objects.count() == 1


@pytest.mark.parametrize("model", ["source", "author", "mention", "media", "deadletter", "hookdelivery"])
def test_the_admin_shows_every_table(admin: Client, now: datetime, model: str) -> None:
    make_mention("<script>alert(1)</script>", now=now)
    answer = admin.get(f"/admin/listeners/{model}/")
    assert answer.status_code == 200 and b"<script>alert" not in answer.content


def test_the_admin_makes_a_source_due(admin: Client, now: datetime) -> None:
    source = make_source(now=now, network="feed", state=Source.State.DISABLED, failures=3)
    admin.post("/admin/listeners/source/", {"action": "listen_now", "_selected_action": [source.pk]})
    source.refresh_from_db()
    assert (source.state, source.failures) == (Source.State.ACTIVE, 0)
    assert source.next_fetch_at is not None and source.next_fetch_at <= timezone.now()
