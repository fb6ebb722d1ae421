"""The template tags of the console."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import get_language
from django_htmx.jinja import htmx_script as script

from config import charting
from config.brand import Words
from listeners.photo_files import thumbnail
from responders.console import words
from responders.console.networks import badge
from responders.models import Offer
from responders.money import Money

register = template.Library()
register.simple_tag(script, name="htmx_script")
register.filter("network", badge)
register.filter("capped", words.count)
register.filter("span", words.span)
register.filter("tick", words.tick)
register.filter("thumbnail", thumbnail)


@register.simple_tag(takes_context=True)
def theme(context: dict[str, Any]) -> str:
    """Return "dark" or "light" as the person chose it, "auto" where they did not."""
    chosen = context["request"].COOKIES.get("theme", "")
    return chosen if chosen in {"dark", "light"} else "auto"


@register.simple_tag
def chart_script() -> str:
    """Return the address of the library that draws charts."""
    return static(charting.SCRIPT)


@register.filter
def plain(value: float | None) -> str:
    """Write a number for programs, "" for none."""
    return "" if value is None else repr(value)


@register.filter
def moment(value: datetime, now: datetime) -> str:
    """Say when something was."""
    return words.at(value, now)


@register.filter
def day(value: date, now: datetime) -> str:
    """Say a day, with its year where that is not the one of `now`."""
    return words.day(value, timezone.localdate(now))


@register.filter
def ago(value: datetime, now: datetime) -> str:
    """Say how long ago something was."""
    return words.ago(value, now)


@register.filter
def offer_label(offer: Offer) -> str:
    """Name an offer as its policy did when it was made."""
    return str(Words.model_validate(offer.terms["label"]).in_language(get_language() or "en"))


@register.filter
def exact(value: datetime) -> str:
    """Write a time for machines and tool tips."""
    return timezone.localtime(value).isoformat(timespec="seconds")


@register.filter
def money(value: Decimal, currency: str) -> str:
    """Say an amount."""
    return str(Money(value, currency))


@register.filter
def percent(value: int) -> str:
    """Say a share: "47 %" in German, "47%" in English."""
    return f"{value}\N{NO-BREAK SPACE}%" if words.is_german() else f"{value}%"


@register.filter
def outward(address: str | None) -> str:
    """Return an address that may be linked: of the web, not of a script; "" for any other."""
    return address if address and address.startswith(("https://", "http://")) else ""


@register.filter
def grouped(value: int) -> str:
    """Say a number with the reader's separators."""
    return str(number_format(value, force_grouping=True))
