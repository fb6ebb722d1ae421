"""Several workers look for rises, and a lead acts, at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from responders.models import AuditEntry
from tests.factories import make_agent
from tests.responders.together import together
from tests.trends.storms import MINUTE, heard_since, moments, ordinary_weeks, storm
from trends.digest import digest
from trends.models import Incident, Notice
from trends.spikes import acts
from trends.spikes.stage import spikes

pytestmark = pytest.mark.django_db(transaction=True)


def rise(now: datetime) -> None:
    source = heard_since(now)
    ordinary_weeks(source, now=now)
    storm(source, moments(now - 10 * MINUTE, 20, every=MINUTE / 2))


def test_workers_that_see_one_rise_together_open_one_incident_and_tell_it_once(now: datetime) -> None:
    rise(now)
    together(lambda at: spikes(now=at), [now] * 4)
    assert Incident.objects.count() == 1
    assert Notice.objects.get().told_at == now
    together(lambda at: spikes(now=at), [now + MINUTE] * 4)
    assert Incident.objects.count() == Notice.objects.count() == 1


def test_an_incident_that_is_dismissed_while_it_is_followed_stays_dismissed(now: datetime) -> None:
    rise(now)
    spikes(now=now)
    lead, incident = make_agent("lead"), Incident.objects.get()
    deeds: list[Callable[[], object]] = [
        lambda: spikes(now=now + MINUTE),
        lambda: acts.dismiss(incident.pk, agent=lead, now=now + MINUTE),
        lambda: spikes(now=now + MINUTE),
    ]
    together(lambda act: act(), deeds)
    spikes(now=now + 2 * MINUTE)
    found = Incident.objects.get()
    assert found.is_none and found.closed_at == now + MINUTE and found.closed_by == lead
    assert AuditEntry.objects.filter(action="incident_dismissed").count() == 1


def test_workers_note_a_week_once(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trends.digest.addresses", lambda **_: ["somebody"])
    monkeypatch.setattr("trends.digest.LATEST", MINUTE * 60 * 24 * 7)
    together(lambda at: digest(now=at), [now] * 4)
    assert Notice.objects.filter(kind="digest").count() == 1
