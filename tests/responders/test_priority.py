from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import translation

from config.brand import Routing
from responders import priority
from responders.models import Case
from responders.priority import Priority, weigh
from responders.reweigh import reweigh
from sentiment.correct import correct
from sentiment.models import Assessment
from tests.factories import make_agent, make_assessment, make_author, make_mention
from tests.responders.desk import make_case

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def points(of: Priority) -> dict[str, float]:
    return {part.name: part.points for part in of.parts}


def weighed(*, now: datetime, followers: int = 0, earlier: int = 0, **verdict: object) -> Priority:
    assessment = make_assessment(make_mention(now=now), now=now, **verdict)
    return weigh(assessment, followers=followers, earlier_cases=earlier, routing=Routing())


def test_points_come_from_expected_urgency_anger_reach_and_history(now: datetime) -> None:
    full = weighed(now=now, followers=100_000, earlier=2, urgency=3, angry=True)
    assert full.level == Case.Level.CRITICAL
    assert points(full) == {"urgency": 56.4, "anger": 13.5, "reach": 10.0, "history": 10.0}
    assert full.base_points == pytest.approx(89.9)


def test_what_weighs_nothing_is_not_listed(now: datetime) -> None:
    assert set(points(weighed(now=now, urgency=1, angry=False, followers=900))) == {"urgency"}


def test_history_counts_three_cases_at_most(now: datetime) -> None:
    assert points(weighed(now=now, earlier=9))["history"] == points(weighed(now=now, earlier=3))["history"]


def test_anger_alone_lifts_a_mention_to_normal(now: datetime) -> None:
    assert weighed(now=now, urgency=0, angry=True).level == Case.Level.NORMAL


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "critical: fraud words, 91 %; angry, 90 %; 12,400 followers; waiting 14 minutes"),
        (
            "de",
            "kritisch: Wörter für Betrug, 91 %; verärgert, 90 %; 12.400 Follower; wartet seit 14 Minuten",
        ),
    ],
)
def test_the_reasons_are_said_in_words(language: str, words: str, now: datetime) -> None:
    author = make_author(network="demo_x", followers=12_400)
    verdict = {"urgency": 3, "cues": ["fraud"]}
    case = make_case(now=now, author=author, verdict=verdict)
    with translation.override(language):
        said = priority.sentence(case, now=now + 14 * MINUTE).replace("\xa0", " ")
    assert said == words


def test_waiting_adds_a_point_each_six_minutes_until_we_have_answered(now: datetime) -> None:
    case = make_case(now=now)
    waiting = priority.explain(case, now=now + 60 * MINUTE)[-1]
    assert (waiting.name, waiting.points) == ("waiting", 10.0)
    case.due_at = None
    assert priority.explain(case, now=now + 60 * MINUTE)[-1].name != "waiting"


def test_the_rank_is_the_same_order_as_points_and_waiting_together(now: datetime) -> None:
    early = make_case(now=now, posted_at=now - 100 * MINUTE, verdict={"urgency": 2, "angry": False})
    late = make_case(now=now, posted_at=now - 20 * MINUTE, verdict={"urgency": 2, "angry": True})

    def total(case: Case) -> float:
        return sum(part.points for part in priority.explain(case, now=now))

    assert (total(early) > total(late)) == (early.rank_at < late.rank_at)


def test_a_corrected_verdict_is_certain_and_the_case_is_weighed_again(now: datetime) -> None:
    case = make_case(now=now, posted_at=now - 10 * MINUTE, verdict={"urgency": 1, "angry": False})
    assessment = Assessment.objects.get()
    correct(assessment.pk, agent=make_agent(), head="urgency", value="3", now=now)
    case = reweigh(case.pk, now=now)
    assert (case.level, case.base_points) == (Case.Level.CRITICAL, 60.0)
    assert case.rank_at == now - 10 * MINUTE - 360 * MINUTE
    assert case.due_at == now + 5 * MINUTE
