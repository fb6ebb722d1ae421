from __future__ import annotations

import threading
from datetime import datetime

import pytest

from config.pipeline import Pipeline, Stage, named, run_once, work_off


def emptying(queue: list[int], *, into: list[int] | None = None) -> Stage:
    """A stage that takes one number a batch and hands it on."""

    def work(*, now: datetime) -> int:
        if not queue:
            return 0
        number = queue.pop()
        if into is not None:
            into.append(number)
        return 1

    return Stage("emptying", work, rest_seconds=0.001)


def test_one_pass_goes_on_until_no_stage_finds_work(now: datetime) -> None:
    first, second = [1, 2, 3], [4]
    later = Stage("later", emptying(second).work)
    handled = run_once([later, emptying(first, into=second)], clock=lambda: now)
    assert handled == {"later": 4, "emptying": 3}
    assert not first and not second


def test_stages_are_chosen_by_name_and_an_unknown_name_is_refused() -> None:
    assert [stage.name for stage in named(["route", "send"])] == ["route", "send"]
    with pytest.raises(KeyError):
        named(["dance"])


@pytest.mark.django_db(transaction=True)
def test_a_stage_that_fails_is_tried_again_and_holds_up_no_other(now: datetime) -> None:
    recovered, other = threading.Event(), threading.Event()
    faults = iter([OSError("the disk is full"), OSError("still full")])

    def failing(*, now: datetime) -> int:
        fault = next(faults, None)
        if fault is not None:
            raise fault
        recovered.set()
        return 0

    def healthy(*, now: datetime) -> int:
        other.set()
        return 0

    pipeline = Pipeline(
        [Stage("failing", failing, rest_seconds=0.001), Stage("healthy", healthy)], clock=lambda: now
    )
    pipeline.start()
    assert other.wait(10) and recovered.wait(10)
    pipeline.stop()


def test_a_stage_is_worked_off_until_nothing_waits_or_its_time_is_over(now: datetime) -> None:
    assert work_off(emptying([1, 2, 3]), seconds=60, clock=lambda: now) == 3
    queue = [1, 2, 3]
    assert work_off(emptying(queue), seconds=0, clock=lambda: now) == 1
    assert queue == [1, 2]
