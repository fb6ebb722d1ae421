"""How long customers wait for the first answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from responders.console.answer_table import answer_table, said
from responders.console.figure import Figure
from responders.console.roles import LEAD, MARKETING, AgentRequest, for_roles
from responders.console.trends_page import TrendsPage, around, read_page
from trends.numbers.answering import wait


@require_GET
@for_roles(LEAD, MARKETING)
def answering(request: AgentRequest) -> HttpResponse:
    """Show the waits of the median customer and of the 95th of a hundred, day by day."""
    now = timezone.now()
    page = read_page(request.GET, request.user, now=now)
    context = around(request, page, tab="answering", now=now)
    return render(request, "answering.html", context | (_shown(page) if page else {}))


def _shown(page: TrendsPage) -> dict[str, Any]:
    total = wait(page.scope)
    if total is None:
        return {}
    chart = Figure(
        "times",
        gettext("Time to the first answer"),
        gettext("By the day on which the post was written, nights and Sundays included."),
        answer_table(page),
        (("median", gettext("half of them within")), ("slowest", gettext("95 of 100 within"))),
    )
    times = {"median": said(total.median).text, "slowest": said(total.slowest).text}
    return {"answered": total.answered, "times": times, "charts": [chart]}
