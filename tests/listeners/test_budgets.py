from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from listeners import budgets, trial
from listeners import listen as listening
from listeners.contract import Allowance, Clock, Network
from listeners.exceptions import RateLimited
from listeners.models import Budget, Source
from tests.factories import make_source
from tests.listeners.posts import make_page
from tests.listeners.test_listen import Scripted

pytestmark = pytest.mark.django_db
KEY = "x/abc/search"
WINDOW = timedelta(minutes=15)


class Shared(Scripted):
    """A network whose sources share one budget."""

    def allowance_key(self) -> str:
        return KEY


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Shared]:
    """The networks of the sources, by slug."""
    known: dict[str, Shared] = {}

    def opened(source: Source, *, clock: Clock) -> Network:
        return known[source.slug]

    monkeypatch.setattr(listening, "open_network", opened)
    return known


def said(left: int, resets_at: datetime) -> Allowance:
    return Allowance(key=KEY, limit=300, left=left, resets_at=resets_at)


def test_a_call_that_nobody_counted_yet_is_free(now: datetime) -> None:
    assert budgets.take(KEY, now=now) is None
    assert budgets.take("", now=now) is None


def test_workers_take_from_the_same_budget_until_it_is_empty(now: datetime) -> None:
    budgets.note(said(2, now + WINDOW))
    assert [budgets.take(KEY, now=now) for _ in range(3)] == [None, None, now + WINDOW]


def test_a_budget_is_free_again_after_its_reset(now: datetime) -> None:
    budgets.note(said(0, now + WINDOW))
    assert budgets.take(KEY, now=now + WINDOW) is None


def test_of_two_words_about_one_window_the_smaller_counts_and_an_older_one_never(now: datetime) -> None:
    for left, resets_at in [(5, now + WINDOW), (7, now + WINDOW), (290, now)]:
        budgets.note(said(left, resets_at))
    assert Budget.objects.get().left == 5
    budgets.note(said(299, now + 2 * WINDOW))
    assert (Budget.objects.get().left, Budget.objects.get().resets_at) == (299, now + 2 * WINDOW)


def test_a_source_whose_budget_is_empty_is_asked_after_the_reset_and_has_not_failed(
    networks: dict[str, Shared], now: datetime
) -> None:
    source = make_source(now=now, next_fetch_at=now, network="demo_x")
    networks[source.slug] = Shared([])
    budgets.note(said(0, now + WINDOW))
    listening.listen(now=now)
    source.refresh_from_db()
    assert (source.next_fetch_at, source.failures, source.last_error) == (now + WINDOW, 0, "")
    assert networks[source.slug].cursors == []


def test_what_a_page_says_is_left_is_kept(networks: dict[str, Shared], now: datetime) -> None:
    source = make_source(now=now, next_fetch_at=now, network="demo_x")
    networks[source.slug] = Shared([make_page(allowance=said(41, now + WINDOW))])
    listening.listen(now=now)
    assert Budget.objects.get().left == 41


@pytest.mark.parametrize(("further", "left"), [(0, 99), (30, 69), (500, 0)])
def test_all_calls_of_a_page_are_taken_out_of_its_budget(
    networks: dict[str, Shared], now: datetime, further: int, left: int
) -> None:
    page = replace(make_page(allowance=said(99, now + WINDOW)), further_calls=further)
    networks["one"] = Shared([page])
    make_source(now=now, slug="one", network="x", next_fetch_at=now)
    listening.listen(now=now)
    assert Budget.objects.get(key=KEY).left == left


def test_a_log_in_that_is_asked_to_pause_is_a_fault_of_its_source_only(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(source: Source, **_: object) -> Network:
        raise RateLimited("The log-in asks for a pause.", retry_at=now + WINDOW)

    monkeypatch.setattr(listening, "open_network", opened)
    monkeypatch.setattr(trial, "open_network", opened)
    for slug in ("one", "two"):
        make_source(now=now, slug=slug, network="x", next_fetch_at=now)
    assert listening.listen(now=now) == 2
    assert {source.next_fetch_at for source in Source.objects.all()} == {now + WINDOW}
    assert trial.try_source(Source.objects.first(), clock=lambda: now).fault == "The log-in asks for a pause."


def test_a_pause_that_one_source_was_asked_for_holds_for_all_of_its_account(
    networks: dict[str, Shared], now: datetime
) -> None:
    first, second = (
        make_source(now=now, next_fetch_at=now, network="demo_x", slug="one"),
        make_source(now=now, next_fetch_at=now, network="demo_x", slug="two"),
    )
    until = now + timedelta(minutes=3)
    networks[first.slug] = Shared([RateLimited("slowly", retry_at=until)])
    networks[second.slug] = Shared([])
    listening.listen(now=now)
    second.refresh_from_db()
    assert second.next_fetch_at == until
    assert networks[second.slug].cursors == []
