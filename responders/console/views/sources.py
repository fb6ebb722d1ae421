"""How the sources are, for those who run them; pausing, trying and replaying."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from listeners.dead_letters import replay as replay_letter
from listeners.exceptions import ListenerError
from listeners.health import all_health, dead_letters
from listeners.login.connect import connects
from listeners.models import Source
from listeners.sources import set_state
from listeners.trial import try_source
from responders import audit
from responders.console.desk import desk
from responders.console.filters import read_filter, served
from responders.console.networks import badge
from responders.console.roles import LEAD, OPS, AgentRequest, for_roles

SHOWN = 20
"""Posts of a trial, and dead letters of a source, that are shown."""
MOST_REPLAYED = 200


@require_GET
@for_roles(LEAD, OPS)
def sources(request: AgentRequest) -> HttpResponse:
    """List the sources with their health, the troubled ones first."""
    found = all_health(Source.objects.filter(brand__in=served(request.user)), now=timezone.now())
    rows = [
        (one, badge(one.source.network), dead_letters(one.source)[:SHOWN], _may_connect(one.source))
        for one in found
    ]
    troubled = sum(one.needs_a_look for one in found)
    return render(request, "sources.html", frame(request, rows=rows, troubled=troubled))


@require_POST
@for_roles(LEAD, OPS)
def pause(request: AgentRequest, source_id: int) -> HttpResponse:
    """Stop listening to a source."""
    return _set(request, source_id, Source.State.PAUSED)


@require_POST
@for_roles(LEAD, OPS)
def resume(request: AgentRequest, source_id: int) -> HttpResponse:
    """Listen to a source again, also to one whose log-in was refused."""
    return _set(request, source_id, Source.State.ACTIVE)


@require_POST
@for_roles(LEAD, OPS)
def test(request: AgentRequest, source_id: int) -> HttpResponse:
    """Fetch a source's next page, store nothing, and show what would come."""
    source = _source(request, source_id)
    tried = try_source(source, clock=timezone.now)
    context = {
        "source": source,
        "network": badge(source.network),
        "tried": tried,
        "shown": tried.new[:SHOWN],
        "others": max(0, len(tried.new) - SHOWN),
    }
    return render(request, "source_test.html", frame(request, **context))


@require_POST
@for_roles(LEAD, OPS)
def replay(request: AgentRequest, source_id: int) -> HttpResponse:
    """Give a source's dead letters another try."""
    source, now = _source(request, source_id), timezone.now()
    outcomes = [
        replay_letter(letter, now=now)
        for letter in dead_letters(source).select_related("source", "mention")[:MOST_REPLAYED]
    ]
    done = sum(outcome.done for outcome in outcomes)
    if done:
        said = ngettext("%(n)d dead letter went back to work.", "%(n)d dead letters went back to work.", done)
        messages.success(request, said % {"n": done})
    if left := len(outcomes) - done:
        said = ngettext("%(n)d dead letter failed again.", "%(n)d dead letters failed again.", left)
        messages.error(request, said % {"n": left})
    return redirect("sources")


def _set(request: AgentRequest, source_id: int, state: Source.State) -> HttpResponse:
    source, now = _source(request, source_id), timezone.now()
    set_state(source.slug, state, now=now)
    audit.record(f"source_{state}", agent=request.user, case=None, now=now, source=source.slug)
    if state == Source.State.PAUSED:
        said = gettext(
            "%(source)s is paused; what is posted meanwhile comes after you resume it, "
            "as far as the network still shows it."
        )
    else:
        said = gettext("%(source)s is listened to again.")
    messages.success(request, said % {"source": source.slug})
    return redirect("sources")


def _source(request: AgentRequest, source_id: int) -> Source:
    return get_object_or_404(Source, pk=source_id, brand__in=served(request.user))


def _may_connect(source: Source) -> bool:
    try:
        return connects(source, clock=timezone.now) is not None
    except ListenerError:
        return False


def frame(request: AgentRequest, **content: Any) -> dict[str, Any]:
    """Return what every page of the sources shows around its own content."""
    agent, now = request.user, timezone.now()
    shown = desk(read_filter(request.GET, agent), agent=agent, now=now) if agent.answers else None
    return {"desk": shown, "here": "sources", "now": now, **content}
