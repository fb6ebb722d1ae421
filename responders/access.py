"""Who may work on which case."""

from __future__ import annotations

from typing import Protocol

from django.core.exceptions import PermissionDenied
from django.http import Http404

from responders.models import Agent, Case
from responders.refusal import Refusal, refuse


def case_for(agent: Agent, case_id: int) -> Case:
    """Return a case that the agent may see.

    Raises Http404 where there is none or it belongs to a brand the agent does not serve, PermissionDenied
    for people who do not work on cases.
    """
    case = (
        Case.objects.select_related("customer", "owner", "latest_mention__author").filter(pk=case_id).first()
    )
    if not agent.is_active:
        raise PermissionDenied
    if not agent.answers:
        raise PermissionDenied
    if case is None:
        raise Http404
    if not agent.serves(case.brand):
        raise Http404
    return case


class OfBrand(Protocol):
    """A case, a campaign, an incident: what belongs to a brand."""

    brand: str


def refusal_for(agent: Agent, matter: OfBrand) -> Refusal | None:
    """Say why the agent may not act on something of a brand; None where they may."""
    if not agent.is_active:
        return refuse("not_care")
    if not agent.answers:
        return refuse("not_care")
    if not agent.serves(matter.brand):
        return refuse("other_brand", brand=matter.brand)
    return None
