"""The similar posts beside a case, fetched when somebody unfolds them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from responders.access import case_for
from responders.console.filters import as_query, read_filter
from responders.console.roles import CARE, LEAD, AgentRequest, for_roles
from responders.console.similar_posts import similar_posts as posts_like


@require_GET
@for_roles(CARE, LEAD)
def similar_posts(request: AgentRequest, case_id: int) -> HttpResponse:
    """Return the posts most like the newest one of a case."""
    now = timezone.now()
    found = posts_like(case_for(request.user, case_id), now=now)
    query = as_query(read_filter(request.GET, request.user), request.user)
    return render(request, "case/similar_posts.html", {"posts": found, "query": query, "now": now})
