from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from listeners.models import DeadLetter, Mention, Tally
from tests.factories import make_source
from tests.trends.elastic.conftest import Search
from tests.trends.elastic.rows import make_indexed, make_routed
from trends.elastic import bulk, layout
from trends.elastic.indices import Index, make
from trends.elastic.mapping import Kind
from trends.elastic.models import Copy
from trends.elastic.rebuild import LEASE, count, rebuild
from trends.elastic.update import update
from trends.exceptions import ElasticFault, ElasticRefusal
from trends.index import index
from trends.retention import retention

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process ends here."""


def rebuilt(now: datetime, *, at: Callable[[int], None] = lambda done: None) -> int:
    return rebuild(clock=lambda: now, report=at, pause=lambda seconds: None)


def copied(now: datetime) -> None:
    index(now=now)
    update(now=now)


def mentions(search: Search) -> dict[str, str]:
    return {key: document["text"] for key, document in search.all().items()}


def test_all_is_built_from_the_database_and_nothing_else_stays(search: Search, now: datetime) -> None:
    for native_id in "ab":
        make_indexed(native_id, now=now, native_id=native_id)
    Tally.objects.create(source=Mention.objects.earliest("pk").source, hour=now, fetches=3)
    copied(now)
    search.elastic.index(index="kulanz-mentions-2026.11-000001", id="stray", document={"text": "stray"})
    seen: list[int] = []
    assert count(now=now) == 3
    assert rebuilt(now, at=seen.append) == 2
    assert sum(seen) == 3
    assert mentions(search) == {"file/a": "a", "file/b": "b"}
    assert search.one(Kind.SOURCE)["fetches"] == 3
    assert {name[-6:] for name in search.names()} == {"000002"}


def test_what_changes_while_all_is_built_is_there_afterwards(search: Search, now: datetime) -> None:
    for native_id in "abc":
        make_indexed(native_id, now=now, native_id=native_id)
    copied(now)

    def meanwhile(done: int) -> None:
        Mention.objects.filter(native_id="a").update(text="later", indexed_at=None)
        Mention.objects.filter(native_id="b").update(deleted_at=now, text="", indexed_at=None)
        make_routed("new", now=now, native_id="new")
        copied(now)

    rebuilt(now, at=once(meanwhile))
    assert mentions(search) == {"file/a": "later", "file/c": "c", "file/new": "new"}


def test_what_was_read_before_a_change_is_not_written_over_it(
    search: Search, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for native_id in "ab":
        make_indexed("before", now=now, native_id=native_id)
    copied(now)
    write = bulk.write

    def slow(*arguments: Any) -> Any:
        monkeypatch.setattr(bulk, "write", write)
        Mention.objects.filter(native_id="a").update(text="after", indexed_at=None)
        Mention.objects.filter(native_id="b").update(deleted_at=now, text="", indexed_at=None)
        copied(now)
        return write(*arguments)

    monkeypatch.setattr(bulk, "write", slow)
    rebuilt(now)
    assert mentions(search) == {"file/a": "after"}


def test_a_rebuild_that_fails_leaves_what_is_read_and_can_be_started_again(
    search: Search, now: datetime
) -> None:
    make_indexed("here", now=now, native_id="a")
    copied(now)

    def fail(done: int) -> None:
        raise OSError("no terminal")

    with pytest.raises(OSError, match="no terminal"):
        rebuilt(now, at=fail)
    assert mentions(search) == {"file/a": "here"}
    assert rebuilt(now) == 3
    assert {name[-6:] for name in search.names()} == {"000003"}


def test_a_rebuild_that_was_killed_is_waited_for_and_then_given_up(search: Search, now: datetime) -> None:
    make_indexed("here", now=now, native_id="a")
    copied(now)
    Copy.objects.update(building=2, building_until=now + LEASE)
    make(search.elastic, Index(Kind.MENTION, "2026.11", 2), is_read=False)
    with pytest.raises(ElasticRefusal, match="already"):
        rebuilt(now)
    later = now + LEASE
    assert retention(now=later) == 1
    assert mentions(search) == {"file/a": "here"}
    assert rebuilt(later) == 3


@pytest.mark.parametrize("died", ["before", "after"])
def test_a_rebuild_that_dies_around_the_swap_is_ended_by_the_retention_and_misses_nothing(
    search: Search, now: datetime, monkeypatch: pytest.MonkeyPatch, died: str
) -> None:
    make_indexed("here", now=now, native_id="a")
    copied(now)
    swap = layout.indices.swap

    def die(*arguments: Any, **options: Any) -> None:
        if died == "after":
            swap(*arguments, **options)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(layout.indices, "swap", die)
        with pytest.raises(Killed):
            rebuilt(now)
    later = now + 10 * LEASE
    Mention.objects.update(text="later", indexed_at=None)
    copied(later)
    assert mentions(search) == {"file/a": "later"}
    assert retention(now=later) > 0
    assert mentions(search) == {"file/a": "later"}
    assert {name[-6:] for name in search.names()} == {"000002"}


def test_a_rebuild_that_slept_too_long_puts_nothing_in_place(search: Search, now: datetime) -> None:
    make_indexed("here", now=now)
    copied(now)
    times = iter([now, now, now, now + LEASE, now + LEASE, now + LEASE])
    with pytest.raises(ElasticRefusal, match="given up"):
        rebuild(clock=lambda: next(times, now + LEASE), pause=lambda seconds: None)
    assert {name[-6:] for name in search.names() if "mentions" in name} == {"000001"}


def test_a_document_that_is_refused_does_not_stop_the_others(search: Search, now: datetime) -> None:
    bad = make_indexed(now=now, native_id="bad")
    bad.assessments.update(probabilities={"mood": {"sunny": 1.0}})
    make_indexed("good", now=now, native_id="good")
    rebuilt(now)
    assert mentions(search) == {"file/good": "good"}
    assert DeadLetter.objects.get().mention == bad


def test_another_analyzer_asks_for_a_rebuild_and_is_used_by_it(
    search: Search, now: datetime, settings: Any
) -> None:
    make_indexed("Die Ösen reißen", now=now)
    copied(now)
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"elastic_analyzer": "keyword"})
    layout.forget()
    Mention.objects.update(indexed_at=None)
    copied(now)
    assert "kulanz reindex" in Copy.objects.get().error
    rebuilt(now)
    query = {"match": {"text": "Die Ösen reißen"}}
    search.all()
    assert search.elastic.count(index="kulanz-mentions", query=query)["count"] == 1
    assert search.elastic.count(index="kulanz-mentions", query={"match": {"text": "Ösen"}})["count"] == 0
    copied(now + LEASE)
    assert search.all()


def test_months_that_are_not_kept_are_dropped_whole(search: Search, now: datetime, settings: Any) -> None:
    for days in (0, 60):
        make_indexed(now=now, native_id=str(days), posted_at=now - timedelta(days=days))
    copied(now)
    assert retention(now=now) == 0
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"keep_months": 2})
    assert retention(now=now) == 1
    assert list(search.all()) == ["file/0"]
    assert Mention.objects.count() == 2


def test_retention_with_elasticsearch_down_waits(now: datetime, settings: Any) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"elastic_url": "http://127.0.0.1:9"})
    assert retention(now=now) == 0
    assert "cannot be reached" in Copy.objects.get().error


def test_the_command_says_what_it_did_and_what_is_missing(
    search: Search, now: datetime, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    make_source(now=now)
    call_command("reindex")
    assert "Generation 2 is read now" in capsys.readouterr().out
    for url, said in (("http://127.0.0.1:9", "cannot be reached"), ("", "KULANZ_ELASTIC_URL is empty")):
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"elastic_url": url})
        with pytest.raises(CommandError, match=said):
            call_command("reindex")


def test_a_server_that_takes_nothing_ends_the_rebuild_with_its_reason(
    search: Search, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_indexed("here", now=now, native_id="a")
    copied(now)
    monkeypatch.setattr(bulk, "write", lambda elastic, writings: [bulk.Fate("429 busy")] * len(writings))
    with pytest.raises(ElasticFault, match="does not take 1"):
        rebuilt(now)
    assert mentions(search) == {"file/a": "here"}


def once(act: Callable[[int], None]) -> Callable[[int], None]:
    """Do something at the first report only."""
    acts = [act]
    return lambda done: acts.pop()(done) if acts else None
