"""At most once against a network that fails in every way: what an outbox can earn with this contract."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from listeners.contract import Account, Clock, OutgoingReply, Receipt
from listeners.exceptions import OutcomeUnknown, TransientFault
from listeners.networks.demo import serve
from listeners.networks.demo.client import SETTLES_AFTER, DemoFacebook
from listeners.networks.demo.script import Author, Entry, Script
from tests.contract.fakes import Watch

ROOT = Path(__file__).parents[3]
PATIENCE = 200


def deliver(network: DemoFacebook, reply: OutgoingReply, watch: Watch) -> Receipt:
    """Send a reply as an outbox does: after an unknown outcome only a proof of absence allows a retry."""
    for _ in range(PATIENCE):
        try:
            return network.send(replace(reply, first_tried_at=watch()))
        except TransientFault:
            continue
        except OutcomeUnknown:
            if receipt := look(network, replace(reply, first_tried_at=watch()), watch):
                return receipt
    raise AssertionError("The storm never ended.")


def look(network: DemoFacebook, reply: OutgoingReply, watch: Watch) -> Receipt | None:
    """Look for a reply until the network gives a certain answer."""
    for _ in range(PATIENCE):
        watch.wait(seconds=SETTLES_AFTER.total_seconds() + 1)
        try:
            return network.find_sent(reply)
        except (TransientFault, OutcomeUnknown):
            continue
    raise AssertionError("The network never told.")


@pytest.fixture
def watch(now: datetime) -> Watch:
    return Watch(now)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_a_storm_of_faults_every_reply_stands_exactly_once(
    tmp_path: Path, watch: Watch, seed: int
) -> None:
    people = {"kim": Author(network="facebook")}
    posts = {f"p{number}": Entry(by="kim", at=-1, text=f"Problem {number}") for number in range(40)}
    with (
        serve(tmp_path / "book.sqlite3", clock=watch, script=Script(people, posts)) as server,
        httpx.Client() as session,
    ):
        network = make_network(server.url, session, watch)
        mentions = network.fetch("").posts
        server.dial(
            seed=seed, lose_answer=0.25, cut_before=0.1, rate_limited=0.1, error_before=0.1, error_after=0.1,
            malformed_json=0.05, malformed_item=0.05, cut_body=0.05, duplicates=0.2, reorder=0.5,
        )  # fmt: skip
        receipts = [deliver(network, reply_to(post.native_id), watch) for post in mentions]
        replies = server.book.all_replies()
    assert Counter(row.item["parent_id"] for _, row in replies) == Counter(
        post.native_id for post in mentions
    )
    assert {receipt.native_id for receipt in receipts} == {row.item["id"] for _, row in replies}


def test_a_killed_server_comes_back_with_every_reply_it_had_confirmed(tmp_path: Path, watch: Watch) -> None:
    book = tmp_path / "book.sqlite3"
    with httpx.Client() as session:
        with process(book) as (url, server):
            network = make_network(url, session, watch)
            post = next(post for post in network.fetch("").posts if post.author.handle == "jana.rennt")
            receipt = network.send(reply_to(post.native_id))
            os.kill(server.pid, signal.SIGKILL)
        with process(book) as (url, _):
            thread = make_network(url, session, watch).thread(post.native_id)
            replies = session.get(f"{url}/book/replies").json()["replies"]
    assert receipt.native_id in {one.native_id for one in thread}
    assert [one["id"] for one in replies] == [receipt.native_id]


@contextmanager
def process(book: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the demo network as a process of its own."""
    command = [sys.executable, "-m", "listeners.networks.demo", "--book", str(book), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[3]
        yield url, server
        server.kill()


def make_network(url: str, session: httpx.Client, clock: Clock) -> DemoFacebook:
    return DemoFacebook(Account(settings={"base_url": url, "page_size": 100}), session=session, clock=clock)


def reply_to(native_id: str) -> OutgoingReply:
    return OutgoingReply(
        key=native_id, mention_id=native_id, thread_id=native_id, author_id="", text="Hallo!"
    )
