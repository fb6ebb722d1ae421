"""Connecting a source's account: people of lead and ops agree at the network and come back here."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from listeners.exceptions import InputError, ListenerError
from listeners.login import connect as login
from listeners.models import Source
from responders import audit
from responders.console.filters import served
from responders.console.networks import badge
from responders.console.roles import LEAD, OPS, AgentRequest, for_roles
from responders.console.views.sources import frame


@require_GET
@for_roles(LEAD, OPS)
def connect(request: AgentRequest, source_id: int) -> HttpResponse:
    """Say what the network has to know first, and lead to its page of consent; nothing is changed."""
    source = _source(request, source_id)
    try:
        flow = login.connects(source, clock=timezone.now)
        address, fault = "", ""
        if flow is not None and not flow.missing():
            address = login.begin(
                source, bearer=_bearer(request), redirect_uri=_way_back(request), clock=timezone.now
            )
    except ListenerError as error:
        flow, address, fault = None, "", str(error)
    context = {
        "source": source,
        "network": badge(source.network),
        "flow": flow,
        "missing": flow.missing() if flow is not None else (),
        "address": address,
        "fault": fault,
        "way_back": _way_back(request),
    }
    return render(request, "source_connect.html", frame(request, **context))


@require_GET
@for_roles(LEAD, OPS)
def connected(request: AgentRequest) -> HttpResponse:
    """Take whoever comes back from the network, keep what that is worth, and try the account at once."""
    try:
        source_id = login.source_of(request.GET.get("state", ""), bearer=_bearer(request))
    except InputError as fault:
        messages.error(request, str(fault))
        return _leave()
    source = _source(request, source_id)
    health = login.finish(source, request.GET.dict(), redirect_uri=_way_back(request), clock=timezone.now)
    said = {"source": source.slug, "message": health.message}
    if health.ok:
        audit.record(
            "source_connected", agent=request.user, case=None, now=timezone.now(), source=source.slug
        )
        messages.success(request, gettext("%(source)s is connected and listened to.") % said)
    else:
        messages.error(request, gettext("%(source)s is not connected. %(message)s") % said)
    return _leave()


def _leave() -> HttpResponse:
    """Go on at once, so that the address with the network's code stays nowhere."""
    response = redirect("sources")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _way_back(request: AgentRequest) -> str:
    return request.build_absolute_uri(reverse("source_connected"))


def _bearer(request: AgentRequest) -> str:
    return f"{request.user.pk}:{request.session.session_key}"


def _source(request: AgentRequest, source_id: int) -> Source:
    return get_object_or_404(Source, pk=source_id, brand__in=served(request.user))
