"""Times and counts as a person says them, in the language of the page."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import get_language, gettext, pgettext

from responders.queue import MOST_COUNTED


def span(length: timedelta) -> str:
    """Say how long something takes, in its largest whole unit: "12 min", "3 h", "2 d"."""
    seconds = abs(int(length.total_seconds()))
    if seconds < 60:
        return gettext("%(n)d s") % {"n": seconds}
    if seconds < 3600:
        return gettext("%(n)d min") % {"n": seconds // 60}
    if seconds < 86400:
        return gettext("%(n)d h") % {"n": seconds // 3600}
    return pgettext("days", "%(n)d d") % {"n": seconds // 86400}


def precisely(length: timedelta) -> str:
    """Say how long something takes in its two largest units: "3 h 5 min", "2 d 1 h"."""
    seconds = abs(int(length.total_seconds()))
    unit = next((unit for unit in (86400, 3600) if seconds >= unit), 0)
    rest = timedelta(seconds=seconds % unit) if unit else timedelta(0)
    smaller = rest >= timedelta(minutes=60 if unit == 86400 else 1)
    return f"{span(length)} {span(rest)}" if smaller else span(length)


def ago(moment: datetime, now: datetime) -> str:
    """Say how long ago a moment was."""
    return gettext("%(span)s ago") % {"span": span(now - moment)}


def at(moment: datetime, now: datetime) -> str:
    """Say when, as briefly as today allows: today by the clock, another year with its number."""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    clock = formats.date_format(local, "H:i")
    if local.date() == today.date():
        return clock
    return f"{_date(local.date(), today.date())}, {clock}"


def day(value: date, today: date) -> str:
    """Say a day: "Di, 24. Nov." in German, "Tue, 24 Nov" in English, with the year where it is another."""
    return f"{formats.date_format(value, 'D')}, {_date(value, today)}"


def tick(value: date) -> str:
    """Say a day on an axis: "24.11." in German, "24 Nov" in English."""
    return formats.date_format(value, "j.n." if is_german() else "j M")


def count(number: int) -> str:
    """Say a count of the rail, which stops counting at a limit."""
    return f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)


def _date(value: date, today: date) -> str:
    brief = "j. N" if is_german() else "j M"
    return formats.date_format(value, brief if value.year == today.year else f"{brief} Y")


def is_german() -> bool:
    """Whether the page is in German."""
    return (get_language() or "").startswith("de")
