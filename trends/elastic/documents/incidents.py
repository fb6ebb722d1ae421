"""The documents of incidents."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from trends.elastic.documents.draft import Body, Draft
from trends.models import Incident

ANYWHERE = "all"
"""The network of an incident that is on several; without one Kibana's tables by network would lack it."""


def incident_drafts(keys: Collection[str], *, now: datetime) -> dict[str, Draft | Exception]:
    """Read incidents; what a lead called none should not be there."""
    return {str(one.pk): _draft(one) for one in Incident.objects.filter(pk__in=keys)}


def incident_rows(*, since: datetime) -> QuerySet[Incident]:
    """Return all incidents."""
    return Incident.objects.filter(began_at__gte=since).only("pk")


def _draft(incident: Incident) -> Draft:
    return Draft(
        id=str(incident.pk),
        at=incident.began_at,
        body=None if incident.is_none else _body(incident),
    )


def _body(incident: Incident) -> Body:
    found = {
        "brand": incident.brand,
        "network": incident.network or ANYWHERE,
        "incident": incident.pk,
        "kind": incident.kind,
        "state": "over" if incident.closed_at else "calm" if incident.ended_at else "open",
        "began_at": incident.began_at,
        "ended_at": incident.ended_at,
        "mentions": incident.count,
        "usual": incident.expected,
        "growth": incident.growth,
        "reach": incident.reach,
    }
    return {name: value for name, value in found.items() if value is not None}
