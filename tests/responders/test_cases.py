from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from listeners.models import Mention
from responders import cases, claims
from responders.access import case_for
from responders.models import Case
from responders.route import route
from tests.factories import make_agent, make_author
from tests.responders.answers import done, refused
from tests.responders.desk import claimed_case, make_case, make_post

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


def test_resolving_closes_a_case_and_ends_its_claim(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    assert refused(cases.resolve(case.pk, agent=make_agent(), now=now)) == "held"
    closed = done(cases.resolve(case.pk, agent=agent, now=now))
    assert (closed.state, closed.resolved_at, closed.due_at) == (Case.State.RESOLVED, now, None)
    assert claims.holder(case.pk, now=now) is None
    assert refused(cases.resolve(case.pk, agent=agent, now=now)) == "case_resolved"


def test_reopening_brings_a_case_back_unless_the_customer_has_a_new_one(now: datetime) -> None:
    author = make_author(network="demo_x")
    case, agent = claimed_case(now=now, author=author)
    assert refused(cases.reopen(case.pk, agent=agent, now=now)) == "case_not_resolved"
    cases.resolve(case.pk, agent=agent, now=now)
    assert done(cases.reopen(case.pk, agent=agent, now=now)).waiting_since == now
    cases.resolve(case.pk, agent=agent, now=now)
    make_post(now=now, author=author)
    route(now=now)
    assert refused(cases.reopen(case.pk, agent=agent, now=now)) == "another_case"


def test_a_snoozed_case_wakes_at_its_time_and_keeps_its_deadline(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    due = case.due_at
    assert refused(cases.snooze(case.pk, until=now, agent=agent, now=now)) == "past"
    snoozed = done(cases.snooze(case.pk, until=now + HOUR, agent=agent, now=now))
    assert (snoozed.state, snoozed.due_at) == (Case.State.SNOOZED, due)
    assert cases.wake(now=now + HOUR / 2) == 0
    assert cases.wake(now=now + HOUR) == 1
    case.refresh_from_db()
    assert (case.state, case.due_at, case.snoozed_until) == (Case.State.OPEN, due, None)


def test_a_case_snoozed_after_our_answer_wakes_as_a_reminder(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    Mention.objects.update(first_reply_at=now)
    Case.objects.update(state=Case.State.WAITING, due_at=None)
    done(cases.snooze(case.pk, until=now + HOUR, agent=agent, now=now))
    cases.wake(now=now + HOUR)
    case.refresh_from_db()
    assert (case.state, case.waiting_since) == (Case.State.OPEN, now + HOUR)
    assert case.due_at == now + 2 * HOUR


def test_a_case_is_handed_only_to_people_who_can_work_on_it(now: datetime) -> None:
    case, agent = claimed_case(now=now)
    ben, lead = make_agent(), make_agent("lead")
    assert refused(cases.assign(case.pk, to=ben, agent=ben, now=now)) == "held"
    for nobody in (make_agent("marketing"), make_agent(brands=["other"])):
        assert refused(cases.assign(case.pk, to=nobody, agent=lead, now=now)) == "cannot_work"
    assert done(cases.assign(case.pk, to=ben, agent=lead, now=now)).owner == ben
    assert claims.holder(case.pk, now=now) is None
    assert done(cases.assign(case.pk, to=None, agent=agent, now=now)).owner is None


def test_notes_need_no_claim_but_a_text_of_fair_length(now: datetime) -> None:
    case, _ = claimed_case(now=now)
    ben = make_agent()
    assert done(cases.add_note(case.pk, text=" ruft an\0 ", agent=ben, now=now)).text == "ruft an"
    assert refused(cases.add_note(case.pk, text=" ", agent=ben, now=now)) == "empty"
    assert refused(cases.add_note(case.pk, text="a" * 5001, agent=ben, now=now)) == "note_too_long"


def test_a_case_is_shown_to_those_who_work_on_its_brand_only(now: datetime) -> None:
    case = make_case(now=now)
    assert case_for(make_agent(brands=["zehnschritt"]), case.pk) == case
    with pytest.raises(Http404):
        case_for(make_agent(brands=["other"]), case.pk)
    with pytest.raises(Http404):
        case_for(make_agent(), case.pk + 1)
    for role in ("marketing", "ops"):
        with pytest.raises(PermissionDenied):
            case_for(make_agent(role), case.pk)
    with pytest.raises(PermissionDenied):
        case_for(make_agent(is_active=False), case.pk)
