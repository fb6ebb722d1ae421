"""What an alarm says: what is wrong, where, since when, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from config.brand_files import BrandFault, brand
from config.environment import environment
from listeners.health import SourceHealth
from listeners.models import Alarm, Source
from listeners.networks.registry import label

LONGEST_ERROR = 300
LONGEST_QUERY = 100
_SHOW_ERROR = (Alarm.Kind.LOGIN, Alarm.Kind.UNHEARD)


@dataclass(frozen=True, slots=True)
class Words:
    """One message, in the language of this installation."""

    title: str
    body: str
    is_over: bool


def said(alarm: Alarm, one: SourceHealth) -> Words:
    """Say that an alarm began or, once it has ended, that it is over."""
    with translation.override(settings.LANGUAGE_CODE):
        end = alarm.ended_at
        lines = _end(alarm, end) if end else _begin(alarm, one)
        form = _("%(source)s: over (%(kind)s)") if end else _("%(source)s: %(kind)s")
        title = form % {"source": one.source.slug, "kind": alarm.get_kind_display()}
        return Words(f"Kulanz – {title}", "\n".join([_where(one.source), *lines, *_link()]), bool(end))


def trial() -> Words:
    """Say that alarms arrive."""
    with translation.override(settings.LANGUAGE_CODE):
        title, body = _("trial"), [_("This is a trial: alarms arrive here."), *_link()]
        return Words(f"Kulanz – {title}", "\n".join(body), is_over=True)


def _where(source: Source) -> str:
    names = {"source": source.slug, "network": label(source.network), "brand": source.brand}
    asked = f" – {source.query[:LONGEST_QUERY]}" if source.query else ""
    return _("Source %(source)s on %(network)s for %(brand)s") % names + asked


def _begin(alarm: Alarm, one: SourceHealth) -> list[str]:
    since = _("Since %(time)s.") % {"time": moment(alarm.began_at, one.source.brand)}
    what, to_do = _what_and_to_do(alarm.kind, one)
    error = one.source.last_error[:LONGEST_ERROR] if alarm.kind in _SHOW_ERROR else ""
    return [line for line in (what, "" if alarm.kind == Alarm.Kind.EXPIRY else since, error, to_do) if line]


def _end(alarm: Alarm, end: datetime) -> list[str]:
    shown = {"start": moment(alarm.began_at, alarm.source.brand), "end": moment(end, alarm.source.brand)}
    return [_("It was so from %(start)s to %(end)s.") % shown]


def _what_and_to_do(kind: str, one: SourceHealth) -> tuple[str, str]:
    match kind:
        case Alarm.Kind.LOGIN:
            return (
                _("The network refuses the log-in, so Kulanz no longer listens to this source."),
                _("Renew the log-in, then resume the source on the page Sources."),
            )
        case Alarm.Kind.UNHEARD:
            return _("This source cannot be read; posts may be missed."), _hearing(one)
        case Alarm.Kind.SILENT:
            return _silence(one), _("Test the source on the page Sources, and look on the network itself.")
        case Alarm.Kind.LETTERS:
            return (
                _("Dead letters that no stage could work on: %(count)d.") % {"count": one.letters},
                _("Read their errors on the page Sources, mend the cause and try them again."),
            )
    return _expiry(one), _("Renew it before it does, on the page Sources.")


def _expiry(one: SourceHealth) -> str:
    if one.login_ends_at is None:
        return _("The log-in of this source expires soon.")
    return _("The log-in of this source expires on %(time)s.") % {
        "time": moment(one.login_ends_at, one.source.brand)
    }


def _hearing(one: SourceHealth) -> str:
    if one.source.failures:
        return _("Kulanz goes on trying. If it lasts, test the source on the page Sources.")
    return _("Look whether kulanz run is running, and whether the network still allows calls.")


def _silence(one: SourceHealth) -> str:
    if one.volume is None:
        return _("Fewer posts come than ever should at this time of the week.")
    form = _("Posts in %(hours)d hours: %(count)d. At least %(least)d are usual at this time of the week.")
    hours = int(one.volume.stretch.total_seconds()) // 3600
    return form % {"hours": hours, "count": one.volume.count, "least": one.volume.least}


def _link() -> list[str]:
    address = environment().console_url.rstrip("/")
    return [f"{address}/sources"] if address else []


def moment(at: datetime, slug: str) -> str:
    """Write a time by the clock of a brand, the same in all languages."""
    try:
        zone = brand(slug).zone
    except BrandFault:
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
