"""What all trends pages share: the brand, stretch and network of an address, and links that keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from config.brand_files import brand
from responders.console.desk import Choice, desk, networks_of
from responders.console.filters import read_filter, served
from responders.console.roles import AgentRequest
from responders.console.stretch import LENGTHS, Stretch, read_stretch
from responders.models import Agent
from trends.numbers.scope import Scope


@dataclass(frozen=True, slots=True)
class TrendsPage:
    """What an address asks for; `scope` says the same to those who count."""

    brand: str
    stretch: Stretch
    network: str
    networks: tuple[Choice, ...]
    """Those that the brand listens to."""

    @property
    def scope(self) -> Scope:
        """What is counted."""
        zone = brand(self.brand).zone
        return Scope(self.brand, *self.stretch.bounds(zone), zone, self.network)

    @property
    def query(self) -> str:
        """The address's query."""
        return self.with_more()

    def with_more(self, **more: str) -> str:
        """Return the query with more or other parameters; empty ones are left out."""
        values = {
            "brand": self.brand,
            "from": self.stretch.first.isoformat(),
            "until": self.stretch.last.isoformat(),
            "network": self.network,
            **more,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def posts(self, **more: str) -> str:
        """Return the address of the posts behind a number, narrowed by what more says."""
        return reverse("posts") + self.with_more(**more)

    def filename(self, name: str) -> str:
        """Return what a download of the table `name` is called, without its ending."""
        return f"{self.brand}-{name}-{self.stretch.first}-{self.stretch.last}"

    def over(self, stretch: Stretch | None) -> str:
        """Return the query of another stretch; "" of none."""
        return replace(self, stretch=stretch).query if stretch else ""

    def days(self, first: date, last: date) -> dict[str, str]:
        """Return the parameters that name these days, as far as the stretch holds them."""
        begin, end = max(first, self.stretch.first), min(last, self.stretch.last)
        return {"from": begin.isoformat(), "until": end.isoformat()}


def chosen_brand(wanted: str, brands: tuple[str, ...]) -> str:
    """Return the wanted brand where it may be seen, else the first one."""
    return wanted if wanted in brands else next(iter(brands), "")


def read_page(query: Mapping[str, str], agent: Agent, *, now: datetime) -> TrendsPage | None:
    """Read an address; what means nothing is left out. None where the person serves no brand."""
    slug = chosen_brand(query.get("brand", ""), served(agent))
    if not slug:
        return None
    networks = tuple(networks_of((slug,), query.get("network", "")))
    network = next((choice.value for choice in networks if choice.is_chosen), "")
    stretch = read_stretch(query, today=now.astimezone(brand(slug).zone).date())
    return TrendsPage(slug, stretch, network, networks)


def around(request: AgentRequest, page: TrendsPage | None, *, tab: str, now: datetime) -> dict[str, Any]:
    """Return what the frame of every trends page shows: rail, tabs and filters."""
    agent = request.user
    context: dict[str, Any] = {
        "desk": desk(read_filter(request.GET, agent), agent=agent, now=now) if agent.answers else None,
        "here": "trends",
        "tab": tab,
        "now": now,
    }
    return context | _filters(page, served(agent)) if page else context


def _filters(page: TrendsPage, brands: tuple[str, ...]) -> dict[str, Any]:
    stretch = page.stretch
    return {
        "page": page,
        "keep": page.query,
        "brand": brand(page.brand),
        "brands": [(slug, brand(slug).name, slug == page.brand) for slug in brands],
        "networks": page.networks,
        "stretch": stretch,
        "lengths": [(days, page.over(stretch.of_length(days)), days == stretch.length) for days in LENGTHS],
        "earlier": page.over(stretch.earlier),
        "later": page.over(stretch.later),
    }
