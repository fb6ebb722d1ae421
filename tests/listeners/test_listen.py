from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from listeners import listen as listening
from listeners.contract import Account, Health, Network, Page
from listeners.exceptions import AuthFault, InputError, Malformed, RateLimited, Unavailable
from listeners.guard import guarded_session
from listeners.listen import LEASE, due, listen, listen_to
from listeners.models import Mention, Source
from tests.conftest import NOW
from tests.factories import make_source
from tests.listeners.posts import make_page, make_post

pytestmark = pytest.mark.django_db


class Scripted(Network):
    """A network that answers from a list: pages, or faults to raise."""

    name, label = "demo_x", "Scripted"
    poll_seconds = 30.0

    def __init__(self, answers: list[Page | BaseException]) -> None:
        super().__init__(Account(), session=guarded_session(), clock=lambda: NOW)
        self.answers = answers
        self.cursors: list[str] = []

    def fetch(self, cursor: str) -> Page:
        self.cursors.append(cursor)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def check(self) -> Health:
        return Health(ok=True, message="")


@dataclass
class Script:
    """The networks of the sources, by slug."""

    networks: dict[str, Scripted] = field(default_factory=dict)

    def set(self, slug: str, *answers: Page | BaseException) -> None:
        self.networks[slug] = Scripted(list(answers))

    def open(self, source: Source, **_: Any) -> Network:
        return self.networks[source.slug]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    script = Script()
    monkeypatch.setattr(listening, "open_network", script.open)
    return script


@pytest.fixture
def source(now: datetime) -> Source:
    return due_source(now, "one")


def due_source(now: datetime, slug: str, **columns: Any) -> Source:
    return make_source(now=now, slug=slug, network="demo_x", next_fetch_at=now, **columns)


def test_a_due_source_is_fetched_stored_and_put_off_for_its_pause(
    source: Source, script: Script, now: datetime
) -> None:
    script.set("one", make_page(make_post()))
    assert listen(now=now) == 1
    assert listen(now=now) == 0
    source.refresh_from_db()
    assert Mention.objects.count() == 1
    assert (source.cursor, source.next_fetch_at) == ("next", now + timedelta(seconds=30))
    assert (source.last_success_at, source.failures, source.last_error) == (now, 0, "")


def test_a_source_with_more_is_due_again_at_once(source: Source, script: Script, now: datetime) -> None:
    script.set("one", make_page(make_post("1"), cursor="a", more=True), make_page(make_post("2"), cursor="b"))
    assert [listen(now=now), listen(now=now), listen(now=now)] == [1, 1, 0]
    assert script.networks["one"].cursors == ["", "a"]


def test_a_fault_backs_off_further_each_time_and_success_ends_it(
    source: Source, script: Script, now: datetime
) -> None:
    script.set("one", *[Unavailable("down")] * 9, make_page(make_post()))
    pauses = []
    for _ in range(9):
        listen(now=now)
        source.refresh_from_db()
        assert source.next_fetch_at is not None
        pauses.append((source.next_fetch_at - now).total_seconds())
        now = source.next_fetch_at
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 900]
    assert (source.failures, source.last_error, source.state) == (9, "down", Source.State.ACTIVE)
    listen(now=now)
    source.refresh_from_db()
    assert (source.failures, source.last_error) == (0, "")


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (timedelta(minutes=3), timedelta(minutes=3)),
        (timedelta(seconds=1), timedelta(seconds=5)),
        (timedelta(days=999), timedelta(days=1)),
        (None, timedelta(seconds=5)),
    ],
)
def test_a_pause_that_the_network_asks_for_is_kept_within_reason(
    source: Source, script: Script, now: datetime, asked: timedelta | None, kept: timedelta
) -> None:
    script.set("one", RateLimited("slow down", retry_at=now + asked if asked else None))
    listen(now=now)
    source.refresh_from_db()
    assert source.next_fetch_at == now + kept


