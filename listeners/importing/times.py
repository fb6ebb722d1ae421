"""Dates and times as people and programs write them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import partial
from typing import Any

from dateutil.parser import ParserError, parser, parserinfo

from listeners.exceptions import InputError

_LONGEST = 100
_HAS_A_DATE = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
_NUMBER = re.compile(r"-?\d{9,17}(\.\d+)?")
_TWO_NUMBERS = re.compile(r"\s*(\d{1,2})[./-](\d{1,2})[./-]\d{2,4}")
_ZONES = {"MEZ": 1, "CET": 1, "MESZ": 2, "CEST": 2, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5}
_ZONES |= {"MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1}


class _Words(parserinfo):
    MONTHS: Any = [
        ("Jan", "January", "Januar", "Jän", "Jänner"),
        ("Feb", "February", "Februar"),
        ("Mar", "March", "Mär", "März", "Mrz"),
        ("Apr", "April"),
        ("May", "Mai"),
        ("Jun", "June", "Juni"),
        ("Jul", "July", "Juli"),
        ("Aug", "August"),
        ("Sep", "Sept", "September"),
        ("Oct", "October", "Okt", "Oktober"),
        ("Nov", "November"),
        ("Dec", "December", "Dez", "Dezember"),
    ]
    WEEKDAYS: Any = [
        ("Mon", "Monday", "Mo", "Montag"),
        ("Tue", "Tuesday", "Di", "Dienstag"),
        ("Wed", "Wednesday", "Mi", "Mittwoch"),
        ("Thu", "Thursday", "Do", "Donnerstag"),
        ("Fri", "Friday", "Fr", "Freitag"),
        ("Sat", "Saturday", "Sa", "Samstag", "Sonnabend"),
        ("Sun", "Sunday", "So", "Sonntag"),
    ]
    JUMP = [*parserinfo.JUMP, "uhr", "um", "den", "der"]


_PARSER = parser(_Words())


def read_time(value: Any, *, zone: tzinfo, day_first: bool) -> datetime:
    """Read a time, aware and in UTC; one without a zone is in `zone`, a long number counts from 1970.

    Raises InputError.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _from_number(float(value))
        text = str(value).strip()[:_LONGEST]
        if _NUMBER.fullmatch(text):
            return _from_number(float(text))
        return _from_text(text, zone, day_first)
    except (ValueError, OverflowError, ParserError, TypeError, AttributeError):
        raise InputError(f"{str(value)[:60]!r} is not a date and time that can be read.") from None


def _from_number(number: float) -> datetime:
    """Read seconds since 1970, or milliseconds or microseconds where it is too large for seconds."""
    for unit in (1, 1e3, 1e6):
        if abs(number) < 1e11 * unit:
            return datetime.fromtimestamp(number / unit, UTC)
    raise ValueError("too large")


def _from_text(text: str, zone: tzinfo, day_first: bool) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        if not _HAS_A_DATE.search(text):
            raise
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = _PARSER.parse(
                text,
                default=datetime(1, 1, 1),  # noqa: DTZ001
                dayfirst=day_first or "." in text.split(":")[0][:3],
                tzinfos=partial(_zone, default=zone),
            )
        if found.year < 1000:
            raise ValueError("no year") from None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _zone(name: str | None, offset: int | None, *, default: tzinfo) -> tzinfo:
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    return timezone(timedelta(hours=_ZONES[name])) if name in _ZONES else default


def is_day_first(samples: Iterable[Any], *, otherwise: bool) -> bool:
    """Tell from sample dates such as 24/12/2026 whether the day comes first."""
    for sample in samples:
        numbers = _TWO_NUMBERS.match(str(sample)[:_LONGEST])
        if numbers and int(numbers[1]) > 12:
            return True
        if numbers and int(numbers[2]) > 12:
            return False
    return otherwise
