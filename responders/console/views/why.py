"""The words that carried a verdict, fetched when the case's page already stands."""

from __future__ import annotations

import structlog
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from responders.access import case_for
from responders.console.carried import carried
from responders.console.roles import CARE, LEAD, AgentRequest, for_roles
from sentiment.exceptions import ModelError

logger = structlog.get_logger(__name__)


@require_GET
@for_roles(CARE, LEAD)
def why(request: AgentRequest, case_id: int) -> HttpResponse:
    """Return the newest post with its weightiest words marked; 204 where there is nothing to mark."""
    case = case_for(request.user, case_id)
    try:
        found = carried(case, request.GET.get("post", ""))
    except ModelError as fault:
        logger.warning("why_without_model", case=case_id, error=str(fault))
        found = None
    if found is None:
        return HttpResponse(status=204)
    return render(request, "case/carried.html", {"carried": found, "mention": case.latest_mention})
