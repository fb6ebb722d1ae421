from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from listeners.models import DeadLetter, Mention
from responders import cases, waiting
from responders.models import Case, CaseMention, Customer, Identity
from responders.route import route
from sentiment.models import Assessment
from tests.factories import make_agent, make_author, make_mention, make_source
from tests.responders.desk import make_case, make_post

MINUTE = timedelta(minutes=1)
CALM = {"urgency": 0, "angry": False}
pytestmark = pytest.mark.django_db


def _only_case() -> Case:
    return Case.objects.get()


def test_an_urgent_mention_opens_a_case_for_its_author(now: datetime) -> None:
    mention = make_post(now=now, posted_at=now - 3 * MINUTE)
    assert route(now=now) == 1
    case = _only_case()
    assert (case.state, case.level, case.latest_mention) == (Case.State.OPEN, Case.Level.HIGH, mention)
    assert case.waiting_since == now - 3 * MINUTE
    assert case.due_at == now + 57 * MINUTE
    assert case.customer.identities.get().author == mention.author
    mention.refresh_from_db()
    assert mention.routed_at == mention.queued_at == now


@pytest.mark.parametrize(
    ("verdict", "opens"),
    [
        (CALM | {"intent": "thanks", "sentiment": "positive"}, False),
        (CALM | {"intent": "other"}, False),
        (CALM | {"intent": "problem"}, False),
        ({"urgency": 0, "angry": True, "intent": "other"}, True),
        ({"urgency": 1, "angry": False, "intent": "thanks"}, True),
        ({"urgency": 3, "angry": False}, True),
    ],
)
def test_the_brand_says_which_mentions_are_worth_a_case(
    verdict: dict[str, Any], opens: bool, now: datetime
) -> None:
    mention = make_post(now=now, verdict=verdict)
    route(now=now)
    assert Case.objects.exists() is opens
    mention.refresh_from_db()
    assert mention.routed_at == now
    assert mention.queued_at == (now if opens else None)
    assert Customer.objects.exists() is opens


def test_our_own_posts_and_deleted_ones_are_only_marked(now: datetime) -> None:
    own = make_post(now=now, author=make_author(network="demo_x", handle="@ZehnSchritt"))
    deleted = make_post(now=now, deleted_at=now)
    assert route(now=now) == 2
    assert not Case.objects.exists()
    assert not Mention.objects.filter(pk__in=[own.pk, deleted.pk], routed_at__isnull=True).exists()


def test_what_one_author_writes_goes_into_one_open_case(now: datetime) -> None:
    author = make_author(network="demo_x")
    first = make_post(now=now, author=author, posted_at=now - 30 * MINUTE, verdict={"urgency": 1})
    second = make_post(now=now, author=author, posted_at=now - 10 * MINUTE, verdict={"urgency": 3})
    route(now=now)
    case = _only_case()
    assert [entry.mention for entry in case.case_mentions.order_by("pk")] == [first, second]
    assert (case.level, case.latest_mention) == (Case.Level.CRITICAL, second)
    assert case.waiting_since == first.posted_at
    assert case.due_at == first.posted_at + 15 * MINUTE
    assert {part["name"] for part in case.parts} == {"urgency", "anger"}


def test_the_case_that_a_mention_joins_is_not_an_earlier_one(now: datetime) -> None:
    author = make_author(network="demo_x")
    make_case(now=now, author=author, verdict={"urgency": 1})
    make_post(now=now, author=author, verdict={"urgency": 3})
    route(now=now)
    assert {part["name"] for part in _only_case().parts} == {"urgency", "anger"}
    assert all(part["points"] > 0 for part in _only_case().parts)


def test_a_thank_you_joins_the_open_case_and_does_not_calm_it(now: datetime) -> None:
    author = make_author(network="demo_x")
    make_case(now=now, author=author, verdict={"urgency": 3})
    thanks = make_post(now=now, author=author, posted_at=now + MINUTE, verdict=CALM | {"intent": "thanks"})
    route(now=now)
    assert (_only_case().level, _only_case().latest_mention) == (Case.Level.CRITICAL, thanks)


