from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from listeners import stream as streaming
from listeners.exceptions import InputError, ListenerError, RateLimited, Unavailable
from listeners.listen import listen
from listeners.models import DeadLetter, Mention, Source, Stream
from listeners.networks.registry import open_network
from listeners.sources import add_source
from listeners.stream import STEADY_AFTER, Streams, wanted_streams
from listeners.streams import LEASE
from tests.contract.fakes import MastodonFake, MastodonTagFake, VendorFake, Watch, XFake
from tests.factories import make_source
from tests.sleeps import no_long_sleep

pytestmark = pytest.mark.django_db
PATIENCE_S = 10.0
KINDS: dict[str, type[VendorFake]] = {
    "x": XFake,
    "mastodon_tag": MastodonTagFake,
    "mastodon_mentions": MastodonFake,
}


class Bench:
    """A stand-in with an open stream's source, and workers that hold streams."""

    def __init__(self, fake: VendorFake, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fake, self.watch, self.workers = fake, watch, []  # type: list[Any]
        self._env = monkeypatch
        self.sources: list[Source] = []

    def source(self, slug: str = "heard", *, query: str | None = None, **settings: Any) -> Source:
        """A source that is to be told at once."""
        url = f"{self.fake.server.url}/fakes/{self.fake.name}"
        secrets = {"bearer_token": "demo"} if self.fake.name == "x" else {}
        for name, value in {**self.fake.secrets, **secrets}.items():
            self._env.setenv(f"KULANZ_SECRET_{slug.upper().replace('-', '_')}__{name.upper()}", value)
        source = make_source(
            now=self.watch(),
            slug=slug,
            network=self.fake.name,
            query=self.fake.query if query is None else query,
            settings={"base_url": url, "stream": True, **settings},
        )
        self.sources.append(source)
        return source

    def worker(self) -> Streams:
        """Another worker."""
        self.workers.append(Streams())
        return self.workers[-1]

    def until(self, worker: Streams, is_so: Callable[[], object]) -> None:
        """Let a worker work whenever something arrives, until something is so."""
        worker(now=self.watch())
        while not is_so():
            assert worker.arrived.wait(PATIENCE_S), "nothing came"
            worker(now=self.watch())

    def poll(self) -> None:
        """Let the poll go its round."""
        Source.objects.update(next_fetch_at=self.watch())
        listen(now=self.watch())

    def connect(self, worker: Streams) -> None:
        """Wait until a stream has said something."""
        self.until(worker, lambda: Stream.objects.filter(heard_at=self.watch()).exists())


@pytest.fixture(autouse=True)
def _nothing_sleeps_for_long() -> Iterator[None]:
    """Close the libraries' own ways to wait before they connect again."""
    with no_long_sleep():
        yield


@pytest.fixture(params=sorted(KINDS))
def bench(
    request: pytest.FixtureRequest, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    """Each kind of stream that there is."""
    watch = Watch(now)
    bench = Bench(KINDS[request.param](watch, tmp_path, None), watch, monkeypatch)  # type: ignore[arg-type]
    yield bench
    for worker in bench.workers:
        worker.close()
    bench.fake.close()


on_x = pytest.mark.parametrize("bench", ["x"], indirect=True)


def texts() -> list[str]:
    return sorted(text.split()[-1] for text in Mention.objects.values_list("text", flat=True))


def ended() -> bool:
    return Stream.objects.exclude(last_error="").exists()


def test_a_post_is_told_at_once_and_the_poll_finds_it_again_as_the_same_mention(bench: Bench) -> None:
    source, worker = bench.source(), bench.worker()
    bench.connect(worker)
    bench.fake.publish("Die Öse ist gerissen 😡")
    bench.until(worker, Mention.objects.exists)
    source.refresh_from_db()
    assert source.cursor == ""
    bench.poll()
    source.refresh_from_db()
    assert source.cursor != ""
    assert source.mentions.count() == 1


def test_a_post_that_the_poll_had_first_is_not_doubled_by_the_stream(bench: Bench) -> None:
    source, worker = bench.source(), bench.worker()
    bench.connect(worker)
    bench.fake.publish("eins")
    bench.poll()
    source.refresh_from_db()
    cursor = source.cursor
    bench.fake.publish("zwei")
    bench.until(worker, lambda: source.mentions.count() == 2)
    source.refresh_from_db()
    assert source.cursor == cursor


def test_doubled_and_malformed_items_are_stored_once_and_set_aside(bench: Bench) -> None:
    source, worker = bench.source(), bench.worker()
    bench.connect(worker)
    bench.fake.server.dial(duplicates=1.0, malformed_item=1.0)
    bench.fake.publish("eins", "zwei")
    bench.until(worker, lambda: source.mentions.count() == 2 and DeadLetter.objects.exists())
    assert texts() == ["eins", "zwei"]


def test_a_line_that_is_not_json_is_set_aside_and_the_stream_goes_on(bench: Bench) -> None:
    source, worker = bench.source(), bench.worker()
    bench.connect(worker)
    bench.fake.server.dial(malformed_json=1.0)
    bench.fake.publish("verdorben")
    bench.until(worker, DeadLetter.objects.exists)
    bench.fake.server.dial()
    bench.fake.publish("danach")
    bench.until(worker, Mention.objects.exists)
    assert texts() == ["danach"]
    assert "item of the stream" in DeadLetter.objects.get().where
    bench.poll()
    assert source.mentions.count() == 2


@pytest.mark.parametrize("dials", [{"cut_body": 1.0}, {"outage": True}])
def test_a_cut_stream_is_opened_again_by_our_own_patience_and_the_poll_fills_the_gap(
    bench: Bench, dials: dict[str, Any]
) -> None:
    source, worker = bench.source(), bench.worker()
    bench.connect(worker)
    bench.fake.server.dial(**dials)
    bench.fake.publish("abgeschnitten")
    bench.until(worker, ended)
    stream = Stream.objects.get()
    assert (stream.failures, stream.holder) == (1, "")
    assert stream.next_try_at == bench.watch() + timedelta(seconds=5)
    source.refresh_from_db()
    assert (source.state, source.failures) == (Source.State.ACTIVE, 0)
    bench.fake.server.dial()
    assert worker(now=bench.watch()) == 0
    bench.poll()
    assert texts() == ["abgeschnitten"]
    bench.watch.wait(seconds=5)
    bench.connect(worker)
    bench.fake.publish("wieder")
    bench.until(worker, lambda: source.mentions.count() == 2)


def test_a_stream_that_fails_again_and_again_waits_longer_each_time_and_a_steady_one_is_forgiven(
    bench: Bench,
) -> None:
    bench.source()
    worker = bench.worker()
    bench.fake.server.dial(error_before=1.0)
    waits = []
    for _ in range(3):
        bench.until(worker, lambda: Stream.objects.filter(next_try_at__gt=bench.watch()).exists())
        stream = Stream.objects.get()
        assert stream.next_try_at
        waits.append((stream.next_try_at - bench.watch()).total_seconds())
        bench.watch.now = stream.next_try_at
    assert waits == [5, 10, 20]
    bench.fake.server.dial(heartbeat_s=0.05)
    bench.connect(worker)
    assert Stream.objects.get().failures == 3
    for _ in range(int(STEADY_AFTER / LEASE) * 2):
        bench.watch.now += LEASE / 2
        bench.connect(worker)
    assert (Stream.objects.get().failures, Stream.objects.get().last_error) == (0, "")


def test_a_connection_that_says_nothing_is_noticed_and_left(bench: Bench) -> None:
    bench.source(silence_s=0.3)
    worker = bench.worker()
    bench.fake.server.dial(heartbeat_s=0.05)
    bench.connect(worker)
    bench.fake.server.dial(stream_silent=True)
    bench.until(worker, ended)
    assert "nothing came for too long" in Stream.objects.get().last_error


def test_a_limit_is_waited_for_as_long_as_the_network_asks(bench: Bench) -> None:
    source, worker = bench.source(), bench.worker()
    bench.fake.server.dial(rate_limited=1.0, retry_after="120")
    bench.until(worker, ended)
    assert Stream.objects.get().next_try_at == bench.watch() + timedelta(minutes=2)
    source.refresh_from_db()
    assert source.state == Source.State.ACTIVE


def test_a_refused_log_in_is_the_only_fault_that_disables_the_source(bench: Bench) -> None:
    source, worker = bench.source(), bench.worker()
    bench.fake.server.dial(expired_token=True)
    bench.until(worker, ended)
    source.refresh_from_db()
    assert source.state == Source.State.DISABLED
    bench.watch.wait(hours=1)
    assert worker(now=bench.watch()) == 0
    assert Stream.objects.get().holder == ""


def test_of_two_workers_one_holds_the_stream_and_the_other_takes_it_when_that_one_dies(bench: Bench) -> None:
    source, first, second = bench.source(), bench.worker(), bench.worker()
    bench.connect(first)
    for _ in range(2):
        second(now=bench.watch())
        assert Stream.objects.get().holder == first.holder
        bench.watch.now += LEASE / 2
        first(now=bench.watch())
    bench.fake.server.cut()
    bench.watch.now += LEASE + timedelta(seconds=1)
    bench.connect(second)
    assert Stream.objects.get().holder == second.holder
    bench.fake.publish("weiter")
    bench.until(second, lambda: source.mentions.count() == 1)


def test_a_worker_that_slept_past_its_lease_lets_go(bench: Bench) -> None:
    bench.source()
    first, second = bench.worker(), bench.worker()
    bench.connect(first)
    bench.watch.now += LEASE + timedelta(seconds=1)
    first(now=bench.watch())
    bench.connect(first)
    assert Stream.objects.get().holder == first.holder
    Stream.objects.update(holder=second.holder)
    bench.watch.now += LEASE / 2
    first(now=bench.watch())
    assert not first.held
    assert Stream.objects.get().holder == second.holder


def test_a_stopped_worker_ends_its_threads_and_lets_another_go_on_at_once(bench: Bench) -> None:
    bench.source()
    first, second = bench.worker(), bench.worker()
    bench.connect(first)
    first.close()
    assert [thread for thread in threading.enumerate() if thread.name.startswith("stream ")] == []
    assert Stream.objects.get().holder == ""
    bench.connect(second)


def test_a_source_that_is_paused_or_wants_no_stream_has_none(bench: Bench) -> None:
    source, worker = bench.source(), bench.worker()
    bench.connect(worker)
    for change in ({"state": Source.State.PAUSED}, {"state": Source.State.ACTIVE, "settings": {}}):
        Source.objects.filter(pk=source.pk).update(**change)
        bench.watch.wait(seconds=5)
        worker(now=bench.watch())
        assert not worker.held


@on_x
def test_sources_of_an_app_share_its_stream_and_its_rules_keep_step_with_them(bench: Bench) -> None:
    bench.source("marke", query="zehnschritt")
    other, worker = bench.source("sohle", query="sohle"), bench.worker()
    bench.fake.server.book.note("x/rules", '[{"id": "9", "value": "cats", "tag": "of another tool"}]')
    bench.connect(worker)
    assert rules(bench) == ["cats", "(zehnschritt) -is:retweet", "(sohle) -is:retweet"]
    bench.fake.publish("Die Sohle löst sich")
    bench.until(worker, Mention.objects.exists)
    Source.objects.filter(pk=other.pk).update(query="naht")
    bench.watch.wait(seconds=5)
    bench.connect(worker)
    assert rules(bench) == ["cats", "(zehnschritt) -is:retweet", "(naht) -is:retweet"]


def rules(bench: Bench) -> list[str]:
    return [rule["value"] for rule in json.loads(bench.fake.server.book.fact("x/rules") or "[]")]


@on_x
def test_a_rule_that_x_refuses_is_said_and_the_others_are_heard(bench: Bench) -> None:
    bench.source("falsch", query="(((")
    source, worker = bench.source(), bench.worker()
    bench.connect(worker)
    assert "falsch: X refuses the rule" in Stream.objects.get().last_error
    bench.fake.server.dial(heartbeat_s=0.05)
    for _ in range(int(STEADY_AFTER / LEASE) * 2):
        bench.watch.now += LEASE / 2
        bench.connect(worker)
    assert "falsch: X refuses the rule" in Stream.objects.get().last_error
    bench.fake.publish("trotzdem")
    bench.until(worker, lambda: source.mentions.exists())


@on_x
def test_the_farewell_of_x_is_kept_in_its_words(bench: Bench) -> None:
    bench.source()
    worker = bench.worker()
    bench.connect(worker)
    bench.fake.server.dial(stream_farewell=True)
    bench.until(worker, ended)
    assert "disconnected upstream" in Stream.objects.get().last_error


@on_x
def test_mentions_are_heard_by_the_handle_of_the_account(bench: Bench) -> None:
    source, worker = bench.source(query="mentions"), bench.worker()
    bench.connect(worker)
    bench.fake.publish("gemeint")
    bench.until(worker, lambda: source.mentions.exists())
    assert rules(bench) == ["(@zehnschritt) -is:retweet"]


@pytest.mark.parametrize("bench", ["mastodon_tag"], indirect=True)
def test_an_edit_and_a_deletion_are_told_too(bench: Bench) -> None:
    source, worker = bench.source(), bench.worker()
    bench.connect(worker)
    (native_id,) = bench.fake.publish("Drecksladen")
    bench.until(worker, lambda: source.mentions.exists())
    bench.watch.wait(seconds=1)
    bench.fake.edit(native_id, "#zehnschritt Schade")
    bench.until(worker, lambda: source.mentions.filter(text__contains="Schade").exists())
    bench.fake.delete(native_id)
    bench.until(worker, lambda: source.mentions.filter(deleted_at__isnull=False).exists())


@pytest.mark.parametrize("bench", ["x", "mastodon_tag"], indirect=True)
def test_what_cannot_be_told_at_once_is_said_when_the_source_is_tried_and_is_polled_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, worker = bench.source(query="zehnschritt"), bench.worker()
    monkeypatch.delenv("KULANZ_SECRET_HEARD__BEARER_TOKEN", raising=False)
    health = open_network(source, clock=bench.watch).check()
    assert not health.ok and "stream" in health.message
    worker(now=bench.watch())
    assert not worker.held
    bench.fake.publish("gelesen")
    bench.poll()
    assert texts() == ["gelesen"]


def test_a_network_without_streams_says_so_at_once(now: datetime) -> None:
    with pytest.raises(InputError, match="no streams"):
        add_source(
            brand="zehnschritt", network="reddit", query="x", settings={"stream": True}, clock=lambda: now
        )


@pytest.mark.parametrize("fault", [Unavailable("no answer"), RateLimited("a pause")])
def test_a_log_in_that_cannot_be_renewed_keeps_the_streams_of_no_other_source(
    now: datetime, fault: ListenerError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(source: Source, **_: Any) -> Any:
        raise fault

    monkeypatch.setattr(streaming, "open_network", opened)
    make_source(now=now, slug="lost", network="x", settings={"stream": True})
    assert wanted_streams(now=now) == ({}, {"lost": str(fault)})
