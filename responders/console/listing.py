"""What the rail and the list beside a case show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import QueryDict

from listeners.models import Source
from responders.console.desk import brands_of, desk, languages_of, networks_of, undoable
from responders.console.filters import as_query
from responders.console.incidents import open_incidents
from responders.console.lines import lines_of
from responders.console.rows import row_of
from responders.models import Agent, Case
from responders.queue import QueueFilter, page


def around(query: QueryDict, wanted: QueueFilter, *, agent: Agent, now: datetime) -> dict[str, Any]:
    """Return what the rail and the list show."""
    return {
        "now": now,
        "here": "queue",
        "open_id": "",
        "desk": desk(wanted, agent=agent, now=now, here="queue"),
        "undo": undoable(agent, now),
        "incidents": open_incidents(wanted.brands),
        "brands": brands_of(agent, wanted),
        "networks": networks_of(wanted.brands, wanted.network),
        "languages": languages_of(wanted.brands, wanted.language),
        "levels": [
            (str(value), label, value == wanted.level) for value, label in reversed(Case.Level.choices)
        ],
        "is_narrowed": bool(wanted.network or wanted.level is not None or wanted.language or wanted.text),
        **list_of(query, wanted, agent=agent, now=now),
    }


def list_of(query: QueryDict, wanted: QueueFilter, *, agent: Agent, now: datetime) -> dict[str, Any]:
    """Return one page of rows, and where the next one starts."""
    size = settings.ENVIRONMENT.page_size
    found = page(wanted, agent=agent, now=now, size=size, after=query.get("after", ""))
    return {
        "wanted": wanted,
        "query": as_query(wanted, agent),
        "lines": [] if query.get("after") else lines_of(wanted, agent=agent, now=now),
        "rows": [row_of(case, agent=agent, now=now) for case in found.cases],
        "next": f"/?{as_query(wanted, agent, after=found.next)}" if found.next else "",
        "since": f"{now.timestamp():.6f}",
        "seen": "",
        "upto": found.next,
        "sources": None if found.cases else _listening(wanted),
    }


def _listening(wanted: QueueFilter) -> dict[str, Any]:
    sources = Source.objects.filter(brand__in=wanted.brands, state=Source.State.ACTIVE)
    return {
        "count": sources.count(),
        "last": max(filter(None, sources.values_list("last_post_at", flat=True)), default=None),
    }
