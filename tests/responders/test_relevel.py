from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from config.brand import UrgencyCosts
from config.brand_files import UnknownBrand, all_brands
from listeners.models import Mention
from responders import cases
from responders.models import Case
from responders.relevel import RECENT, relevel
from responders.route import route
from sentiment.correct import correct
from sentiment.models import Assessment
from tests.factories import make_agent
from tests.responders.desk import make_case, make_post

TORN = {
    "sentiment": {"negative": 0.9, "neutral": 0.08, "positive": 0.02},
    "urgency": {"0": 0.02, "1": 0.58, "2": 0.25, "3": 0.15},
    "angry": {"0": 0.9, "1": 0.1},
    "intent": {"problem": 1.0, "question": 0.0, "thanks": 0.0, "feedback": 0.0, "other": 0.0},
}
NORMAL = {"urgency": 1, "angry": False, "probabilities": TORN}
NONE = NORMAL | {"urgency": 0, "probabilities": TORN | {"urgency": {"0": 0.7, "1": 0.3, "2": 0.0, "3": 0.0}}}
pytestmark = pytest.mark.django_db


@pytest.fixture
def careful(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The brand's costs after a lead has read of missed posts."""
    brands = dict(all_brands())
    dear = UrgencyCosts(missed_critical=9, missed_high=9, missed_normal=9, false_alarm=1)
    brands["zehnschritt"] = brands["zehnschritt"].model_copy(update={"urgency_costs": dear})
    monkeypatch.setattr("config.brand_files.all_brands", lambda: brands)
    yield


def test_an_open_case_moves_up_when_misses_become_dearer(careful: None, now: datetime) -> None:
    case = make_case(now=now, verdict=NORMAL)
    later = now + timedelta(hours=1)
    Mention.objects.update(indexed_at=now)
    assert relevel("zehnschritt", now=later) == 1
    moved = Case.objects.get()
    assert (moved.level, moved.due_at) == (Case.Level.CRITICAL, now + timedelta(minutes=15))
    assert moved.rank_at == case.rank_at, "expected urgency is what it was"
    assert Assessment.objects.get().urgency == 3
    assert Mention.objects.get().indexed_at is None
    assert relevel("zehnschritt", now=later) == 0


def test_what_a_person_said_stays(careful: None, now: datetime) -> None:
    make_case(now=now, verdict=NORMAL)
    correct(Assessment.objects.get().pk, agent=make_agent(), head="urgency", value="0", now=now)
    assert relevel("zehnschritt", now=now) == 0
    assert Assessment.objects.get().urgency == 0


def test_another_head_that_a_person_corrected_does_not_hold_the_level(careful: None, now: datetime) -> None:
    make_case(now=now, verdict=NORMAL)
    correct(Assessment.objects.get().pk, agent=make_agent(), head="intent", value="question", now=now)
    assert relevel("zehnschritt", now=now) == 1


def test_a_resolved_case_and_a_post_in_a_foreign_language_stay(careful: None, now: datetime) -> None:
    case = make_case(now=now, verdict=NORMAL)
    cases.resolve(case.pk, agent=make_agent(), now=now)
    make_case(now=now, verdict=NORMAL | {"supported": False})
    assert relevel("zehnschritt", now=now) == 0


def test_a_recent_post_without_a_case_may_open_one(careful: None, now: datetime) -> None:
    recent, old = make_post(now=now, verdict=NONE), make_post(now=now - 2 * RECENT, verdict=NONE)
    while route(now=now):
        pass
    assert not Case.objects.exists()
    assert relevel("zehnschritt", now=now) == 1
    route(now=now)
    assert Case.objects.get().latest_mention == recent
    assert Assessment.objects.get(mention=old).urgency == 0


def test_the_command_says_how_many_levels_changed(careful: None, now: datetime) -> None:
    make_case(now=now, verdict=NORMAL)
    out = StringIO()
    call_command("relevel", stdout=out)
    assert "zehnschritt: levels changed: 1" in out.getvalue()
    with pytest.raises(UnknownBrand, match="nobody"):
        call_command("relevel", "nobody")