def test_an_answer_of_the_customer_makes_it_our_turn_again(now: datetime) -> None:
    author = make_author(network="demo_x")
    case = make_case(now=now, author=author, verdict={"urgency": 3})
    Mention.objects.update(first_reply_at=now)
    waiting.theirs(case, now=now)
    case.save()
    later = now + 90 * MINUTE
    make_post(now=later, author=author, verdict={"urgency": 1})
    route(now=later)
    case = _only_case()
    assert (case.state, case.level, case.waiting_since) == (Case.State.OPEN, Case.Level.NORMAL, later)
    assert case.due_at == later + timedelta(hours=8)


def test_a_snoozed_case_comes_back_when_the_customer_writes(now: datetime) -> None:
    author = make_author(network="demo_x")
    case = make_case(now=now, author=author)
    cases.snooze(case.pk, until=now + timedelta(days=2), agent=make_agent(), now=now)
    make_post(now=now, author=author)
    route(now=now)
    assert (_only_case().state, _only_case().snoozed_until) == (Case.State.OPEN, None)


def test_a_new_complaint_after_a_resolved_case_opens_a_new_one_that_knows_of_it(now: datetime) -> None:
    author = make_author(network="demo_x")
    case = make_case(now=now, author=author)
    cases.resolve(case.pk, agent=make_agent(), now=now)
    make_post(now=now, author=author)
    route(now=now)
    new = Case.objects.get(state=Case.State.OPEN)
    assert new.customer == case.customer
    assert {"name": "history", "points": 5.0, "detail": {"cases": 1}} in new.parts


def test_one_person_has_one_case_for_each_brand_only(now: datetime) -> None:
    author = make_author(network="demo_x")
    elsewhere = make_source(now=now, network="demo_x", brand="zehnschritt")
    make_post(now=now, author=author)
    make_post(now=now, author=author, source=elsewhere)
    route(now=now)
    assert Case.objects.count() == 1
    assert Identity.objects.count() == 1


def test_a_poison_mention_is_put_aside_with_its_error_and_the_rest_of_its_batch_goes_on(
    now: datetime,
) -> None:
    posts = [make_post(now=now) for _ in range(9)]
    Assessment.objects.filter(mention=posts[4]).update(probabilities={})
    Assessment.objects.filter(mention=posts[7]).delete()
    assert route(now=now) == 9
    assert Case.objects.count() == 7
    assert set(Mention.objects.filter(dead=True)) == {posts[4], posts[7]}
    letters = DeadLetter.objects.filter(stage="route")
    assert {letter.mention for letter in letters} == {posts[4], posts[7]}
    assert "KeyError: 'urgency'" in {letter.error for letter in letters}
    assert route(now=now) == 0


def test_a_mention_of_a_brand_without_a_file_is_put_aside(now: datetime) -> None:
    make_post(now=now, source=make_source(now=now, brand="nobody", network="demo_x"))
    route(now=now)
    assert "No brand file is named nobody.yaml" in DeadLetter.objects.get().error


def test_an_archive_of_old_posts_does_not_jump_the_queue(now: datetime) -> None:
    old = make_case(now=now, posted_at=now - timedelta(days=900), verdict={"urgency": 2})
    new = make_case(now=now, verdict={"urgency": 2, "angry": True})
    assert old.waiting_since == now - timedelta(days=900)
    assert new.rank_at - old.rank_at <= timedelta(days=1)


def test_routing_twice_changes_nothing(now: datetime) -> None:
    make_case(now=now)
    before = list(Case.objects.values()), list(CaseMention.objects.values())
    assert route(now=now + MINUTE) == 0
    assert (list(Case.objects.values()), list(CaseMention.objects.values())) == before


def test_an_unassessed_mention_waits(now: datetime) -> None:
    make_mention(now=now)
    assert route(now=now) == 0
