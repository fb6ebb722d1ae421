from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from listeners.exceptions import AuthFault
from listeners.listen import listen
from listeners.login.renew import fresh_secrets
from listeners.login.store import read
from listeners.models import Source
from listeners.networks.demo import DemoServer
from tests.contract.fakes import Watch
from tests.factories import make_source
from tests.listeners.login.conftest import connected, make_app

pytestmark = pytest.mark.django_db

WORKER = """
import os, sys
from datetime import datetime
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django; django.setup()
from listeners.login import renew, store
from listeners.models import Source
address, now, step = sys.argv[1], datetime.fromisoformat(sys.argv[2]), sys.argv[3]
write = store.Kept.write
writes = []
def counted(self, login):
    writes.append(login)
    if step == "answer_lost" and len(writes) == 2: os._exit(9)
    write(self, login)
    if step == "before_use" and len(writes) == 2: os._exit(9)
store.Kept.write = counted
if step == "race": sys.stdin.readline()
source = Source(slug="one", network="x", query="mentions", settings={"base_url": address})
print(renew.fresh_secrets(source, clock=lambda: now)["token"])
"""


def start(source: Source, now: datetime, step: str) -> subprocess.Popen[str]:
    """Let another process renew the log-in, and die where `step` says."""
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, source.settings["base_url"], now.isoformat(), step],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def died(source: Source, now: datetime, step: str) -> bool:
    """Say whether another process died there."""
    worker = start(source, now, step)
    worker.communicate("go\n", timeout=120)
    return worker.returncode == 9


def look(source: Source, watch: Watch) -> Source:
    """Let the worker look once."""
    Source.objects.filter(pk=source.pk).update(next_fetch_at=watch.now)
    listen(now=watch.now)
    source.refresh_from_db()
    return source


@pytest.fixture
def source(server: DemoServer, watch: Watch) -> Source:
    """A source on X that was just connected."""
    source = make_app(server, "x", now=watch.now)
    assert connected(source, watch).ok
    return source


def test_a_token_of_two_hours_is_renewed_before_it_is_used_and_the_source_goes_on(
    source: Source, watch: Watch
) -> None:
    for _ in range(3):
        before = read("one").secrets
        watch.wait(hours=3)
        assert look(source, watch).state == "active" and source.last_error == ""
        after = read("one").secrets
        assert before["token"] != after["token"] and before["refresh_token"] != after["refresh_token"]


def test_a_token_that_still_holds_is_used_as_it_is(source: Source, watch: Watch) -> None:
    before = read("one")
    watch.wait(minutes=100)
    assert look(source, watch).last_error == "" and read("one") == before


def test_the_new_refresh_token_is_on_disk_before_the_new_token_is_used(source: Source, watch: Watch) -> None:
    before = read("one").secrets
    watch.wait(hours=3)
    assert died(source, watch.now, "before_use")
    assert read("one").secrets["refresh_token"] != before["refresh_token"]
    assert look(source, watch).state == "active" and source.last_error == ""
    watch.wait(hours=3)
    assert look(source, watch).last_error == ""


def test_a_renewal_that_died_before_its_answer_was_kept_is_told_honestly(
    source: Source, watch: Watch, now: datetime
) -> None:
    watch.wait(hours=3)
    assert died(source, watch.now, "answer_lost")
    assert look(source, watch).state == "disabled"
    assert "Connect" in source.last_error and "13:00 UTC was cut off" in source.last_error
    assert connected(source, watch).ok
    assert look(source, watch).state == "active" and source.last_error == ""


def test_of_two_processes_one_renews_and_the_other_reads_what_it_kept(
    source: Source, watch: Watch, server: DemoServer
) -> None:
    watch.wait(hours=3)
    before = len(_refresh_tokens(server))
    workers = [start(source, watch.now, "race") for _ in range(3)]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=120) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0], said
    assert {out.split()[-1] for out, _ in said} == {read("one").secrets["token"]}
    assert len(_refresh_tokens(server)) == before + 1


def _refresh_tokens(server: DemoServer) -> list[str]:
    rows = server.book._all("SELECT name FROM facts WHERE name LIKE 'oauth/x/refresh/%'")
    return [str(row[0]) for row in rows]


def test_a_refused_renewal_disables_this_source_only_and_says_what_to_do(
    source: Source, watch: Watch, server: DemoServer
) -> None:
    other = make_app(server, "threads", now=watch.now, slug="two")
    assert connected(other, watch).ok
    watch.wait(hours=3)
    for name in _refresh_tokens(server):
        server.book.note(name, "spent")
    assert look(source, watch).state == "disabled"
    assert "Connect the source again" in source.last_error
    assert look(other, watch).state == "active" and other.last_error == ""


@pytest.mark.parametrize("dial", ["error_before", "rate_limited", "cut_before"])
def test_a_vendor_that_does_not_answer_a_renewal_disables_nothing(
    source: Source, watch: Watch, server: DemoServer, dial: str
) -> None:
    watch.wait(hours=3)
    server.dial(**{dial: 1.0})
    assert look(source, watch).state == "active" and source.last_error
    server.dial()
    watch.wait(hours=1)
    assert look(source, watch).last_error == ""
    assert read("one").renewing_since is None


def test_a_token_that_is_refused_before_its_time_is_renewed_once_and_then_a_person_is_asked(
    source: Source, watch: Watch, server: DemoServer
) -> None:
    watch.wait(minutes=30)
    server.book.note(f"oauth/x/token/{read('one').secrets['token']}", "2020-01-01T00:00:00+00:00")
    assert look(source, watch).state == "active" and source.last_error
    assert look(source, watch).last_error == ""
    server.book.note(f"oauth/x/token/{read('one').secrets['token']}", "2020-01-01T00:00:00+00:00")
    assert look(source, watch).state == "disabled"


def test_a_token_of_sixty_days_is_renewed_in_its_second_half(server: DemoServer, watch: Watch) -> None:
    source = make_app(server, "threads", now=watch.now)
    connected(source, watch)
    first = read("one")
    watch.wait(days=29)
    assert look(source, watch).last_error == "" and read("one") == first
    watch.wait(days=2)
    assert look(source, watch).last_error == ""
    assert read("one").ends_at == watch.now + timedelta(days=60)


def test_a_token_of_the_environment_is_never_renewed(
    source: Source, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read("one")
    watch.wait(hours=3)
    monkeypatch.setenv("KULANZ_SECRET_ONE__TOKEN", "demo")
    assert look(source, watch).last_error == "" and read("one") == before


def test_a_source_of_another_kind_is_left_alone(now: datetime) -> None:
    source = make_source(now=now, network="mastodon")
    assert fresh_secrets(source, clock=lambda: now) == {}


def test_replies_wait_while_nobody_answers_a_renewal(
    source: Source, watch: Watch, server: DemoServer
) -> None:
    watch.wait(hours=3)
    server.dial(expired_token=True)
    with pytest.raises(AuthFault):
        fresh_secrets(source, clock=watch)
