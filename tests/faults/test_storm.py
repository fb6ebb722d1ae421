"""Promise 2: whatever the network does, no reply is posted twice and none is lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from listeners.models import Source
from responders import audit
from responders.models import Reply
from responders.send import send
from tests.contract.fakes import Watch
from tests.factories import make_agent
from tests.faults import world
from tests.faults.world import ENDS, State

POSTS = 16
DIALS: dict[str, dict[str, Any]] = {
    "a quiet day": {},
    "answers are lost": {"lose_answer": 0.6},
    "the line is cut before anything happens": {"cut_before": 0.6},
    "too many calls": {"rate_limited": 0.6, "retry_after": "20"},
    "too many calls, says nonsense": {"rate_limited": 0.6, "retry_after": "soon"},
    "errors before the effect": {"error_before": 0.6},
    "errors after the effect": {"error_after": 0.6},
    "answers are no JSON": {"malformed_json": 0.5},
    "lists hold rubbish": {"lose_answer": 0.5, "malformed_item": 0.5},
    "lists are cut": {"lose_answer": 0.5, "cut_body": 0.5},
    "lists hold everything twice and shuffled": {"lose_answer": 0.5, "duplicates": 1.0, "reorder": 1.0},
    "lists lead elsewhere": {"lose_answer": 0.5, "hostile_next": "http://elsewhere.example/"},
    "lists are too short": {"lose_answer": 0.6, "timeline_depth": 2},
    "slower than we wait": {"latency_s": 0.25},
}
STORM = {
    "lose_answer": 0.2, "cut_before": 0.1, "rate_limited": 0.1, "error_before": 0.1, "error_after": 0.1,
    "malformed_json": 0.05, "malformed_item": 0.05, "cut_body": 0.05, "duplicates": 0.2, "reorder": 0.5,
}  # fmt: skip
pytestmark = pytest.mark.django_db


def run_to_the_end(watch: Watch) -> None:
    """Let the send stage work, and time pass, until every reply has an end."""
    for _ in range(2000):
        open_ones = Reply.objects.exclude(state__in=ENDS).order_by("next_attempt_at")
        first = open_ones.first()
        if first is None:
            return
        watch.now = max(watch.now, first.next_attempt_at)
        send(now=watch.now)
    raise AssertionError(f"{open_ones.count()} replies never came to an end")


def play(book: Path, watch: Watch, dials: dict[str, Any], *, timeout_s: float = 5.0) -> None:
    with world.open_network(book, watch, posts=POSTS) as server:
        world.listen_to(server, now=watch(), timeout_s=timeout_s)
        world.answer(world.cases_of(now=watch()), agent=make_agent(), now=watch())
        server.dial(**dials)
        run_to_the_end(watch)
        world.assert_the_outbox_tells_the_truth(server)
    assert audit.inspect().is_sound


@pytest.mark.parametrize("name", DIALS)
def test_with_each_fault_alone_each_reply_stands_at_most_once_and_its_end_is_true(
    name: str, tmp_path: Path, watch: Watch
) -> None:
    play(tmp_path / "book.sqlite3", watch, DIALS[name], timeout_s=0.2)
    ends = Counter(Reply.objects.values_list("state", flat=True))
    assert ends.total() == POSTS
    if "timeline_depth" not in DIALS[name] and "hostile_next" not in DIALS[name]:
        assert ends[State.SENT] >= POSTS - 1, ends


@pytest.mark.parametrize("seed", range(6))
def test_in_a_storm_of_all_faults_each_reply_stands_at_most_once_and_its_end_is_true(
    seed: int, tmp_path: Path, watch: Watch
) -> None:
    play(tmp_path / "book.sqlite3", watch, STORM | {"seed": seed})
    assert Reply.objects.filter(state=State.SENT).count() >= POSTS / 2


def test_an_outage_ends_and_the_replies_that_waited_arrive(tmp_path: Path, watch: Watch) -> None:
    with world.open_network(tmp_path / "book.sqlite3", watch, posts=POSTS) as server:
        world.listen_to(server, now=watch())
        world.answer(world.cases_of(now=watch()), agent=make_agent(), now=watch())
        server.dial(outage=True)
        for _ in range(4):
            watch.wait(seconds=60)
            send(now=watch())
        assert not world.standing(server)
        server.dial()
        run_to_the_end(watch)
        world.assert_the_outbox_tells_the_truth(server)
    assert set(Reply.objects.values_list("state", flat=True)) == {State.SENT}


def test_an_expired_token_stops_the_source_and_a_new_one_lets_the_replies_go(
    tmp_path: Path, watch: Watch
) -> None:
    with world.open_network(tmp_path / "book.sqlite3", watch, posts=POSTS) as server:
        world.listen_to(server, now=watch())
        world.answer(world.cases_of(now=watch()), agent=make_agent(), now=watch())
        server.dial(expired_token=True)
        watch.wait(seconds=10)
        send(now=watch())
        assert Source.objects.get().state == Source.State.DISABLED
        watch.wait(days=3)
        assert send(now=watch()) == 0
        server.dial()
        Source.objects.update(state=Source.State.ACTIVE)
        run_to_the_end(watch)
        world.assert_the_outbox_tells_the_truth(server)
    assert set(Reply.objects.values_list("state", flat=True)) == {State.SENT}
