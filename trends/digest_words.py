"""What the weekly digest says, in the language of this installation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from config.environment import environment
from listeners.alarm_words import Words
from responders.money import Money
from trends.incident_words import harmless, how_many, where
from trends.week import Answers, Week

LONGEST_NAME = 80


def digest_words(week: Week) -> Words:
    """Say what a week brought."""
    with translation.override(settings.LANGUAGE_CODE):
        first, last = week.since.astimezone(week.brand.zone), week.until.astimezone(week.brand.zone)
        days = {"first": _day(first), "last": _day(last)}
        title = _("%(brand)s: the week from %(first)s to %(last)s") % {"brand": week.brand.name, **days}
        return Words(f"Kulanz – {title}", "\n".join(_lines(week)), is_over=True)


def _lines(week: Week) -> Iterator[str]:
    yield _volume(week)
    if week.posts.total:
        yield _sentiment(week)
        yield _("Needed a person soon: %(n)s.") % {"n": _number(week.posts.urgent)}
        yield from _pains(week)
    yield from _answers(week.answers)
    yield from _care(week)
    yield from _incidents(week)
    yield from _link()


def _volume(week: Week) -> str:
    numbers = {"n": _number(week.posts.total), "before": _number(week.before.total)}
    return _("Posts: %(n)s (the week before: %(before)s).") % numbers


def _sentiment(week: Week) -> str:
    now = {"negative": week.posts.percent("negative"), "positive": week.posts.percent("positive")}
    said = _("Negative: %(negative)s %%, positive: %(positive)s %%") % now
    if not week.before.total:
        return f"{said}."
    change = now["negative"] - week.before.percent("negative")
    return said + _("; negative by %(change)+d points against the week before.") % {"change": change}


def _pains(week: Week) -> Iterator[str]:
    if week.pains:
        yield _("What negative posts are about:")
    for pain in week.pains:
        numbers = {
            "what": harmless(str(pain.name), LONGEST_NAME),
            "n": _number(pain.posts),
            "angry": _number(pain.angry),
        }
        yield "– " + _("%(what)s: %(n)s, %(angry)s of them angry") % numbers


def _answers(answers: Answers) -> Iterator[str]:
    if answers.half is not None and answers.most is not None:
        times = {"half": _span(answers.half), "most": _span(answers.most)}
        yield _("First answer after %(half)s (half of the cases), %(most)s (95 of 100).") % times
    if answers.due:
        shares = {"kept": _number(answers.kept), "due": _number(answers.due)}
        share = round(100 * answers.kept / answers.due)
        yield _("Answered in the promised time: %(kept)s of %(due)s (%(share)d %%).") % {
            **shares,
            "share": share,
        }


def _care(week: Week) -> Iterator[str]:
    if week.angry:
        numbers = {"recovered": _number(week.recovered), "angry": _number(week.angry)}
        yield (
            _("Closed cases in which somebody was angry: %(angry)s; glad in the end: %(recovered)s.")
            % numbers
        )
    money = str(Money(week.spent, week.brand.currency))
    form = ngettext(
        "Goodwill: %(money)s in %(n)s offer.", "Goodwill: %(money)s in %(n)s offers.", week.offers
    )
    yield form % {"money": money, "n": _number(week.offers)}


def _incidents(week: Week) -> Iterator[str]:
    yield _("Incidents:") if week.incidents else _("No incidents.")
    for incident in week.incidents:
        began = incident.began_at.astimezone(week.brand.zone)
        what = f"{incident.get_kind_display()} {where(incident)}"
        yield f"– {_day(began)}, {began:%H:%M}: {what}. {how_many(incident)}"


def _link() -> Iterator[str]:
    base = environment().console_url.rstrip("/")
    if base:
        yield f"{base}/trends"


def _span(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    if minutes < 120:
        return _("%(n)d min") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(n)d h") % {"n": minutes // 60}
    return pgettext("days", "%(n)d d") % {"n": minutes // 1440}


def _day(moment: datetime) -> str:
    """Write a day, the same in all languages."""
    return f"{moment:%F}"


def _number(number: int) -> str:
    return number_format(number, force_grouping=True)
