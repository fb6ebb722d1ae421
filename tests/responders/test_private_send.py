"""From what a customer wrote in an inbox or below a post to the answer that only they read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from listeners.contract import Clock, Network
from listeners.intake import store
from listeners.models import Mention, Source
from responders import claims, outbox
from responders.models import Case, Reply
from responders.route import route
from responders.send import send
from tests.contract.fakes import FacebookFake, FacebookMessagesFake, Watch
from tests.factories import make_agent, make_assessment, make_source
from tests.responders.answers import done

UNDO = timedelta(seconds=11)


@pytest.fixture(params=[FacebookFake, FacebookMessagesFake])
def fake(request: pytest.FixtureRequest, now: datetime, tmp_path: Path) -> Iterator[Any]:
    with httpx.Client() as session:
        fake = request.param(Watch(now), tmp_path, session)
        yield fake
        fake.close()


def claimed(fake: Any, now: datetime) -> tuple[Case, Any]:
    (native_id,) = fake.publish_for_private("Die Öse ist gerissen 😡")
    source = make_source(now=now, network="facebook", query=fake.query)
    store(fake.network().fetch(""), source=source, now=now)
    make_assessment(Mention.objects.get(native_id=native_id), now=now)
    route(now=now)
    case, agent = Case.objects.get(), make_agent()
    done(claims.take(case.pk, agent=agent, now=now))
    return case, agent


def opened(fake: Any) -> Any:
    def network(source: Source, *, clock: Clock) -> Network:
        return fake.network()

    return network


@pytest.mark.django_db
def test_a_private_answer_whose_confirmation_is_lost_is_found_and_stands_once(
    fake: Any, now: datetime
) -> None:
    case, agent = claimed(fake, now)
    done(
        outbox.queue_reply(
            case.pk, agent=agent, text="Hier ist dein Code.", form_key=uuid.uuid4(),
            newest_mention_id=case.latest_mention_id, is_private=True, now=now,
        )
    )  # fmt: skip
    fake.break_down("lost_answer", only_writes=True)
    send(now=now + UNDO, networks=opened(fake))
    assert Reply.objects.get().state == Reply.State.UNKNOWN
    fake.heal()
    send(now=now + timedelta(minutes=2), networks=opened(fake))
    assert Reply.objects.get().state == Reply.State.SENT
    assert fake.private_replies() == [(case.latest_mention.native_id, "Hier ist dein Code.")]


@pytest.mark.django_db
def test_what_waits_in_the_outbox_beyond_the_window_ends_as_not_sent_with_the_networks_reason(
    fake: Any, now: datetime
) -> None:
    case, agent = claimed(fake, now)
    done(
        outbox.queue_reply(
            case.pk, agent=agent, text="Hier ist dein Code.", form_key=uuid.uuid4(),
            newest_mention_id=case.latest_mention_id, is_private=True, now=now,
        )
    )  # fmt: skip
    fake.watch.wait(days=8)
    send(now=now + timedelta(days=8), networks=opened(fake))
    reply = Reply.objects.get()
    assert (reply.state, fake.replies()) == (Reply.State.FAILED, [])
    assert "outside of allowed window" in reply.error
