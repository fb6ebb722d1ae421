from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from listeners import context as fetching
from listeners.contract import Account, Health, Network, Page, Person, Post
from listeners.guard import guarded_session
from listeners.intake import store
from listeners.models import Context, ContextPost, Conversation, Mention
from responders import cases, people
from responders.context import context
from responders.models import Case
from tests.factories import make_agent, make_author
from tests.responders.answers import done
from tests.responders.desk import answerable_source, make_case

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


class Square(Network):
    """A network on which one conversation stands."""

    name, label = "demo_x", "Square"

    def __init__(self, posts: list[Post], now: datetime) -> None:
        super().__init__(Account(), session=guarded_session(), clock=lambda: now)
        self.posts = posts
        self.asked: list[str] = []

    def fetch(self, cursor: str) -> Page:
        return Page(posts=(), cursor="")

    def thread(self, mention_id: str) -> list[Post]:
        self.asked.append(mention_id)
        return self.posts

    def check(self) -> Health:
        return Health(ok=True, message="")


@pytest.fixture
def square(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Iterator[Square]:
    """Kim complains, Noa agrees."""
    square = Square(
        [post("k1", "Kim", "Der Schuh ist hin!", now), post("n1", "Noa", "Meiner auch!", now)], now
    )
    monkeypatch.setattr(fetching, "open_network", lambda source, **_: square)
    yield square


def post(native_id: str, name: str, text: str, now: datetime) -> Post:
    who = Person(native_id=f"{name}-7", handle=name.lower(), name=name)
    return Post(
        native_id=native_id,
        author=who,
        text=text,
        posted_at=now - timedelta(minutes=5),
        parent_id="" if native_id == "k1" else "k1",
        thread_id="k1",
    )


def noas_case(now: datetime) -> Case:
    author = make_author(network="demo_x", native_id="Noa-7", handle="noa")
    return make_case(now=now, author=author, native_id="n1", parent_id="k1", thread_id="k1")


def test_what_a_case_s_mention_answers_is_fetched_and_needs_no_case_of_its_own(
    square: Square, now: datetime
) -> None:
    noas_case(now)
    assert [context(now=now), context(now=now)] == [1, 0]
    assert ContextPost.objects.get().text == "Der Schuh ist hin!"
    assert Case.objects.count() == 1 and Mention.objects.count() == 1


def test_a_mention_without_a_case_is_not_asked_about(square: Square, now: datetime) -> None:
    store(Page(posts=(square.posts[1],), cursor=""), source=answerable_source(now=now), now=now)
    assert context(now=now) == 0
    assert square.asked == []


def test_a_resolved_case_s_context_is_not_asked_for_and_goes_unless_the_case_is_opened_again(
    square: Square, now: datetime
) -> None:
    case, agent = noas_case(now), make_agent()
    context(now=now)
    done(cases.resolve(case.pk, agent=agent, now=now))
    assert context(now=now + 0.9 * WEEK) == 0
    assert ContextPost.objects.exists()
    done(cases.reopen(case.pk, agent=agent, now=now + 0.9 * WEEK))
    assert context(now=now + 0.9 * WEEK) == 1
    done(cases.resolve(case.pk, agent=agent, now=now + WEEK))
    context(now=now + 2 * WEEK)
    assert square.asked == ["n1", "n1"]
    assert not (ContextPost.objects.exists() or Conversation.objects.exists() or Context.objects.exists())


def test_who_is_erased_is_erased_where_others_answered_them_and_stays_so(
    square: Square, now: datetime
) -> None:
    noas_case(now)
    kim = make_case(now=now, author=make_author(network="demo_x", native_id="Kim-7", handle="kim"))
    context(now=now)
    assert people.export(kim.customer_id)["context"] == [
        {
            "network": "demo_x",
            "native_id": "k1",
            "text": "Der Schuh ist hin!",
            "url": "",
            "posted_at": now - timedelta(minutes=5),
        }
    ]
    done(people.erase(kim.customer_id, agent=None, now=now))
    square.posts[0] = replace(square.posts[0], text="Der Schuh ist immer noch hin!")
    for later in (timedelta(0), 0.8 * WEEK):
        context(now=now + later)
        row = ContextPost.objects.get()
        assert (row.text, row.handle, row.name, row.author_native_id) == ("", "", "", "")
        assert row.deleted and row.erased
    assert len(square.asked) == 2


def test_what_an_erased_customer_answered_goes_with_them(square: Square, now: datetime) -> None:
    case = noas_case(now)
    context(now=now)
    done(people.erase(case.customer_id, agent=None, now=now))
    assert not ContextPost.objects.exists() and not Conversation.objects.exists()
