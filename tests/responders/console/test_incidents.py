from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from listeners.models import Source
from responders.models import AuditEntry
from tests.factories import make_agent
from tests.responders.console.conftest import at_desk
from tests.trends.storms import MINUTE, heard_since, moments, ordinary_weeks, storm
from trends.models import Change, Incident
from trends.spikes.stage import spikes

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(now: datetime) -> Source:
    """A network with two negative posts an hour."""
    source = heard_since(now)
    ordinary_weeks(source, now=now)
    return source


@pytest.fixture
def incident(source: Source, now: datetime) -> Incident:
    """An incident that began ten minutes ago."""
    storm(source, moments(now - 10 * MINUTE, 20, every=MINUTE / 2), text="<b>Gerissen</b> {}")
    spikes(now=now)
    return Incident.objects.get()


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_the_queue_has_a_banner_while_an_incident_goes_on(
    incident: Incident, desk: Client, now: datetime
) -> None:
    assert f'href="/incident/{incident.pk}"' in shown(desk, "/?view=open")
    Incident.objects.update(ended_at=now)
    assert "/incident/" not in shown(desk, "/?view=open")


def test_the_page_of_an_incident_says_how_much_and_shows_its_course_and_examples(
    incident: Incident, desk: Client
) -> None:
    text = shown(desk, f"/incident/{incident.pk}")
    assert "Zehnschritt: negative posts on X" in text and "going on" in text
    assert "Posts: 21; hardly any is usual in that time." in text
    assert text.count("<rect") >= 30 and "&lt;b&gt;Gerissen&lt;/b&gt;" in text
    assert "End it now" in text and "Not an incident" not in text


def test_it_speaks_german(incident: Incident) -> None:
    client = at_desk(make_agent("lead", language="de"))
    text = shown(client, f"/incident/{incident.pk}")
    assert "negative Beiträge auf X" in text and "Kein Vorfall" in text
    assert "Vorfälle" in shown(client, "/trends/incidents")


def test_incidents_of_the_stretch_are_listed(incident: Incident, lead_desk: Client, now: datetime) -> None:
    assert f"/incident/{incident.pk}" in shown(lead_desk, "/trends/incidents")
    assert "No incident in this stretch" in shown(
        lead_desk, "/trends/incidents?until=2026-11-01&from=2026-10-01"
    )


def test_a_lead_says_that_it_is_none_and_the_same_rise_opens_none_for_a_day(
    incident: Incident, source: Source, lead_desk: Client, now: datetime
) -> None:
    assert lead_desk.post(f"/incident/{incident.pk}/dismiss", follow=True).status_code == 200
    incident.refresh_from_db()
    assert incident.is_none and incident.closed_at == now
    assert AuditEntry.objects.get().action == "incident_dismissed"
    storm(source, moments(now, 40, every=MINUTE / 4))
    spikes(now=now + 10 * MINUTE)
    assert Incident.objects.count() == 1


def test_who_answers_may_end_it_and_only_a_lead_may_dismiss_it(
    incident: Incident, desk: Client, now: datetime
) -> None:
    assert desk.post(f"/incident/{incident.pk}/dismiss").status_code == 422
    assert desk.post(f"/incident/{incident.pk}/end").status_code == 302
    assert Incident.objects.get().closed_at == now
    response = desk.post(f"/incident/{incident.pk}/end")
    assert response.status_code == 422 and "over already" in response.content.decode()


def test_an_incident_that_was_ended_by_hand_does_not_come_back_at_once(
    incident: Incident, source: Source, desk: Client, now: datetime
) -> None:
    desk.post(f"/incident/{incident.pk}/end")
    storm(source, moments(now, 40, every=MINUTE / 4))
    spikes(now=now + 10 * MINUTE)
    assert Incident.objects.count() == 1


@pytest.mark.parametrize("act", ["", "/end", "/dismiss"])
def test_incidents_are_for_people_of_their_brand(act: str, incident: Incident) -> None:
    for agent, status in ((make_agent("ops"), 403), (make_agent("lead", brands=["another"]), 404)):
        client = at_desk(agent)
        address = f"/incident/{incident.pk}{act}"
        assert (client.post(address) if act else client.get(address)).status_code == status
    assert at_desk(make_agent("marketing")).get(f"/incident/{incident.pk}").status_code == 200


@pytest.mark.parametrize("act", ["end", "dismiss"])
def test_the_copy_hears_of_it_whenever_a_person_ends_or_dismisses_it(
    act: str, incident: Incident, lead_desk: Client, settings: Any, now: datetime
) -> None:
    told = settings.ENVIRONMENT.model_copy(update={"elastic_url": "http://127.0.0.1:9"})
    settings.ENVIRONMENT = told
    lead_desk.post(f"/incident/{incident.pk}/{act}")
    assert [(one.kind, one.key) for one in Change.objects.filter(kind="incident")] == [
        ("incident", str(incident.pk))
    ]


def test_an_incident_of_a_brand_that_is_no_more_is_not_found(incident: Incident, lead_desk: Client) -> None:
    Incident.objects.update(brand="gone")
    assert lead_desk.get(f"/incident/{incident.pk}").status_code == 404
