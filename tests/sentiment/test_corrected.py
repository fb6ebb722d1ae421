from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from listeners.models import Mention
from responders.models import Agent
from sentiment.correct import correct
from sentiment.corrected import Judged, frozen, key_of, to_judge_by, to_learn_from
from tests.factories import make_agent, make_assessment, make_mention

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent()


def corrected(
    text: str, *, agent: Agent, now: datetime, head: str = "urgency", value: str = "3", **verdict: object
) -> Mention:
    mention = make_mention(text, now=now)
    assessment = make_assessment(mention, now=now, **verdict)
    correct(assessment.pk, agent=agent, head=head, value=value, now=now)
    return mention


def all_posts() -> list[Judged]:
    return [*to_learn_from(), *to_judge_by()]


def test_a_correction_becomes_a_post_that_is_known_for_that_head_only(agent: Agent, now: datetime) -> None:
    corrected("Die Öse reißt.", agent=agent, now=now)
    assert all_posts() == [Judged("Die Öse reißt.", "de", {"urgency": "3"})]


def test_about_a_fifth_is_held_back_always_the_same_and_never_shown(agent: Agent, now: datetime) -> None:
    for number in range(100):
        corrected(f"Die Öse reißt, Paar {number}.", agent=agent, now=now)
    learn, judge = to_learn_from(), to_judge_by()
    assert len(learn) + len(judge) == 100 and 10 <= len(judge) <= 30
    assert not {key_of(post.text) for post in learn} & {key_of(post.text) for post in judge}
    assert to_judge_by() == judge


def test_posts_that_read_the_same_to_the_model_are_one_and_the_last_word_counts(
    agent: Agent, now: datetime
) -> None:
    corrected("@anna Die Öse reißt.", agent=agent, now=now, value="1")
    corrected("@bert die öse REISST.", agent=agent, now=now, value="3")
    corrected("@bert die öse reisst.", agent=agent, now=now + timedelta(hours=1), value="0")
    answers = {key_of(post.text): post.answers["urgency"] for post in all_posts()}
    assert answers[key_of("@x Die Öse reißt.")] in ("0", "1")
    assert answers[key_of("@x die Öse reisst.")] == "0"


def test_a_post_of_the_frozen_set_is_never_learned_from(agent: Agent, now: datetime) -> None:
    corrected(frozen()[0].text.upper(), agent=agent, now=now)
    corrected(frozen()[1].text, agent=agent, now=now)
    assert frozen()[1].text not in {post.text for post in all_posts()}


def test_what_was_said_before_an_edit_or_of_a_deleted_post_is_left_out(agent: Agent, now: datetime) -> None:
    edited = corrected("Die Öse reißt.", agent=agent, now=now)
    edited.assessments.update(assessed_at=now + timedelta(minutes=1))
    deleted = corrected("Die Naht reißt.", agent=agent, now=now)
    Mention.objects.filter(pk=deleted.pk).update(text="")
    corrected("Kargom gelmedi", agent=agent, now=now, supported=False, language="tr")
    assert all_posts() == []