def test_only_a_refused_log_in_disables_a_source(source: Source, script: Script, now: datetime) -> None:
    script.set(
        "one", Malformed("odd"), InputError("no address"), RuntimeError("a bug"), AuthFault("renew the token")
    )
    for _ in range(3):
        now += timedelta(hours=1)
        listen(now=now)
        source.refresh_from_db()
        assert source.state == Source.State.ACTIVE
    assert "RuntimeError" in source.last_error
    now += timedelta(hours=1)
    listen(now=now)
    source.refresh_from_db()
    assert (source.state, source.last_error) == (Source.State.DISABLED, "renew the token")
    assert listen(now=now + timedelta(days=9)) == 0


def test_one_faulty_source_does_not_keep_the_others_waiting(script: Script, now: datetime) -> None:
    for slug, answer in (("a", Unavailable("down")), ("b", RuntimeError()), ("c", make_page(make_post()))):
        due_source(now, slug)
        script.set(slug, answer)
    assert listen(now=now) == 3
    assert Mention.objects.count() == 1


def test_a_source_whose_brand_file_is_gone_says_so(script: Script, now: datetime) -> None:
    source = due_source(now, "lost", brand="gone")
    script.set("lost", make_page(make_post()))
    assert listen(now=now) == 1
    source.refresh_from_db()
    assert "gone.yaml" in source.last_error


def test_sources_that_rest_are_not_asked(script: Script, now: datetime) -> None:
    due_source(now, "paused", state=Source.State.PAUSED)
    make_source(now=now, slug="later", network="demo_x", next_fetch_at=now + timedelta(seconds=1))
    make_source(now=now, slug="file", network="file", next_fetch_at=now)
    make_source(now=now, slug="unknown", network="carrier_pigeon", next_fetch_at=now)
    assert listen(now=now) == 0


def test_nothing_is_fetched_inside_a_transaction(
    source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    depth = len(connection.savepoint_ids)

    def look(source: Source, **_: Any) -> Network:
        assert len(connection.savepoint_ids) == depth
        return Scripted([make_page(make_post())])

    monkeypatch.setattr(listening, "open_network", look)
    assert listen(now=now) == 1


def test_a_worker_that_dies_while_fetching_holds_its_source_for_the_lease_only(
    source: Source, script: Script, now: datetime
) -> None:
    script.set("one", KeyboardInterrupt(), make_page(make_post()))
    with pytest.raises(KeyboardInterrupt):
        listen(now=now)
    assert listen(now=now) == 0
    assert listen(now=now + LEASE) == 1
    assert Mention.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_fetch_each_source_once(script: Script, now: datetime) -> None:
    slugs = [f"source{number}" for number in range(12)]
    for slug in slugs:
        due_source(now, slug)
        script.set(slug, make_page(make_post(slug, author=slug)))
    counts: list[int] = []

    def work() -> None:
        try:
            counts.append(listen(now=now))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == 12
    assert [len(script.networks[slug].cursors) for slug in slugs] == [1] * 12
    assert Mention.objects.count() == 12


def test_due_sources_are_told_by_network_those_that_wait_longest_first(now: datetime) -> None:
    younger = due_source(now, "younger")
    older = due_source(now - timedelta(minutes=1), "older")
    due_source(now, "paused", state=Source.State.PAUSED)
    due_source(now + timedelta(minutes=1), "later")
    make_source(now=now, slug="file", next_fetch_at=now)
    assert due(now=now) == {"demo_x": [older.pk, younger.pk]}


def test_one_source_is_listened_to_alone_and_only_when_it_is_due(
    source: Source, script: Script, now: datetime
) -> None:
    due_source(now, "other")
    script.set("one", make_page(make_post()))
    heard = listen_to(source.pk, now=now)
    assert heard is not None and heard.new == 1
    assert listen_to(source.pk, now=now) is None
    assert listen_to(0, now=now) is None


def test_a_fault_of_one_source_is_kept_in_its_row_and_raised(
    source: Source, script: Script, now: datetime
) -> None:
    script.set("one", Unavailable("The network is down."))
    with pytest.raises(Unavailable):
        listen_to(source.pk, now=now)
    source.refresh_from_db()
    assert source.last_error == "The network is down." and source.next_fetch_at > now
