from __future__ import annotations

from datetime import datetime

import pytest

from sentiment.correct import correct
from sentiment.exceptions import CorrectionError
from sentiment.models import Correction
from tests.factories import make_agent, make_assessment, make_mention

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("head", "value", "before", "column"),
    [
        ("sentiment", "positive", "negative", "positive"),
        ("urgency", "3", "2", 3),
        ("angry", "0", "1", False),
        ("intent", "thanks", "problem", "thanks"),
    ],
)
def test_a_correction_is_in_force_at_once_and_kept_for_training(
    now: datetime, head: str, value: str, before: str, column: object
) -> None:
    assessment = make_assessment(make_mention(now=now, indexed_at=now), now=now)
    agent = make_agent()
    correction = correct(assessment.pk, agent=agent, head=head, value=value, now=now)
    assert correction is not None
    assert (correction.agent, correction.before, correction.after, correction.at) == (
        agent,
        before,
        value,
        now,
    )
    assessment.refresh_from_db()
    assert getattr(assessment, head) == column
    assert assessment.is_corrected
    assert assessment.mention.indexed_at is None


def test_saying_what_the_model_said_changes_nothing(now: datetime) -> None:
    assessment = make_assessment(make_mention(now=now), now=now)
    assert correct(assessment.pk, agent=make_agent(), head="urgency", value="2", now=now) is None
    assert not Correction.objects.exists()


@pytest.mark.parametrize(("head", "value"), [("urgency", "4"), ("mood", "1"), ("angry", ""), ("pk", "1")])
def test_a_correction_that_means_nothing_is_refused(now: datetime, head: str, value: str) -> None:
    assessment = make_assessment(make_mention(now=now), now=now)
    with pytest.raises(CorrectionError, match="cannot be"):
        correct(assessment.pk, agent=make_agent(), head=head, value=value, now=now)
