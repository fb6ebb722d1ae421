"""The state of the queue page, read from its address and written into it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from django.http import QueryDict

from config.brand_files import all_brands
from responders.models import Agent
from responders.queue import QueueFilter, View

LONGEST = 100
"""Characters of a search text."""


def served(agent: Agent) -> tuple[str, ...]:
    """Return the slugs of the brands whose cases a person may see."""
    return tuple(slug for slug in all_brands() if agent.serves(slug))


def read_filter(query: QueryDict, agent: Agent) -> QueueFilter:
    """Read the address; values that mean nothing are left out."""
    view, level, brand = query.get("view", ""), query.get("level", ""), query.get("brand", "")
    brands = served(agent)
    return QueueFilter(
        brands=(brand,) if brand in brands else brands,
        view=view if view in View.values else View.OPEN.value,
        network=_clean(query.get("network", "")),
        level=int(level) if level in {"0", "1", "2", "3"} else None,
        language=_clean(query.get("language", "")),
        text=_clean(query.get("q", "")),
    )


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:LONGEST]


def as_query(wanted: QueueFilter, agent: Agent, **more: str) -> str:
    """Write the state as the query of an address."""
    values = {
        "view": wanted.view,
        "brand": wanted.brands[0] if len(wanted.brands) == 1 and len(served(agent)) > 1 else "",
        "network": wanted.network,
        "level": "" if wanted.level is None else str(wanted.level),
        "language": wanted.language,
        "q": wanted.text,
        **more,
    }
    return urlencode({key: value for key, value in values.items() if value})


def in_view(wanted: QueueFilter, view: str) -> QueueFilter:
    """Return the same filter on another list."""
    return replace(wanted, view=view)
