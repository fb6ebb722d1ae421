"""Killing a worker anywhere, or letting two work at once, leaves in Elasticsearch what the database says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from listeners.models import Mention
from tests.faults.processes import Workers
from tests.responders.together import together
from tests.servers.elasticsearch import Server
from tests.trends.elastic.conftest import Search
from tests.trends.elastic.rows import make_routed
from trends.elastic.changes import LEASE
from trends.elastic.models import Change
from trends.elastic.update import update
from trends.index import index

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def workers(elasticsearch_server: Server, django_db_setup: None) -> Iterator[Workers]:
    """Processes to kill, which know of the Elasticsearch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KULANZ_ELASTIC_URL", elasticsearch_server.url)
        workers = Workers()
        yield workers
        workers.close()


def texts_in_the_database() -> dict[str, str]:
    alive = Mention.objects.filter(deleted_at=None)
    return {f"file/{native_id}": text for native_id, text in alive.values_list("native_id", "text")}


def texts_in_the_copy(search: Search) -> dict[str, str]:
    return {key: document["text"] for key, document in search.all().items()}


@pytest.mark.parametrize("place", ["after-commit", "after-request"])
def test_a_worker_killed_at_every_step_leaves_nothing_out_and_nothing_in(
    place: str, search: Search, workers: Workers, now: datetime
) -> None:
    for native_id in "abc":
        make_routed("before", now=now, native_id=native_id)
    index(now=now)
    update(now=now)
    Mention.objects.filter(native_id="a").update(text="after", indexed_at=None)
    Mention.objects.filter(native_id="b").update(text="", deleted_at=now, indexed_at=None)
    make_routed("new", now=now, native_id="d")
    kills = 0
    while workers.work("index", "copy", now=now, die=f"{place}:{kills + 1}"):
        kills += 1
        now += 2 * LEASE
    assert kills >= 1
    assert (
        texts_in_the_copy(search)
        == texts_in_the_database()
        == {
            "file/a": "after",
            "file/c": "before",
            "file/d": "new",
        }
    )
    assert not Change.objects.filter(due_at__lte=now).exists()


def test_workers_at_once_among_changes_end_with_what_the_database_says(search: Search, now: datetime) -> None:
    ids = [make_routed("first", now=now, native_id=str(number)).pk for number in range(12)]
    index(now=now)
    dice = random.Random(1)

    def change() -> None:
        for number in range(20):
            some = Mention.objects.filter(pk=dice.choice(ids), deleted_at=None)
            some.update(text=f"change {number}", indexed_at=None)
            if number % 5 == 0:
                some.update(text="", deleted_at=now, indexed_at=None)
            index(now=now)

    def work() -> None:
        for _ in range(15):
            update(now=now, size=3)

    together(lambda act: act(), [change, work, work])
    for minutes in range(1, 4):
        index(now=now)
        update(now=now + timedelta(minutes=5 * minutes))
    assert texts_in_the_copy(search) == texts_in_the_database()
    assert len(texts_in_the_copy(search)) in range(8, 12)
