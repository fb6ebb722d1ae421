"""Killing any process at any line and starting it again loses nothing and doubles nothing."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from listeners.models import Mention
from responders import audit
from responders.filing import is_worth_a_case
from responders.models import Case, CaseMention, Reply
from sentiment.classifier import SHIPPED
from sentiment.models import Assessment
from tests.contract.fakes import Watch
from tests.factories import make_agent
from tests.faults import world
from tests.faults.processes import Workers
from tests.faults.world import ENDS, State
from tests.needs import need

POSTS = 4
LEASE_S = 150
"""Longer than any lease of a stage, so that what a dead worker held is free again."""
pytestmark = pytest.mark.django_db(transaction=True)


def killed_until_done(workers: Workers, stages: tuple[str, ...], watch: Watch, place: str) -> int:
    """Kill the worker at the 1st passing of a place, the next at its 2nd, …, until one comes through."""
    for number in range(1, 60):
        survived = not workers.work(*stages, now=watch(), die=f"{place}:{number}")
        watch.wait(seconds=LEASE_S)
        if survived:
            return number - 1
    raise AssertionError(f"no worker ever came past {place}")


def assert_nothing_is_lost_or_doubled() -> None:
    mentions = list(Mention.objects.order_by("pk"))
    assert len(mentions) == POSTS
    assert all(mention.assessed_at and mention.routed_at and not mention.dead for mention in mentions)
    verdicts = {one.mention_id: one for one in Assessment.objects.all()}
    assert Assessment.objects.count() == len(verdicts) == POSTS
    worth = {mention.pk for mention in mentions if is_worth_a_case(mention, verdicts[mention.pk])}
    assert worth
    assert Counter(CaseMention.objects.values_list("mention_id", flat=True)) == Counter(worth)
    assert Case.objects.count() == len(worth)


@pytest.mark.parametrize("place", ["before-commit", "after-commit"])
def test_a_pipeline_killed_at_every_commit_stores_assesses_and_routes_each_post_once(
    place: str, tmp_path: Path, watch: Watch, workers: Workers
) -> None:
    need((SHIPPED / "model.onnx").exists(), "there are no model weights in sentiment/weights")
    with world.open_network(tmp_path / "book.sqlite3", watch, posts=POSTS) as server:
        world.listen_to(server, now=watch())
        kills = killed_until_done(workers, ("listen", "assess", "route"), watch, place)
        workers.work("listen", "assess", "route", now=watch())
    assert kills >= 2
    assert_nothing_is_lost_or_doubled()


@pytest.mark.parametrize("seed", range(3))
def test_a_pipeline_killed_at_random_statements_stores_assesses_and_routes_each_post_once(
    seed: int, tmp_path: Path, watch: Watch, workers: Workers
) -> None:
    need((SHIPPED / "model.onnx").exists(), "there are no model weights in sentiment/weights")
    dice = random.Random(seed)
    with world.open_network(tmp_path / "book.sqlite3", watch, posts=POSTS) as server:
        world.listen_to(server, now=watch())
        for _ in range(5):
            workers.work("listen", "assess", "route", now=watch(), die=f"statement:{dice.randint(4, 45)}")
            watch.wait(seconds=LEASE_S)
        assert not workers.work("listen", "assess", "route", now=watch())
    assert_nothing_is_lost_or_doubled()


def deliver(workers: Workers, watch: Watch) -> None:
    """Let healthy workers send until every reply has an end."""
    for _ in range(20):
        if not Reply.objects.exclude(state__in=ENDS).exists():
            return
        assert not workers.work("send", now=watch())
        watch.wait(seconds=LEASE_S)
    raise AssertionError("replies never came to an end")


@pytest.mark.parametrize("place", ["before-commit", "after-commit", "before-post", "after-post"])
def test_a_sender_killed_at_every_step_posts_each_reply_once(
    place: str, tmp_path: Path, watch: Watch, workers: Workers
) -> None:
    with world.open_network(tmp_path / "book.sqlite3", watch, posts=POSTS) as server:
        world.listen_to(server, now=watch())
        world.answer(world.cases_of(now=watch()), agent=make_agent(), now=watch())
        watch.wait(seconds=10)
        assert killed_until_done(workers, ("send",), watch, place) >= 1
        deliver(workers, watch)
        world.assert_the_outbox_tells_the_truth(server)
        assert world.standing(server).total() == POSTS
    assert set(Reply.objects.values_list("state", flat=True)) == {State.SENT}
    assert audit.inspect().is_sound


@pytest.mark.parametrize("seed", range(3))
def test_a_sender_killed_at_random_statements_in_a_storm_posts_each_reply_at_most_once(
    seed: int, tmp_path: Path, watch: Watch, workers: Workers
) -> None:
    dice = random.Random(seed)
    with world.open_network(tmp_path / "book.sqlite3", watch, posts=POSTS) as server:
        world.listen_to(server, now=watch())
        world.answer(world.cases_of(now=watch()), agent=make_agent(), now=watch())
        watch.wait(seconds=10)
        server.dial(seed=seed, lose_answer=0.4, error_after=0.2, cut_before=0.2)
        for _ in range(5):
            workers.work("send", now=watch(), die=f"statement:{dice.randint(2, 60)}")
            watch.wait(seconds=LEASE_S)
        deliver(workers, watch)
        world.assert_the_outbox_tells_the_truth(server)
    assert audit.inspect().is_sound
