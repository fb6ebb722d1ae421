from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from listeners.models import Mention
from responders import cases, people
from responders.models import Agent, Case, Reply
from responders.outbox import answer_by_hand
from responders.route import route
from sentiment.correct import correct
from sentiment.models import Assessment
from tests.responders.desk import claimed_case, make_post
from trends.agreement import Share, Week, agreement_by_week

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
pytestmark = pytest.mark.django_db


def weeks(now: datetime, *, back: int = 0, brand: str = "zehnschritt") -> list[Week]:
    return agreement_by_week(brand, since=now - back * WEEK, until=now + HOUR, zone=BERLIN)


def shares(now: datetime) -> dict[str, tuple[int, int]]:
    (week,) = weeks(now)
    return {head: (share.agreed, share.n) for head, share in week.heads.items()}


def answered(case: Case, agent: Agent, *, now: datetime) -> None:
    url = "https://x.example/1"
    reply = answer_by_hand(case.pk, agent=agent, text="Gerne!", url=url, form_key=uuid4(), now=now)
    assert isinstance(reply, Reply)


def corrected(case: Case, agent: Agent, head: str, value: str, *, now: datetime) -> None:
    verdict = Assessment.objects.get(mention=case.latest_mention_id)
    correct(verdict.pk, agent=agent, head=head, value=value, now=now)


EVERY = dict.fromkeys(("sentiment", "urgency", "angry", "intent"), (1, 1))
NOTHING = dict.fromkeys(EVERY, (0, 0))


def test_who_answers_a_post_and_leaves_its_verdict_agrees_with_all_of_it(now: datetime) -> None:
    answered(*claimed_case(now=now), now=now)
    assert shares(now) == EVERY


def test_who_closes_a_case_without_an_answer_agrees_with_the_verdict_on_its_newest_post(
    now: datetime,
) -> None:
    case, agent = claimed_case(now=now)
    assert shares(now) == NOTHING, "a post that nobody handled says nothing"
    cases.resolve(case.pk, agent=agent, now=now)
    assert shares(now) == EVERY


def test_a_correction_is_disagreement_on_its_head_and_the_others_are_agreed_to(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    corrected(case, agent, "urgency", "0", now=now)
    assert shares(now) == NOTHING | {"urgency": (0, 1)}
    answered(case, agent, now=now)
    assert shares(now) == EVERY | {"urgency": (0, 1)}


def test_a_correction_that_was_taken_back_is_agreement(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    for value in ("0", "3", "2"):
        corrected(case, agent, "urgency", value, now=now)
    assert shares(now) == NOTHING | {"urgency": (1, 1)}


def test_a_post_counts_once_in_the_week_of_the_first_answer(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    answered(case, agent, now=now)
    later = now + WEEK
    cases.resolve(case.pk, agent=agent, now=later)
    first, second = weeks(later, back=1)
    assert (first.heads["intent"], second.heads["intent"]) == (Share(1, 1), Share(0, 0))


def test_a_later_correction_moves_the_post_from_agreement_to_disagreement(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    answered(case, agent, now=now)
    later = now + WEEK
    corrected(case, agent, "intent", "question", now=later)
    for until in (now, later):
        first = weeks(until, back=1)[0 if until == later else 1]
        assert first.heads["intent"] == Share(0, 0)
    assert weeks(later)[0].heads["intent"] == Share(0, 1)


def test_a_week_begins_on_monday_in_the_brands_zone(now: datetime) -> None:
    monday = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    case, agent = claimed_case(now=monday)
    answered(case, agent, now=monday)
    before, week = weeks(now, back=1)
    assert (before.monday, week.monday) == (date(2026, 11, 16), date(2026, 11, 23))
    assert (before.heads["angry"].n, week.heads["angry"].n) == (0, 1)


def test_a_language_that_the_model_does_not_speak_an_erased_person_and_another_brand_do_not_count(
    now: datetime,
) -> None:
    answered(*claimed_case(now=now, verdict={"supported": False}), now=now)
    erased, _ = claimed_case(now=now)
    people.erase(erased.customer_id, agent=None, now=now)
    assert shares(now) == NOTHING
    assert weeks(now, brand="another")[0].heads["intent"].n == 0


def test_a_verdict_on_an_edited_post_is_a_new_one(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    corrected(case, agent, "urgency", "0", now=now)
    Assessment.objects.update(assessed_at=now + HOUR)
    assert shares(now) == NOTHING


def test_an_older_post_of_the_case_was_not_seen_with_its_verdict(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    author = case.latest_mention.author
    make_post(now=now + HOUR, author=author)
    while route(now=now + HOUR):
        pass
    assert Mention.objects.filter(case_mention__case=case).count() == 2
    answered(Case.objects.get(), agent, now=now + timedelta(minutes=5))
    assert shares(now) == EVERY


@pytest.mark.parametrize(
    ("agreed", "n", "low", "high"), [(0, 0, 0, 100), (1, 1, 21, 100), (90, 100, 83, 94), (0, 50, 0, 7)]
)
def test_the_range_is_wilsons(agreed: int, n: int, low: int, high: int) -> None:
    assert Share(agreed, n).range == (low, high)
