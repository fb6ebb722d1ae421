"""What changed with an event: a launch, a recall, a campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from responders.console.figure import sentiment_figure
from responders.console.posts_filter import read_day
from responders.console.roles import LEAD, MARKETING, AgentRequest, for_roles
from responders.console.table import number
from responders.console.trends_page import TrendsPage, around, read_page
from trends.numbers.ask import Answer, ask
from trends.numbers.compare import FEWEST_DAYS, FEWEST_POSTS, Comparison, compare
from trends.numbers.fold import by_day
from trends.numbers.tally import Tally


@dataclass(frozen=True, slots=True)
class Line:
    """One share in the reader's words."""

    name: str
    label: str
    before: str
    after: str
    change: str
    verdict: str


@require_GET
@for_roles(LEAD, MARKETING)
def before_after(request: AgentRequest) -> HttpResponse:
    """Compare the days of the stretch before a chosen one with those from it on."""
    now = timezone.now()
    page = read_page(request.GET, request.user, now=now)
    context = around(request, page, tab="before_after", now=now)
    if page:
        event = read_day(request.GET.get("event", ""))
        is_inside = event is not None and page.stretch.first < event <= page.stretch.last
        context |= _shown(page, ask(page.scope, now=now), event if is_inside else None)
    return render(request, "before_after.html", context)


def _shown(page: TrendsPage, answer: Answer, event: date | None) -> dict[str, Any]:
    numbers = answer.numbers
    days = by_day(numbers, page.scope)
    context = {
        "event": event,
        "lack": answer.lack,
        "charts": [sentiment_figure(numbers, page, event=event)] if numbers.slots else [],
        "fewest": {"days": FEWEST_DAYS, "posts": FEWEST_POSTS},
    }
    return context | (_compared(days, event) if event else {})


def _compared(days: Mapping[date, Tally], event: date) -> dict[str, Any]:
    before = [tally for day, tally in days.items() if day < event]
    after = [tally for day, tally in days.items() if day >= event]
    return {"lines": [_line(one) for one in compare(before, after)], "sides": [_side(before), _side(after)]}


def _side(days: list[Tally]) -> dict[str, int]:
    return {"days": len(days), "posts": sum(day.total for day in days)}


def _line(one: Comparison) -> Line:
    labels = {"negative": gettext("negative"), "positive": gettext("positive"), "urgent": gettext("urgent")}
    change = one.change
    if change is None:
        return Line(
            one.name,
            labels[one.name],
            _percent(one.before),
            _percent(one.after),
            "–",
            gettext("too few to tell"),
        )
    verdict = gettext("no change that chance could not bring about")
    if change.is_certain:
        verdict = gettext("rose") if change.points > 0 else gettext("fell")
    said = gettext("%(points)s points (%(low)s to %(high)s)") % {
        "points": _signed(change.points),
        "low": _signed(change.low),
        "high": _signed(change.high),
    }
    return Line(one.name, labels[one.name], _percent(one.before), _percent(one.after), said, verdict)


def _percent(value: float) -> str:
    return gettext("%(value)s%%") % {"value": number(value, 1)}


def _signed(value: float) -> str:
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "±"
    return f"{sign}{number(abs(value), 1)}"
