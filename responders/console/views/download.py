"""Hands out the tables behind the charts as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from responders.console import sheet
from responders.console.answer_table import answer_table
from responders.console.roles import LEAD, MARKETING, AgentRequest, for_roles
from responders.console.table import Table
from responders.console.trend_tables import by_hour, by_network, over_time
from responders.console.trends_page import TrendsPage, read_page
from trends.numbers.ask import ask
from trends.numbers.tally import Numbers

Maker = Callable[[TrendsPage, datetime], Table]


def _of_numbers(make: Callable[[Numbers, TrendsPage], Table]) -> Maker:
    return lambda page, now: make(ask(page.scope, now=now).numbers, page)


TABLES: Mapping[str, Maker] = {
    "time": _of_numbers(over_time),
    "networks": _of_numbers(by_network),
    "hours": _of_numbers(by_hour),
    "answers": lambda page, now: answer_table(page),
}


@require_GET
@for_roles(LEAD, MARKETING)
def download(request: AgentRequest, name: str) -> HttpResponse:
    """Hand out the table `name` of the stretch that the address names."""
    now = timezone.now()
    page = read_page(request.GET, request.user, now=now)
    if page is None or name not in TABLES:
        raise Http404
    return sheet.download(TABLES[name](page, now), filename=page.filename(name))
