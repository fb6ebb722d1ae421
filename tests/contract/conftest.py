"""The network under test: each test of this folder runs once for every network that has a fake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from listeners.contract import Network, OutgoingReply
from tests.contract.fakes import FAKES, FORGETFUL, INBOXES, PASSING_ON, Fake, Watch
from tests.sleeps import no_long_sleep

where_it_can_be_read_again = pytest.mark.parametrize("fake", sorted(FAKES.keys() - FORGETFUL), indirect=True)
where_posts_are_passed_on = pytest.mark.parametrize("fake", sorted(PASSING_ON), indirect=True)
where_nothing_can_be_read_again = pytest.mark.parametrize("fake", sorted(FORGETFUL), indirect=True)


@pytest.fixture(autouse=True)
def _nothing_sleeps_for_long() -> Iterator[None]:
    """Close the libraries' ways to wait inside a call: 429, used-up allowances, faults, retries."""
    with no_long_sleep():
        yield


@pytest.fixture
def watch(now: datetime) -> Watch:
    """The clock that network and fake share."""
    return Watch(now)


@pytest.fixture(params=sorted(FAKES))
def fake(request: pytest.FixtureRequest, watch: Watch, tmp_path: Path) -> Iterator[Fake]:
    """The network's stand-in, without posts and without faults."""
    with httpx.Client() as session:
        fake = (FAKES | INBOXES)[request.param](watch, tmp_path, session)
        yield fake
        fake.close()


@pytest.fixture
def network(fake: Fake) -> Network:
    """The network, speaking to its fake."""
    return fake.network()


@pytest.fixture
def reply(fake: Fake, watch: Watch) -> OutgoingReply:
    """A reply to a post that stands on the network, about to be tried for the first time."""
    return reply_to(fake.publish("Die Öse ist gerissen 😡")[0], now=watch())


def reply_to(
    native_id: str, *, now: datetime, text: str = "Das tut uns leid. Schickst du uns ein Foto?"
) -> OutgoingReply:
    """A reply that is tried for the first time now."""
    return OutgoingReply(
        key=f"case-{native_id}",
        mention_id=native_id,
        thread_id=native_id,
        author_id="kim",
        text=text,
        first_tried_at=now,
    )
