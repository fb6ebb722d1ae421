from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from listeners.contract import Page, Reject
from listeners.exceptions import Unavailable
from listeners.intake import store
from listeners.models import DeadLetter, Gap, Mention, Source
from responders.models import AuditEntry
from tests.factories import make_agent, make_mention, make_source
from tests.listeners.posts import make_page, make_post
from tests.listeners.test_listen import Scripted
from tests.responders.console.conftest import at_desk
from tests.responders.desk import make_case

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ops(db: None) -> Client:
    """The browser of somebody of ops."""
    return at_desk(make_agent("ops", language="en"))


@pytest.fixture
def source(now: datetime) -> Source:
    """A source that was just heard."""
    return make_source(now=now, slug="one", network="demo_x", last_success_at=now)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Scripted]:
    """Say what the network answers to a test."""

    def answer(answer: Page | BaseException) -> Scripted:
        network = Scripted([answer])
        monkeypatch.setattr("listeners.trial.open_network", lambda *_, **__: network)
        return network

    return answer


def text_of(client: Client, address: str = "/sources") -> str:
    return " ".join(client.get(address).content.decode().split())


def test_a_gap_is_said_in_words_with_its_reason(ops: Client, source: Source, now: datetime) -> None:
    Gap.objects.create(
        source=source, reason="stopped", starts_at=now - 40 * MINUTE, ends_at=now - 11 * MINUTE
    )
    assert "May have missed 10:20–10:49" in text_of(ops) and "Kulanz was not running" in text_of(ops)
    Gap.objects.update(filled_at=now - 10 * MINUTE)
    assert "Missed nothing 10:20–10:49: made up for at 10:50" in text_of(ops)
    german = at_desk(make_agent("ops", language="de"))
    assert "Nichts verpasst 10:20–10:49: nachgeholt 10:50" in text_of(german)


def test_a_gap_that_the_network_no_longer_shows_says_so(ops: Client, source: Source, now: datetime) -> None:
    Gap.objects.create(
        source=source, reason="pause", starts_at=now - 40 * MINUTE, ends_at=now - MINUTE, lost=True
    )
    assert "(paused; the network no longer shows that time)" in text_of(ops)


def test_what_keeps_stored_posts_from_being_read_again_is_shown(ops: Client, source: Source) -> None:
    Source.objects.update(recheck_error="X <b>refuses</b> the query")
    text = text_of(ops)
    assert "what was deleted or edited stays unknown: <bdi>X &lt;b&gt;refuses" in text
    assert "1 source needs a look" in text


def test_a_source_that_nobody_listens_to_says_since_when(ops: Client, source: Source, now: datetime) -> None:
    Source.objects.update(last_success_at=now - 30 * MINUTE)
    assert "Nobody has listened since 10:30" in text_of(ops)


def test_a_silent_source_is_named_with_the_numbers(ops: Client, source: Source, now: datetime) -> None:
    assert "not enough history yet" in text_of(ops)
    Source.objects.update(created_at=now - timedelta(weeks=3, hours=2))
    author = make_mention(now=now - timedelta(days=20), source=source).author
    Mention.objects.bulk_create(
        Mention(
            brand=source.brand, network=source.network, source=source, author=author, seen_at=now,
            native_id=f"{week}-{number}", posted_at=now - timedelta(weeks=week, seconds=number),
        )
        for week in range(1, 4) for number in range(40)
    )  # fmt: skip
    text = text_of(ops)
    assert "Too silent." in text and "Only 0 posts in 1 h; at this time of the week at least 21" in text
    assert "1 source needs a look" in text


def test_ops_pause_and_resume_a_source_and_the_record_says_who(
    ops: Client, source: Source, now: datetime
) -> None:
    answer = ops.post(f"/source/{source.pk}/pause", follow=True)
    source.refresh_from_db()
    assert source.state == "paused" and "one is paused" in answer.content.decode()
    answer = ops.post(f"/source/{source.pk}/resume", follow=True)
    source.refresh_from_db()
    assert (source.state, source.next_fetch_at) == ("active", now)
    assert "one is listened to again" in answer.content.decode()
    done = AuditEntry.objects.filter(action__startswith="source_").values_list("action", "detail__source")
    assert list(done) == [("source_paused", "one"), ("source_active", "one")]


@pytest.mark.parametrize("act", ["pause", "resume", "test", "replay"])
def test_acts_on_sources_are_for_lead_and_ops_of_the_brand_and_not_done_by_reading(
    ops: Client, source: Source, act: str
) -> None:
    for role in ("care", "marketing"):
        assert at_desk(make_agent(role)).post(f"/source/{source.pk}/{act}").status_code == 403
    stranger = at_desk(make_agent("lead", brands=["another"]))
    assert stranger.post(f"/source/{source.pk}/{act}").status_code == 404
    assert ops.get(f"/source/{source.pk}/{act}").status_code == 405


def test_a_test_shows_what_would_come_and_stores_nothing(
    ops: Client, source: Source, answers: Callable[..., Any], now: datetime
) -> None:
    make_mention(now=now, source=source, native_id="2")
    network = answers(make_page(make_post("1", text="<b>Sohle</b>"), make_post("2"), more=True))
    before = Source.objects.values().get()
    text = " ".join(ops.post(f"/source/{source.pk}/test").content.decode().split())
    assert "New: 1. Known: 1. Not about the brand: 0. Unreadable: 0." in text
    assert "&lt;b&gt;Sohle" in text and "More wait behind this page." in text
    assert network.cursors == [""]
    assert Mention.objects.count() == 1 and Source.objects.values().get() == before


def test_a_test_that_fails_says_why(ops: Client, source: Source, answers: Callable[..., Any]) -> None:
    answers(Unavailable("X does not answer"))
    assert "X does not answer" in ops.post(f"/source/{source.pk}/test").content.decode()
    answers(RuntimeError("a bug"))
    assert "RuntimeError" in ops.post(f"/source/{source.pk}/test").content.decode()


def test_dead_letters_are_replayed_from_the_page(ops: Client, now: datetime) -> None:
    source = make_source(now=now, slug="shop", network="webhook")
    good = '{"id": "1", "text": "Riss", "posted_at": "2026-11-24T09:00:00Z", "author": {"handle": "jana"}}'
    rejects = (
        Reject(where="post 1", reason="odd", payload=good),
        Reject(where="2", reason="no", payload="{}"),
    )
    store(Page(posts=(), cursor="", rejects=rejects), source=source, now=now)
    assert "2 posts could not be worked on" in text_of(ops)
    text = ops.post(f"/source/{source.pk}/replay", follow=True).content.decode()
    assert "1 dead letter went back to work" in text and "1 dead letter failed again" in text
    assert Mention.objects.count() == 1
    assert DeadLetter.objects.filter(replayed_at__isnull=True).count() == 1


def test_a_post_that_came_late_is_marked_in_its_case(desk: Client, now: datetime) -> None:
    case = make_case(now=now, posted_at=now - 40 * MINUTE)
    assert "came late" not in text_of(desk, f"/case/{case.pk}")
    Mention.objects.update(is_backfill=True)
    assert "came late, at 11:00" in text_of(desk, f"/case/{case.pk}")
