from __future__ import annotations

from datetime import datetime

import pytest

from listeners.models import Mention
from responders.models import Case, CaseMention
from responders.route import route
from sentiment.models import Assessment
from tests.factories import make_assessment, make_mention

pytestmark = pytest.mark.django_db


def edited(mention: Mention, **verdict: object) -> None:
    """Mark a mention as an edit that was assessed anew."""
    Assessment.objects.filter(mention=mention).update(**verdict)
    Mention.objects.filter(pk=mention.pk).update(routed_at=None)


def test_an_edited_mention_stays_in_its_case_and_can_raise_it(now: datetime) -> None:
    mention = make_mention(now=now)
    make_assessment(mention, now=now, urgency=1, angry=False)
    route(now=now)
    edited(mention, urgency=3)
    assert route(now=now) == 1
    mention.refresh_from_db()
    assert not mention.dead and mention.routed_at == now
    assert (Case.objects.get().level, CaseMention.objects.get().mention_id) == (3, mention.pk)


def test_an_edit_in_a_closed_case_opens_no_other(now: datetime) -> None:
    mention = make_mention(now=now)
    make_assessment(mention, now=now)
    route(now=now)
    Case.objects.update(state=Case.State.RESOLVED, resolved_at=now, due_at=None)
    edited(mention, urgency=3)
    assert route(now=now) == 1
    mention.refresh_from_db()
    assert not mention.dead
    assert Case.objects.get().state == Case.State.RESOLVED
