"""What becomes of a piece of work that failed, and how people are told: for whoever runs the stages."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from config.environment import environment
from config.looking import Ill
from listeners.alarm_words import Words
from listeners.exceptions import ListenerError, RateLimited, TransientFault
from listeners.telling import addresses, tell
from sentiment.exceptions import ModelUnavailable, SentimentError
from trends.exceptions import ElasticFault, ElasticRefusal

_PASSING = (
    *(TransientFault, ModelUnavailable, ElasticFault),
    *(OperationalError, InterfaceError, ConnectionError, TimeoutError),
)
_LASTING = ElasticRefusal
"""Among those, what a person has to mend."""
_SPEAKING = (ListenerError, SentimentError, ElasticFault, Ill)
"""Faults whose text was written for people and holds nothing secret."""
LONGEST_PAUSE = timedelta(hours=6)
TOLD_AGAIN = timedelta(hours=6)
"""After how long a delay of the same work is told again: a machine that is loaded has one every minute."""


def passes_by_itself(fault: BaseException) -> bool:
    """Tell whether the same work may succeed later, without a person doing anything."""
    return isinstance(fault, _PASSING) and not isinstance(fault, _LASTING)


def pause(fault: BaseException, *, now: datetime) -> timedelta | None:
    """Return for how long a network wants to be left alone; None where it says nothing."""
    if not isinstance(fault, RateLimited) or fault.retry_at is None:
        return None
    return min(max(fault.retry_at - now, timedelta()), LONGEST_PAUSE)


def tell_failure(work: str, fault: BaseException | None) -> bool:
    """Tell all addresses that a piece of work failed and will not be tried again by itself.

    Returns whether all of them took it.
    """
    with translation.override(settings.LANGUAGE_CODE):
        reason = str(fault)[:300] if isinstance(fault, _SPEAKING) else type(fault).__name__ if fault else ""
        to_do = _("Look at its log in Airflow; when the cause is mended, clear the task there.")
        return _tell(_("%(work)s failed") % {"work": work}, reason, to_do)


def tell_delay(work: str, *, minutes: int, now: datetime) -> bool:
    """Tell all addresses that a run takes too long, unless they know; returns whether all do now."""
    note = environment().var / "delays" / work
    if _is_fresh(note, now):
        return True
    if took := _tell_delay(work, minutes):
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        note.write_text(now.isoformat())
    return took


def _is_fresh(note: Path, now: datetime) -> bool:
    try:
        return now - datetime.fromisoformat(note.read_text()) < TOLD_AGAIN
    except (FileNotFoundError, ValueError):
        return False


def _tell_delay(work: str, minutes: int) -> bool:
    with translation.override(settings.LANGUAGE_CODE):
        what = _("It has not ended within %(minutes)d minutes.") % {"minutes": minutes}
        to_do = _("Look in Airflow whether its task runs, waits for a place in a pool, or hangs.")
        return _tell(_("%(work)s is late") % {"work": work}, what, to_do)


def _tell(title: str, *lines: str) -> bool:
    words = Words(f"Kulanz – {title}", "\n".join(filter(None, lines)), is_over=False)
    took = [tell(address, words) for address in addresses()]
    return all(took)
