from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from responders import audit, cases, goodwill
from responders.timeline import ACTS, timeline
from sentiment.correct import correct
from sentiment.models import Assessment
from tests.factories import make_agent
from tests.responders.desk import claimed_case


@pytest.mark.django_db
def test_a_timeline_tells_who_did_what_newest_first(now: datetime) -> None:
    mira = make_agent(first_name="Mira", last_name="Sommer")
    case, _ = claimed_case(now=now, agent=mira)
    later = now + timedelta(minutes=1)
    goodwill.propose(case.pk, kind="voucher", value=Decimal(20), reason="", agent=mira, now=later)
    leo = make_agent("lead", first_name="Leo", last_name="Brandt")
    cases.assign(case.pk, to=leo, agent=mira, now=later + timedelta(minutes=1))
    with translation.override("en"):
        told = [(event.who, event.what, event.more) for event in timeline(case)]
    assert told[0] == ("Mira Sommer", "handed it over", "Leo Brandt")
    assert told[1] == ("Mira Sommer", "made an offer", "20\N{NO-BREAK SPACE}€")
    assert ("Mira Sommer", "claimed it", "") in told
    assert [event.at for event in timeline(case)] == sorted((e.at for e in timeline(case)), reverse=True)


@pytest.mark.django_db
def test_a_long_timeline_is_cut_at_the_old_end(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    for number in range(9):
        audit.record("noted", agent=agent, case=case, now=now + timedelta(seconds=number))
    assert len(timeline(case, most=5)) == 5
    assert timeline(case, most=5)[0].at == now + timedelta(seconds=8)


@pytest.mark.django_db
def test_the_opening_the_posts_and_the_corrections_are_told_too(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    assessment = Assessment.objects.get(mention=case.latest_mention)
    correct(assessment.pk, agent=agent, head="sentiment", value="neutral", now=now + timedelta(seconds=1))
    with translation.override("en"):
        told = [(event.what, event.more) for event in timeline(case)]
    assert told[0] == ("corrected the verdict", "sentiment")
    assert ("opened the case", "") in told and ("wrote", "") in told


@pytest.mark.django_db
def test_an_act_without_a_sentence_is_shown_by_its_name(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    audit.record("merged_with", agent=agent, case=case, now=now + timedelta(seconds=1))
    assert timeline(case)[0].what == "merged with"


def test_every_act_has_a_german_sentence() -> None:
    assert {"claimed", "offered", "reply_queued", "reply_sent"} <= ACTS.keys()
    for sentence in ACTS.values():
        with translation.override("en"):
            english = str(sentence)
        with translation.override("de"):
            assert str(sentence) != english
