"""What people do about incidents: end one by hand, or say that it was none."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from responders import audit
from responders.access import refusal_for
from responders.models import Agent
from responders.refusal import Refusal, refuse
from trends.elastic.changes import note
from trends.elastic.mapping import Kind
from trends.models import Incident
from trends.spikes.incidents import end

ENDED_FOR = timedelta(hours=2)
"""How long the same kind opens no other incident after one was ended by hand."""
MUTED_FOR = timedelta(hours=24)
"""How long it does not after a lead said that it was none."""


def end_by_hand(incident_id: int, *, agent: Agent, now: datetime) -> Incident | Refusal:
    """End an incident.

    Raises Incident.DoesNotExist.
    """
    with transaction.atomic():
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident_id)
        if refusal := refusal_for(agent, incident):
            return refusal
        if incident.closed_at is not None:
            return refuse("incident_over")
        incident.closed_by, incident.muted_until = agent, now + ENDED_FOR
        end(incident, now=now)
        note(Kind.INCIDENT, [incident.pk], now=now)
        audit.record("incident_ended", agent=agent, case=None, now=now, incident=incident.pk)
        return incident


def dismiss(incident_id: int, *, agent: Agent, now: datetime) -> Incident | Refusal:
    """Say that an incident is, or was, none: its hours then teach what is usual. Only a lead may.

    Raises Incident.DoesNotExist.
    """
    with transaction.atomic():
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident_id)
        if refusal := refusal_for(agent, incident):
            return refusal
        if not agent.leads:
            return refuse("not_lead")
        incident.is_none, incident.muted_until = True, now + MUTED_FOR
        if incident.closed_at is None:
            incident.closed_by = agent
            end(incident, now=now)
        incident.save(update_fields=["is_none", "muted_until"])
        note(Kind.INCIDENT, [incident.pk], now=now)
        audit.record("incident_dismissed", agent=agent, case=None, now=now, incident=incident.pk)
        return incident
