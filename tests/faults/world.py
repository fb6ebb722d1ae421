"""A demo network with a few posts, and our side of it."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from listeners.listen import listen
from listeners.models import Mention, Source
from listeners.networks.demo import DemoServer, serve
from listeners.networks.demo.script import Author as Person
from listeners.networks.demo.script import Entry, Script
from responders import claims, outbox
from responders.models import Agent, Case, Claim, Reply
from responders.route import route
from tests.contract.fakes import Watch
from tests.factories import make_assessment, make_source
from tests.responders.answers import done

State = Reply.State
ENDS = (State.SENT, State.FAILED, State.UNDECIDED)
COMPLAINT = "Number {}: my shoe tore after two weeks, 180 € for nothing! I am furious, answer me now."


def open_network(book: Path, watch: Watch, *, posts: int) -> DemoServer:
    """Serve posts of as many people."""
    people = {f"kim{number}": Person(network="facebook") for number in range(posts)}
    entries = {
        f"p{number}": Entry(by=f"kim{number}", at=-1, text=COMPLAINT.format(number))
        for number in range(posts)
    }
    return serve(book, clock=watch, script=Script(people, entries))


def listen_to(server: DemoServer, *, now: datetime, timeout_s: float = 5.0) -> Source:
    """A source for that server."""
    settings = {"base_url": server.url, "timeout_s": timeout_s}
    return make_source(now=now, network="demo_facebook", settings=settings, next_fetch_at=now)


def cases_of(*, now: datetime) -> list[Case]:
    """Listen to the sources and make a case of each post, without asking a model."""
    assert listen(now=now)
    for mention in Mention.objects.all():
        make_assessment(mention, now=now)
    while route(now=now):
        pass
    return list(Case.objects.order_by("pk"))


def answer(cases: Sequence[Case], *, agent: Agent, now: datetime) -> None:
    """Queue a reply in each case."""
    for case in cases:
        assert isinstance(claims.take(case.pk, agent=agent, now=now), Claim)
        done(
            outbox.queue_reply(
                case.pk, agent=agent, text=f"Sorry about case {case.pk}!", form_key=uuid.uuid4(),
                newest_mention_id=case.latest_mention_id, now=now,
            )
        )  # fmt: skip


def standing(server: DemoServer) -> Counter[str]:
    """What the network's own book says: how many replies stand under each post."""
    return Counter(row.item["parent_id"] for _, row in server.book.all_replies())


def assert_the_outbox_tells_the_truth(server: DemoServer) -> None:
    """No reply stands twice, each has an end, and the end is what the network's book says."""
    stands = standing(server)
    assert all(count == 1 for count in stands.values()), stands
    for reply in Reply.objects.select_related("mention", "case"):
        assert reply.state in ENDS
        if reply.state != State.UNDECIDED:
            assert (reply.state == State.SENT) == (reply.mention.native_id in stands), reply.state
        if reply.state == State.SENT:
            assert reply.case.state == Case.State.WAITING
            assert reply.mention.first_reply_at is not None
    written = set(Mention.objects.filter(replies__isnull=False).values_list("native_id", flat=True))
    assert set(stands) <= written
