"""Which role may open which page; the server checks it on every request."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from responders.models import Agent

P = ParamSpec("P")
AgentView = Callable[Concatenate["AgentRequest", P], HttpResponseBase]
OpenView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
CARE, LEAD, MARKETING, OPS = Agent.Role.CARE, Agent.Role.LEAD, Agent.Role.MARKETING, Agent.Role.OPS
HOMES = {MARKETING: "trends", OPS: "sources"}


class AgentRequest(HttpRequest):
    """A request of somebody who has logged in."""

    user: Agent
    htmx: Any


def for_roles(*roles: Agent.Role) -> Callable[[AgentView[P]], OpenView[P]]:
    """Let only these roles in; others get the page 403, strangers the log-in."""

    def guard(view: AgentView[P]) -> OpenView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not isinstance(request.user, Agent):
                return to_login(request)
            if request.user.role not in roles:
                raise PermissionDenied
            response = view(request, *args, **kwargs)  # type: ignore[arg-type]
            response.headers.setdefault("Cache-Control", "private, no-cache")
            return response

        return cast(OpenView[P], guarded)

    return guard


def to_login(request: HttpRequest) -> HttpResponse:
    """Send a stranger to the log-in and back afterwards; a fragment's request sends its whole page."""
    page = request.get_full_path()
    current = request.headers.get("HX-Current-URL")
    if current:
        page = urlsplit(current)._replace(scheme="", netloc="").geturl()
    address = f"{reverse('login')}?{urlencode({'next': page})}"
    if current:
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)
